"""Some chunks of a document on their way through the pipeline, and what is stored.  Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from desktop.services.clients.embedder import Embedding
from desktop.services.clients.vectors import Point
from desktop.services.documents.chunk import Chunk
from desktop.services.documents.rows import Row


@dataclass
class Batch:
    """Some chunks of one version on their way; `last` ends the document."""

    row: Row
    version: int
    chunks: list[Chunk]
    last: bool
    total: int
    terms: Sequence[Mapping[int, float]] = ()
    embeddings: Sequence[Embedding] | None = None


def points(batch: Batch) -> list[Point]:
    """What is stored of a batch."""
    found = []
    for index, chunk in enumerate(batch.chunks):
        embedding = batch.embeddings[index] if batch.embeddings is not None else None
        found.append(
            Point(
                chunk.chunk_id,
                payload_of(batch.row, chunk),
                batch.terms[index],
                embedding.sparse if embedding is not None else {},
                embedding.dense if embedding is not None else None,
            )
        )
    return found


def payload_of(row: Row, chunk: Chunk) -> dict[str, Any]:
    """A chunk with what is known of its document; only where nothing is, the caller's words."""
    return {
        **row.metadata,
        "text": chunk.text,
        "source": row.name,
        "kind": "transcript" if row.session_id else "document",
        "document_id": chunk.document_id,
        "version": chunk.version,
        "ordinal": chunk.ordinal,
        "page": chunk.page or row.said_page,
        "start": chunk.start,
        "end": chunk.end,
        "heading": chunk.heading,
        "section_start": chunk.section_start,
        "section_end": chunk.section_end,
        "table": chunk.table,
        "start_s": chunk.start_s,
        "session_id": row.session_id,
        "folder": row.folder,
        "suffix": Path(row.path).suffix.lower(),
    }
