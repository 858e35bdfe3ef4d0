"""Writes a Whisper state dictionary as a folder for `faster_whisper.WhisperModel`."""

from __future__ import annotations

import base64
import json
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import torch
import whisper.tokenizer
from ctranslate2.converters import utils
from ctranslate2.specs import WhisperSpec, common_spec
from numpy.typing import NDArray
from tokenizers import AddedToken, decoders, models, pre_tokenizers
from tokenizers import Tokenizer as FastTokenizer

from tests.models.whisper_fixture_training.network import ALIGNMENT_HEADS, DIMENSIONS
from tests.models.whisper_fixture_training.vocabulary import TIMESTAMPS, VOCABULARY, tokenizer

_PROBES = (
    "Hello, world! 안녕하세요 여러분, 오늘 회의를 시작하겠습니다. 2024년 3월",
    " and so my fellow Americans",
    "日本語テスト。  two  spaces\n\nnl",
)
State = dict[str, torch.Tensor]


class _SpecFiller:
    """Copies a state dictionary into CTranslate2's specification."""

    def __init__(self, state: State) -> None:
        self._state = state

    def array(self, name: str) -> NDArray[np.float32]:
        return np.ascontiguousarray(self._state[name].float().numpy())

    def linear(self, spec: Any, name: str, *, bias: bool = True) -> None:
        spec.weight = self.array(f"{name}.weight")
        if bias:
            spec.bias = self.array(f"{name}.bias")

    def norm(self, spec: Any, name: str) -> None:
        spec.gamma, spec.beta = self.array(f"{name}.weight"), self.array(f"{name}.bias")

    def attention(self, spec: Any, name: str, *, own: bool) -> None:
        query, key, value = (common_spec.LinearSpec() for _ in range(3))
        self.linear(query, f"{name}.query")
        self.linear(key, f"{name}.key", bias=False)
        self.linear(value, f"{name}.value")
        if own:
            utils.fuse_linear(spec.linear[0], [query, key, value])
        else:
            utils.fuse_linear(spec.linear[0], [query])
            utils.fuse_linear(spec.linear[1], [key, value])
        self.linear(spec.linear[-1], f"{name}.out")
        self.norm(spec.layer_norm, f"{name}_ln")

    def layer(self, spec: Any, name: str, *, decoder: bool) -> None:
        self.attention(spec.self_attention, f"{name}.attn", own=True)
        if decoder:
            self.attention(spec.attention, f"{name}.cross_attn", own=False)
        self.linear(spec.ffn.linear_0, f"{name}.mlp.0")
        self.linear(spec.ffn.linear_1, f"{name}.mlp.2")
        self.norm(spec.ffn.layer_norm, f"{name}.mlp_ln")


def _spec(state: State) -> Any:
    d, fill = DIMENSIONS, _SpecFiller(state)
    spec = WhisperSpec(d.n_audio_layer, d.n_audio_head, d.n_text_layer, d.n_text_head)
    fill.linear(spec.encoder.conv1, "encoder.conv1")
    fill.linear(spec.encoder.conv2, "encoder.conv2")
    for side in ("encoder", "decoder"):
        part = getattr(spec, side)
        part.position_encodings.encodings = fill.array(f"{side}.positional_embedding")
        for index, layer in enumerate(part.layer):
            fill.layer(layer, f"{side}.blocks.{index}", decoder=side == "decoder")
    fill.norm(spec.encoder.layer_norm, "encoder.ln_post")
    fill.norm(spec.decoder.layer_norm, "decoder.ln")
    rows = fill.array("decoder.token_embedding.weight")
    spec.decoder.embeddings.weight = rows
    spec.decoder.projection.weight = rows
    return spec


def _printable_bytes() -> dict[int, str]:
    """GPT-2's mapping of bytes to printable characters."""
    plain = [*range(33, 127), *range(161, 173), *range(174, 256)]
    others = [byte for byte in range(256) if byte not in plain]
    mapping = {byte: chr(byte) for byte in plain}
    mapping.update({byte: chr(256 + index) for index, byte in enumerate(others)})
    return mapping


def _merge_of(token: bytes, rank: int, ranks: dict[bytes, int]) -> tuple[bytes, bytes] | None:
    """The last merge that makes the token, from the ranks alone."""
    parts = [bytes([byte]) for byte in token]
    while len(parts) > 2:
        merges = [(ranks.get(a + b, rank), i) for i, (a, b) in enumerate(pairwise(parts))]
        best, index = min(merges)
        if best >= rank:
            return None
        parts[index : index + 2] = [parts[index] + parts[index + 1]]
    return (parts[0], parts[1]) if len(parts) == 2 else None


