"""Rows of the manifest as records, and back.  Any thread."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from desktop.events import DocumentState
from desktop.paths import as_path
from desktop.services.documents.chunk import Chunk

COLUMNS = (
    "document_id, path, folder, name, kind, state, size, mtime_ns, digest, parser, chunker, terms,"
    " model, version, pending, last_version, pages, chunks, reason, hint, warnings, metadata,"
    " session_id, indexed_s"
)
CHUNK = (
    "document_id, version, ordinal, text, start, end, page, heading, section_start, section_end,"
    " is_table, start_s"
)
_PAGE = re.compile(r"[1-9][0-9]{0,5}")
_MAX_PAGE = 999_999


@dataclass(frozen=True, slots=True)
class Row:
    """One document as the manifest has it."""

    document_id: str
    path: str
    folder: str
    name: str
    kind: str
    state: DocumentState
    size: int
    mtime_ns: int
    digest: str
    parser: str
    chunker: str
    terms: str
    model: str
    version: int
    pending: int
    last_version: int  # the highest there ever was
    pages: int
    chunks: int
    reason: str
    hint: str
    warnings: tuple[str, ...]
    metadata: dict[str, Any]
    session_id: str
    indexed_s: float

    @property
    def file(self) -> Path:
        """Where it is; `path` is the same as text."""
        return as_path(self.path)

    @property
    def said_page(self) -> int:
        """The page that a text's metadata tell of; 0 where they tell of none."""
        said = self.metadata.get("page")
        if isinstance(said, str) and _PAGE.fullmatch(said):
            return int(said)
        if isinstance(said, int) and not isinstance(said, bool) and 0 < said <= _MAX_PAGE:
            return said
        return 0


def row_of(values: Iterable[Any]) -> Row:
    fields = list(values)
    fields[5] = DocumentState(fields[5])
    fields[20] = tuple(json.loads(fields[20]))
    fields[21] = json.loads(fields[21])
    return Row(*fields)


def chunk_values(c: Chunk) -> tuple[Any, ...]:
    return (
        c.document_id, c.version, c.ordinal, c.text, c.start, c.end, c.page, c.heading,
        c.section_start, c.section_end, c.table, c.start_s, chunk_key(c),
    )  # fmt: skip


def chunk_key(chunk: Chunk) -> bytes:
    """Names what a chunk's vectors are made of: the same for the same words."""
    return hashlib.sha256(f"{chunk.heading}\n{chunk.text}".encode()).digest()[:16]


def chunk_of(values: tuple[Any, ...]) -> Chunk:
    fields: list[Any] = list(values)
    fields[-2] = bool(fields[-2])  # whether it is a table
    return Chunk(*fields)
