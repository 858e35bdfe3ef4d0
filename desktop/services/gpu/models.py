"""How much graphics memory a language model takes.  Reads at most a small file; any thread.

Weights and the key-value cache are what counts.  For Qwen2.5 both are known beforehand; of any
other model the folder tells: the size of its weights, and of its cache by token from config.json
(layers x key-value heads x head size x 2 x 2 bytes).
"""

from __future__ import annotations

import json
import os
from dataclasses import dataclass, replace
from pathlib import Path

_UNKNOWN_CACHE_BYTES = 131_072  # a token's, of a model that does not tell: on the safe side


@dataclass(frozen=True, slots=True)
class LanguageModelFacts:
    """One model as vLLM would load it.

    Args:
        name: a hub name or a folder.
        weights_bytes: on the card.
        cache_bytes: of the key-value cache, a token.
        quantised: a 4-bit form of a larger one.
        most_tokens: the longest context it was made for.
    """

    name: str
    weights_bytes: int
    cache_bytes: int
    quantised: bool = False
    most_tokens: int = 32_768


# From the models' own files: bytes of weights; layers x KV heads x head size x 2 x 2 bytes.
QWEN_7B = LanguageModelFacts("Qwen/Qwen2.5-7B-Instruct", 15_231_233_024, 57_344)
QWEN_7B_AWQ = LanguageModelFacts("Qwen/Qwen2.5-7B-Instruct-AWQ", 5_580_000_000, 57_344, True)
QWEN_3B = LanguageModelFacts("Qwen/Qwen2.5-3B-Instruct", 6_171_877_376, 36_864)
QWEN_3B_AWQ = LanguageModelFacts("Qwen/Qwen2.5-3B-Instruct-AWQ", 2_100_000_000, 36_864, True)
QWEN_SMALL = LanguageModelFacts("Qwen/Qwen2.5-1.5B-Instruct", 3_087_428_608, 28_672)
QWEN_SMALL_AWQ = LanguageModelFacts("Qwen/Qwen2.5-1.5B-Instruct-AWQ", 1_200_000_000, 28_672, True)
KNOWN = {
    facts.name: facts
    for facts in (QWEN_7B, QWEN_7B_AWQ, QWEN_3B, QWEN_3B_AWQ, QWEN_SMALL, QWEN_SMALL_AWQ)
}


def candidates(model: str) -> tuple[LanguageModelFacts, ...]:
    """`model` and what may stand in for it, best first.

    For the quantised form of a model the model itself is no stand-in: whoever chose it, chose it.
    """
    wished = facts_of(model)
    if wished is None:
        return ()
    line: tuple[LanguageModelFacts, ...]
    line = (QWEN_7B, QWEN_7B_AWQ, QWEN_3B_AWQ, QWEN_SMALL_AWQ)
    if wished.name in (QWEN_3B.name, QWEN_3B_AWQ.name):
        line = (wished, QWEN_3B_AWQ, QWEN_SMALL_AWQ)
    elif wished.name in (QWEN_SMALL.name, QWEN_SMALL_AWQ.name):
        line = (wished, QWEN_SMALL_AWQ)
    elif wished.name not in KNOWN:
        return (wished,)  # a person's own choice: no other model takes its place
    names = [each.name for each in line]
    start = names.index(wished.name)
    return tuple(dict.fromkeys(line[start:]))


def facts_of(model: str) -> LanguageModelFacts | None:
    """What is known of a model; None when neither the table nor the disk tells."""
    known = KNOWN.get(model)
    folder = folder_of(model)
    if folder is None:
        return known
    found = _read(folder, model)
    if found is None or known is None:
        return found or known
    return replace(found, quantised=known.quantised)


def folder_of(model: str) -> Path | None:
    """Where a model lies on this machine: a folder, or a snapshot of Hugging Face's cache.

    One whose weights are not all there, since its fetching was interrupted, is not here.
    """
    if _whole(Path(model)):
        return Path(model)
    snapshots = hub_folder(model) / "snapshots"
    return next((path for path in sorted(snapshots.glob("*")) if _whole(path)), None)


def _whole(folder: Path) -> bool:
    return (folder / "config.json").is_file() and bool(_weights(folder))


def _weights(folder: Path) -> list[Path]:
    """The files that would be loaded; empty when one of them is missing."""
    for suffix in ("safetensors", "bin"):  # of two forms of the same weights the first is loaded
        for index in sorted(folder.glob(f"*.{suffix}.index.json")):
            try:
                names = set(json.loads(index.read_text(encoding="utf-8"))["weight_map"].values())
            except (OSError, ValueError, KeyError, TypeError, AttributeError):
                continue
            parts = [folder / str(name) for name in names]
            return parts if all(part.is_file() for part in parts) else []
        found = [path for path in sorted(folder.glob(f"*.{suffix}")) if path.is_file()]
        if found:
            return found
    return []


def hub_folder(model: str) -> Path:
    """Where Hugging Face's cache keeps a model of this name, whether or not it is there."""
    home = Path(os.environ.get("HF_HOME") or Path.home() / ".cache" / "huggingface")
    hub = Path(os.environ.get("HF_HUB_CACHE") or home / "hub")
    return hub / f"models--{model.replace('/', '--')}"


def _read(folder: Path, name: str) -> LanguageModelFacts | None:
    weights = sum(path.stat().st_size for path in _weights(folder))
    if not weights:
        return None
    try:
        config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
        heads = int(config["num_attention_heads"])
        size = int(config.get("head_dim") or int(config["hidden_size"]) // heads)
        groups = int(config.get("num_key_value_heads") or heads)
        cache = int(config["num_hidden_layers"]) * groups * size * 2 * 2
        tokens = int(config.get("max_position_embeddings") or 32_768)
        quantised = "quantization_config" in config
    except (OSError, ValueError, KeyError, TypeError):
        return LanguageModelFacts(name, weights, _UNKNOWN_CACHE_BYTES)
    return LanguageModelFacts(name, weights, cache, quantised, tokens)
