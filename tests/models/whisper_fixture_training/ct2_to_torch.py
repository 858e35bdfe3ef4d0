"""Reads a CTranslate2 Whisper folder back into PyTorch weights (int8 is dequantised).

The published fixture is all there is of an earlier training run: training goes on from it.
The file format is that of `ctranslate2.specs.model_spec.ModelSpec._serialize`.
"""

from __future__ import annotations

import struct
from io import BytesIO
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

_TYPES = ("<f4", "<i1", "<i2", "<i4", "<f2")
_BINARY_VERSION = 6
Arrays = dict[str, NDArray[np.float32]]


class _Reader:
    def __init__(self, data: bytes) -> None:
        self._stream = BytesIO(data)

    def number(self, kind: str) -> int:
        size = struct.calcsize("<" + kind)
        return int(struct.unpack("<" + kind, self._stream.read(size))[0])

    def text(self) -> str:
        return self._stream.read(self.number("H"))[:-1].decode()

    def array(self) -> NDArray[np.generic]:
        shape = [self.number("I") for _ in range(self.number("B"))]
        kind = _TYPES[self.number("B")]
        return np.frombuffer(self._stream.read(self.number("I")), kind).reshape(shape)


def read_arrays(path: Path) -> Arrays:
    """All arrays of a `model.bin` by name, as float32.

    Raises:
        ValueError: not a CTranslate2 file of the known version.
    """
    reader = _Reader(path.read_bytes())
    version = reader.number("I")
    if version != _BINARY_VERSION:
        raise ValueError(f"{path}: binary version {version}, expected {_BINARY_VERSION}")
    reader.text()  # name of the specification
    reader.number("I")  # its revision
    stored = {reader.text(): reader.array() for _ in range(reader.number("I"))}
    for _ in range(reader.number("I")):
        alias, name = reader.text(), reader.text()
        stored[alias] = stored[name]
    arrays: Arrays = {}
    for name, array in stored.items():
        if name.endswith("_scale"):
            continue
        values = array.astype(np.float32)
        scale = stored.get(name + "_scale")
        if scale is not None and array.dtype == np.int8:
            values = values / scale.astype(np.float32).reshape(-1, *[1] * (values.ndim - 1))
        arrays[name] = values
    return arrays


def _linear(state: Arrays, name: str, arrays: Arrays, source: str, part: slice) -> None:
    state[f"{name}.weight"] = arrays[f"{source}/weight"][part]
    state[f"{name}.bias"] = arrays[f"{source}/bias"][part]


def _norm(state: Arrays, name: str, arrays: Arrays, source: str) -> None:
    state[f"{name}.weight"] = arrays[f"{source}/gamma"]
    state[f"{name}.bias"] = arrays[f"{source}/beta"]


def _attention(state: Arrays, name: str, arrays: Arrays, source: str, width: int) -> None:
    """Splits the fused projections: query, key and value, or query and (key, value)."""
    fused = arrays[f"{source}/linear_0/weight"].shape[0] == 3 * width
    value, first = ("linear_0", 2 * width) if fused else ("linear_1", width)
    key = first - width
    _linear(state, f"{name}.query", arrays, f"{source}/linear_0", slice(0, width))
    _linear(state, f"{name}.key", arrays, f"{source}/{value}", slice(key, key + width))
    del state[f"{name}.key.bias"]  # Whisper's keys have none (stored as zeros)
    _linear(state, f"{name}.value", arrays, f"{source}/{value}", slice(first, first + width))
    output = "linear_1" if fused else "linear_2"
    _linear(state, f"{name}.out", arrays, f"{source}/{output}", slice(None))
    _norm(state, f"{name}_ln", arrays, f"{source}/layer_norm")


def whisper_state(folder: Path) -> dict[str, torch.Tensor]:
    """The state dictionary of `whisper.model.Whisper` from a CTranslate2 folder."""
    arrays = read_arrays(folder / "model.bin")
    state: Arrays = {
        "encoder.positional_embedding": arrays["encoder/position_encodings/encodings"],
        "decoder.positional_embedding": arrays["decoder/position_encodings/encodings"],
        "decoder.token_embedding.weight": arrays["decoder/embeddings/weight"],
    }
    width = state["encoder.positional_embedding"].shape[1]
    for conv in ("conv1", "conv2"):
        _linear(state, f"encoder.{conv}", arrays, f"encoder/{conv}", slice(None))
    _norm(state, "encoder.ln_post", arrays, "encoder/layer_norm")
    _norm(state, "decoder.ln", arrays, "decoder/layer_norm")
    for side in ("encoder", "decoder"):
        index = 0
        while f"{side}/layer_{index}/ffn/linear_0/weight" in arrays:
            name, source = f"{side}.blocks.{index}", f"{side}/layer_{index}"
            _attention(state, f"{name}.attn", arrays, f"{source}/self_attention", width)
            if side == "decoder":
                _attention(state, f"{name}.cross_attn", arrays, f"{source}/attention", width)
            _linear(state, f"{name}.mlp.0", arrays, f"{source}/ffn/linear_0", slice(None))
            _linear(state, f"{name}.mlp.2", arrays, f"{source}/ffn/linear_1", slice(None))
            _norm(state, f"{name}.mlp_ln", arrays, f"{source}/ffn/layer_norm")
            index += 1
    return {name: torch.from_numpy(array.copy()) for name, array in state.items()}