def _fast_tokenizer() -> FastTokenizer:
    """OpenAI's multilingual tokenizer in Hugging Face's format, checked against the original."""
    asset = Path(whisper.tokenizer.__file__).parent / "assets" / "multilingual.tiktoken"
    pairs = (line.split() for line in asset.read_text().splitlines() if line)
    ranks = {base64.b64decode(token): int(rank) for token, rank in pairs}
    printable = _printable_bytes()

    def shown(token: bytes) -> str:
        return "".join(printable[byte] for byte in token)

    merges = [
        (shown(merge[0]), shown(merge[1]))
        for token, rank in sorted(ranks.items(), key=lambda item: item[1])
        if (merge := _merge_of(token, rank, ranks)) is not None
    ]
    fast = FastTokenizer(
        models.BPE(vocab={shown(token): rank for token, rank in ranks.items()}, merges=merges)
    )
    fast.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    fast.decoder = decoders.ByteLevel()
    controls = ["<|endoftext|>", "<|startoftranscript|>"]
    controls += [f"<|{name}|>" for name in list(whisper.tokenizer.LANGUAGES)[:99]]
    controls += ["<|translate|>", "<|transcribe|>", "<|startoflm|>", "<|startofprev|>"]
    controls += ["<|nospeech|>", "<|notimestamps|>"]
    times = [f"<|{index * 0.02:.2f}|>" for index in range(TIMESTAMPS)]
    fast.add_special_tokens([AddedToken(name, special=True, normalized=False) for name in controls])
    fast.add_tokens([AddedToken(name, special=False, normalized=False) for name in times])
    original = tokenizer()
    if fast.get_vocab_size() != VOCABULARY:
        raise RuntimeError(f"the tokenizer has {fast.get_vocab_size()} tokens, not {VOCABULARY}")
    for text in _PROBES:
        if fast.encode(text, add_special_tokens=False).ids != original.encode(text):
            raise RuntimeError(f"the tokenizer reads {text!r} differently from OpenAI's")
    return fast


def _decoding_config(fast: FastTokenizer) -> dict[str, Any]:
    original = tokenizer()
    never = {
        *original.non_speech_tokens,
        original.transcribe,
        original.translate,
        original.sot,
        original.sot_prev,
        original.sot_lm,
        original.no_speech,
    }
    languages = list(whisper.tokenizer.LANGUAGES)[:99]
    return {
        "suppress_ids": sorted(never),
        "suppress_ids_begin": [original.encode(" ")[0], original.eot],
        "lang_ids": [fast.token_to_id(f"<|{name}|>") for name in languages],
        "alignment_heads": [list(head) for head in ALIGNMENT_HEADS],
    }


def _write_small(path: Path, value: Any) -> None:
    path.write_text(json.dumps(value, ensure_ascii=False, separators=(",", ":")), encoding="utf-8")


def convert(weights: Path, folder: Path, quantization: str = "int8") -> None:
    """Converts.

    Args:
        weights: file of a Whisper state dictionary (`network.whisper_state`).
        folder: written; made when missing.
        quantization: "int8", "float16" or "float32".
    """
    spec = _spec(torch.load(weights, map_location="cpu", weights_only=True))
    fast = _fast_tokenizer()
    for name, value in _decoding_config(fast).items():
        setattr(spec.config, name, value)
    spec.register_vocabulary([fast.id_to_token(index) for index in range(VOCABULARY)])
    spec.validate()
    spec.optimize(quantization=None if quantization == "float32" else quantization)
    folder.mkdir(parents=True, exist_ok=True)
    spec.save(str(folder))
    fast.save(str(folder / "tokenizer.json"))
    for name in ("config.json", "tokenizer.json", "vocabulary.json"):
        _write_small(folder / name, json.loads((folder / name).read_text(encoding="utf-8")))
    extractor = {
        "feature_size": 80,
        "sampling_rate": 16_000,
        "hop_length": 160,
        "n_fft": 400,
        "chunk_length": 30,
        "nb_max_frames": 3_000,
        "n_samples": 480_000,
        "padding_value": 0.0,
        "padding_side": "right",
        "return_attention_mask": False,
        "feature_extractor_type": "WhisperFeatureExtractor",
        "processor_class": "WhisperProcessor",
    }
    _write_small(folder / "preprocessor_config.json", extractor)
    size = sum(path.stat().st_size for path in folder.iterdir())
    print(f"{folder}: {size / 1e6:.1f} MB, {quantization}", flush=True)
