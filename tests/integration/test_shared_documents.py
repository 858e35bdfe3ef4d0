"""The larger set of real, broken and hostile documents beside the checkout, when it is there."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from document_files import SHARED

from desktop.errors import DocumentError
from desktop.services.documents.reader import DocumentReader

pytestmark = [
    pytest.mark.shared,
    pytest.mark.skipif(not SHARED.is_dir(), reason="needs the shared documents"),
]
READABLE = {"garbled-risk": "garbled-text", "path-traversal": "odd-names"}


def _entries(folder: str) -> list[dict[str, Any]]:
    manifest = SHARED / "manifest.jsonl"
    if not manifest.is_file():
        return []
    lines = manifest.read_text(encoding="utf-8").splitlines()
    return [e for e in map(json.loads, lines) if e["file"].startswith(f"{folder}/")]


@pytest.fixture
def reader() -> Iterator[DocumentReader]:
    reader = DocumentReader(within_s=60.0)
    yield reader
    reader.close()


def test_every_good_document_gives_its_text(reader: DocumentReader) -> None:
    missing = []
    for entry in _entries("good"):
        path = SHARED / entry["file"]
        text = reader.read(path)[0].text
        wanted = re.sub(r"\s", "", entry.get("expected") or "")
        if wanted not in re.sub(r"\s", "", text):
            missing.append(entry["file"])
    assert missing == []


def test_every_bad_document_says_why(reader: DocumentReader) -> None:
    """faults: D54, D56, D60"""
    for entry in _entries("bad"):
        path = SHARED / entry["file"]
        warning = READABLE.get(entry["expected"])
        if warning is not None:
            assert warning in reader.read(path)[0].warnings, path.name
            continue
        with pytest.raises(DocumentError) as raised:
            reader.read(path)
        assert raised.value.message, path.name
        assert raised.value.hint, path.name
        assert raised.value.code not in ("document.crashed", "document.time"), path.name
    assert not Path("/tmp/pwned.txt").exists()
