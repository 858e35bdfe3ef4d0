"""A model's files as the store wants them, small."""

from __future__ import annotations

import pickle
import struct

COMMIT = "a" * 40


def weights(payload: bytes = bytes(300_000), spec: str = "WhisperSpec") -> bytes:
    """A well-formed CTranslate2 file with one weight."""

    def text(value: str) -> bytes:
        raw = value.encode() + b"\0"
        return struct.pack("<H", len(raw)) + raw

    record = text("encoder/weight") + struct.pack("<BI", 1, len(payload))
    record += struct.pack("<BI", 1, len(payload)) + payload
    return struct.pack("<I", 6) + text(spec) + struct.pack("<II", 3, 1) + record + bytes(4)


FILES = {
    "model.bin": weights(),
    "config.json": b'{"lang_ids": []}',
    "tokenizer.json": b'{"model": {}}',
    "vocabulary.txt": b"a\nb\n",
    "README.md": b"not fetched",
    "pytorch_model.bin": pickle.dumps({}),
}
