"""The models themselves: BGE-M3 by FlagEmbedding, others and the reranker by transformers.

Runs in the embedding environment only; the one module that imports torch.  No code of a model's
folder is ever run: remote code is off, and a weights file that is a pickle is opened in torch's
safe mode before anything else may touch it (faults: N81).
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from desktop.services.embedding.batching import OutOfMemory
from desktop.services.embedding.encoder import Encoded, Encoder, ModelRefusedError, PairScorer

_M3_FILES = ("sparse_linear.pt", "colbert_linear.pt")
_PICKLES = ("*.bin", "*.pt", "*.pth", "*.ckpt", "*.pkl", "*.pickle")


def choose_device(wanted: str) -> str:
    """ "cuda" or "cpu"; "auto" takes the graphics card where there is one."""
    import torch

    if wanted == "auto":
        return "cuda" if torch.cuda.is_available() else "cpu"
    return wanted


def load_encoder(folder: Path, name: str, device: str, max_tokens: int) -> Encoder:
    """The encoder in `folder`.

    Raises:
        ModelRefusedError: it is damaged, unsafe or unknown.
    """
    config = _checked(folder)
    if all((folder / file).is_file() for file in _M3_FILES):
        return BgeM3Encoder(folder, name, device, max_tokens)
    limit = min(max_tokens, int(config.get("max_position_embeddings") or max_tokens))
    return MeanPoolEncoder(folder, name, device, limit)


def load_scorer(folder: Path, name: str, device: str, max_tokens: int) -> PairScorer:
    """The reranker in `folder`.  Raises ModelRefusedError."""
    _checked(folder)
    return CrossEncoderScorer(folder, name, device, min(max_tokens, 1_024))


def _checked(folder: Path) -> dict[str, Any]:
    """Looks at a folder before any library does; its configuration."""
    try:
        config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ModelRefusedError(f"{folder} has no readable config.json") from error
    if not isinstance(config, dict):
        raise ModelRefusedError(f"{folder} has a config.json of another kind")
    if config.get("auto_map"):
        raise ModelRefusedError(f"{folder} wants to run code of its own")
    safe = any(folder.glob("*.safetensors"))
    for pattern in _PICKLES:
        for path in folder.glob(pattern):
            if not safe or path.name in _M3_FILES:
                _check_pickle(path)
    return config


def _check_pickle(path: Path) -> None:
    import pickle

    import torch

    try:
        torch.load(path, map_location="cpu", weights_only=True, mmap=path.stat().st_size > 1 << 26)
    except (pickle.UnpicklingError, RuntimeError, EOFError, OSError, ValueError) as error:
        raise ModelRefusedError(
            f"{path.name} holds more than weights or is damaged; safetensors files are safe"
        ) from error


@contextlib.contextmanager
def _memory_counts() -> Iterator[None]:
    """Inference without gradients; running out of memory gets its own name, and only that."""
    import torch

    try:
        with torch.inference_mode():
            yield
    except torch.OutOfMemoryError as error:
        torch.cuda.empty_cache()
        raise OutOfMemory(str(error)) from error
    except MemoryError as error:
        raise OutOfMemory(str(error)) from error


class _Model:
    """A network with its tokenizer, on its device."""

    def __init__(
        self, tokenizer: Any, network: Any, name: str, device: str, max_tokens: int
    ) -> None:
        self._tokenizer = tokenizer
        self._network = network
        self._name = name
        self._device = device
        self._max_tokens = max_tokens

    @property
    def model(self) -> str:
        return self._name

    @property
    def device(self) -> str:
        return self._device

    def _inputs(self, *texts: Sequence[str], truncation: bool | str = True) -> Any:
        """The tokens of texts, or of pairs of them, as long as the longest of the batch."""
        return self._tokenizer(
            *map(list, texts),
            truncation=truncation,
            max_length=self._max_tokens,
            padding=True,
            return_tensors="pt",
        ).to(self._device)


class BgeM3Encoder(_Model):
    """BGE-M3: dense and sparse at once.

    `BGEM3FlagModel.encode` runs its first batch twice and meets every RuntimeError with a smaller
    one, so its network and tokenizer are used directly.
    """

    def __init__(self, folder: Path, name: str, device: str, max_tokens: int) -> None:
        from FlagEmbedding import BGEM3FlagModel

        whole = BGEM3FlagModel(
            str(folder), use_fp16=device == "cuda", devices=device, trust_remote_code=False
        )
        network: Any = whole.model.to(device).eval()
        if device == "cpu":
            network.float()
        super().__init__(whole.tokenizer, network, name, device, max_tokens)
        self._special = set(self._tokenizer.all_special_ids)

    @property
    def dimension(self) -> int:
        return int(self._network.model.config.hidden_size)

    @property
    def has_sparse(self) -> bool:
        return True

    def encode(self, texts: Sequence[str]) -> list[Encoded]:
        """See `Encoder.encode`."""
        with _memory_counts():
            inputs = self._inputs(texts)
            outputs = self._network(
                inputs, return_dense=True, return_sparse=True, return_colbert_vecs=False
            )
            dense = outputs["dense_vecs"].float().cpu().tolist()
            weights = outputs["sparse_vecs"].squeeze(-1).float().cpu().tolist()
            tokens = inputs["input_ids"].cpu().tolist()
        return [
            Encoded(vector, self._lexical(ids, by_token))
            for vector, ids, by_token in zip(dense, tokens, weights, strict=True)
        ]

    def _lexical(self, tokens: Sequence[int], weights: Sequence[float]) -> dict[int, float]:
        """The highest weight of each token that is a part of the text."""
        best: dict[int, float] = {}
        for token, weight in zip(tokens, weights, strict=True):
            if token not in self._special and weight > best.get(token, 0.0):
                best[token] = round(weight, 6)
        return best


class MeanPoolEncoder(_Model):
    """Any sentence encoder of BERT's kind: the mean of its tokens' vectors, or its first one's."""

    def __init__(self, folder: Path, name: str, device: str, max_tokens: int) -> None:
        from transformers import AutoModel, AutoTokenizer

        tokenizer: Any = AutoTokenizer.from_pretrained(folder, trust_remote_code=False)
        network: Any = AutoModel.from_pretrained(folder, trust_remote_code=False)
        super().__init__(tokenizer, network.to(device).eval(), name, device, max_tokens)
        self._first_token = _pools_first_token(folder)

    @property
    def dimension(self) -> int:
        return int(self._network.config.hidden_size)

    @property
    def has_sparse(self) -> bool:
        return False

    def encode(self, texts: Sequence[str]) -> list[Encoded]:
        """See `Encoder.encode`."""
        import torch

        with _memory_counts():
            inputs = self._inputs(texts)
            states = self._network(**inputs).last_hidden_state
            if self._first_token:
                pooled = states[:, 0]
            else:
                mask = inputs["attention_mask"].unsqueeze(-1).to(states.dtype)
                pooled = (states * mask).sum(1) / mask.sum(1).clamp(min=1e-9)
            dense = torch.nn.functional.normalize(pooled, dim=-1).float().cpu().tolist()
        return [Encoded(vector, {}) for vector in dense]


