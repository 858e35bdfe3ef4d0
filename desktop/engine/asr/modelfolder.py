"""Checks that a folder holds a whole CTranslate2 Whisper model, without loading it.

The weights file is walked record by record, so a file cut anywhere is found in milliseconds.
Thread: any.
"""

from __future__ import annotations

import json
import os
import struct
from pathlib import Path
from typing import IO, NoReturn

from desktop.errors import ModelError

WEIGHTS = "model.bin"
CONFIG = "config.json"
# Everything that a model folder may hold; nothing else is ever downloaded or copied.
MODEL_FILES = (
    WEIGHTS,
    CONFIG,
    "tokenizer.json",
    "vocabulary.json",
    "vocabulary.txt",
    "preprocessor_config.json",
)
_VOCABULARIES = ("vocabulary.json", "vocabulary.txt")
_PICKLE_SUFFIXES = (".pt", ".pth", ".ckpt", ".pkl", ".pickle")
_PICKLE_NAMES = ("pytorch_model.bin",)
_NEWEST_VERSION = 6  # of the binary layout; CTranslate2 4 writes this one
_LIMIT_RECORDS = 100_000
_CONFIG_LIMIT_BYTES = 10_000_000
_CONVERT_HINT = (
    "Convert it with: ct2-transformers-converter --model FOLDER --output_dir NEW_FOLDER "
    "--copy_files tokenizer.json preprocessor_config.json"
)
_AGAIN_HINT = "Download or copy the model again."


def verify_folder(path: Path) -> None:
    """Returns when `path` holds a complete CTranslate2 Whisper model.

    Raises:
        ModelError: what is missing, damaged or of the wrong kind, and what to do.
    """
    if not path.is_dir():
        _refuse(f"There is no model folder {path}.", "Choose the folder itself.", "missing")
    weights = path / WEIGHTS
    if not weights.is_file():
        _explain_missing_weights(path)
    _read_json(path / CONFIG)
    if not any((path / name).is_file() for name in ("tokenizer.json", *_VOCABULARIES)):
        _refuse(f"The model in {path} has no tokenizer.json or vocabulary.", _AGAIN_HINT, "damaged")
    for name in ("tokenizer.json", "vocabulary.json"):
        if (path / name).exists():
            _read_json(path / name, limit_bytes=10 * _CONFIG_LIMIT_BYTES)
    try:
        with open(weights, "rb") as file:
            _check_weights(file, os.fstat(file.fileno()).st_size, path)
    except OSError as error:
        raise ModelError(
            f"The model in {path} cannot be read: {error.strerror or error}.",
            hint="Check the folder's permissions.",
            code="model.unreadable",
        ) from error


def _check_weights(file: IO[bytes], size: int, path: Path) -> None:
    head = file.read(4)
    if head[:4] == b"PK\x03\x04" or (head[:1] == b"\x80" and head[1:2] in b"\x02\x03\x04\x05"):
        _refuse_pickle(path)
    if head[:4] in (b"lmgg", b"ggml", b"GGUF"):
        _refuse(
            f"The model in {path} is for whisper.cpp, not for CTranslate2.", _CONVERT_HINT, "kind"
        )
    try:
        file.seek(0)
        (version,) = _take(file, "<I")
        if not 2 <= version <= _NEWEST_VERSION:
            _refuse(f"The model in {path} is no CTranslate2 model.", _CONVERT_HINT, "kind")
        spec = _text(file)
        if spec != "WhisperSpec":
            _refuse(
                f"The model in {path} is a “{spec[:40]}”, not a Whisper model.",
                "Choose a Whisper model.",
                "kind",
            )
        _take(file, "<I")
        _skip_records(file, version, size)
    except (struct.error, UnicodeDecodeError, ValueError):
        _refuse(
            f"The model in {path} is damaged: its weights break off or make no sense.",
            _AGAIN_HINT,
            "damaged",
        )


def _skip_records(file: IO[bytes], version: int, size: int) -> None:
    """Walks over all weights.  Layout: CTranslate2's `model_spec.py`, `_serialize`."""
    (count,) = _take(file, "<I")
    if not 1 <= count <= _LIMIT_RECORDS:
        raise ValueError("number of weights")
    for _ in range(count):
        _text(file)
        (rank,) = _take(file, "<B")
        file.seek(4 * rank, os.SEEK_CUR)
        if version >= 4:
            _, length = _take(file, "<BI")
        else:
            item, items = _take(file, "<BI")
            length = item * items
        if file.seek(length, os.SEEK_CUR) > size:
            raise ValueError("cut off")
    if version >= 3:
        (aliases,) = _take(file, "<I")
        for _ in range(min(aliases, _LIMIT_RECORDS)):
            _text(file)
            _text(file)


def _take(file: IO[bytes], layout: str) -> tuple[int, ...]:
    return struct.unpack(layout, file.read(struct.calcsize(layout)))


def _text(file: IO[bytes]) -> str:
    (length,) = _take(file, "<H")
    raw = file.read(length)
    if len(raw) < length:
        raise ValueError("cut off")
    return raw.rstrip(b"\0").decode()


def _read_json(path: Path, limit_bytes: int = _CONFIG_LIMIT_BYTES) -> None:
    try:
        if path.stat().st_size > limit_bytes:
            raise ValueError("too large")
        json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        _refuse(f"The model in {path.parent} has no {path.name}.", _AGAIN_HINT, "damaged")
    except (OSError, ValueError, RecursionError) as error:
        _refuse(
            f"The model in {path.parent} is damaged: {path.name} cannot be read ({error}).",
            _AGAIN_HINT,
            "damaged",
        )


def _explain_missing_weights(path: Path) -> NoReturn:
    try:
        names = [entry.name for entry in path.iterdir()]
    except OSError as error:
        _refuse(f"The folder {path} cannot be read: {error.strerror}.", "", "unreadable")
    if any(name in _PICKLE_NAMES or name.endswith(_PICKLE_SUFFIXES) for name in names):
        _refuse_pickle(path)
    if any(name.endswith(".safetensors") for name in names):
        _refuse(
            f"{path} holds a model for transformers, not for CTranslate2.", _CONVERT_HINT, "kind"
        )
    _refuse(
        f"{path} holds no {WEIGHTS}.",
        "Choose a CTranslate2 Whisper folder (model.bin, config.json, tokenizer.json).",
        "missing",
    )


def _refuse_pickle(path: Path) -> NoReturn:
    _refuse(
        f"{path} holds a pickled PyTorch model, which can run any program when it is opened.",
        f"Get the same model as safetensors, then convert it. {_CONVERT_HINT}",
        "pickle",
    )


def _refuse(message: str, hint: str, kind: str) -> NoReturn:
    raise ModelError(message, hint=hint, code=f"model.{kind}") from None