def _pools_first_token(folder: Path) -> bool:
    try:
        pooling = json.loads((folder / "1_Pooling" / "config.json").read_text(encoding="utf-8"))
        return bool(pooling.get("pooling_mode_cls_token"))
    except (OSError, ValueError, AttributeError):
        return False


class CrossEncoderScorer(_Model):
    """A reranker: one number for a question and a passage read together."""

    def __init__(self, folder: Path, name: str, device: str, max_tokens: int) -> None:
        from transformers import AutoModelForSequenceClassification, AutoTokenizer

        tokenizer: Any = AutoTokenizer.from_pretrained(folder, trust_remote_code=False)
        network: Any = AutoModelForSequenceClassification.from_pretrained(
            folder, trust_remote_code=False
        )
        if device == "cuda":
            network = network.half()
        super().__init__(tokenizer, network.to(device).eval(), name, device, max_tokens)

    def score(self, pairs: Sequence[tuple[str, str]]) -> list[float]:
        """See `PairScorer.score`."""
        import torch

        with _memory_counts():
            inputs = self._inputs(
                [query for query, _ in pairs],
                [passage for _, passage in pairs],
                truncation="only_second",
            )
            logits = self._network(**inputs).logits[:, 0].float()
            scores: list[float] = torch.sigmoid(logits).cpu().tolist()
        return scores
