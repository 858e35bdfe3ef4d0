"""What the RAG server answers, as pydantic models: they check what goes out and describe it.  Pure.

Those of records have the records' own fields, so that a new one is never forgotten, and the
original system's beside them (``answer``, ``sources``, ``id``, ``metadata``).
"""

from __future__ import annotations

from typing import Any, Literal, get_type_hints

from pydantic import BaseModel, create_model

from desktop.events import Answer, Document, DocumentState, Passage
from desktop.records import PassageView
from desktop.services.documents.consistency import Verification
from desktop.services.documents.library import LibraryStatus


def _fields(record: type, without: tuple[str, ...] = ()) -> dict[str, Any]:
    """Of a record, as `create_model` wants them: all are always there."""
    return {
        name: (kind, ...) for name, kind in get_type_hints(record).items() if name not in without
    }


class PassageMetadata(BaseModel):
    """Where a passage is from, as the original system told it."""

    source: str
    page: int
    heading: str
    document_id: str


PassageReply = create_model(
    "Passage", **_fields(Passage), id=(str, ...), metadata=(PassageMetadata, ...)
)
AnswerReply = create_model(
    "Answer",
    **_fields(Answer, ("citations", "timings_s")),
    query=(str, ...),
    session_id=(str, ...),
    answer=(str, ...),
    sources=(list[PassageReply], ...),
    citations=(list[PassageReply], ...),
    timings_s=(dict[str, float], ...),
    processing_time=(float, ...),
)
DocumentReply = create_model("Document", **_fields(Document))
ViewReply = create_model("View", **_fields(PassageView, ("image",)), image=(str, ...))
VerificationReply = create_model("Verification", **_fields(Verification))
StatsReply = create_model(
    "Stats",
    **_fields(LibraryStatus),
    answering=(int, ...),
    epoch=(int, ...),
    services=(dict[str, str], ...),
    way=(str, ...),
    hint=(str, ...),
)


class SearchReply(BaseModel):
    """`legs` are the ways that found something, `timings_s` seconds by step."""

    query: str
    results: list[PassageReply]
    total: int
    legs: list[str]
    timings_s: dict[str, float]


class IndexReply(BaseModel):
    """`status` is "success" or the state it has reached; `reason` says why it failed."""

    status: str
    document_id: str
    id: str
    doc_id: str
    chunks: int
    reason: str


class DocumentsReply(BaseModel):
    documents: list[DocumentReply]


class StoppedReply(BaseModel):
    """Whether there was such an answer under way."""

    stopped: bool


class QueuedReply(BaseModel):
    queued: int


class IdReply(BaseModel):
    document_id: str


class TranscriptsReply(BaseModel):
    """By document, a digest of the meeting's title and lines."""

    transcripts: dict[str, str]


class DoneReply(BaseModel):
    status: Literal["success"]


class RemovedReply(DoneReply):
    document_id: str


class WatchedReply(BaseModel):
    """All folders that are watched now."""

    watched: list[str]


class PausedReply(BaseModel):
    paused: bool


class CancelledReply(BaseModel):
    """How many documents that waited were forgotten."""

    forgotten: int


class HealthReply(BaseModel):
    """`services`: what is in force of each part."""

    status: Literal["healthy"]
    service: str
    version: str
    services: dict[str, str]


def success(state: DocumentState) -> str:
    """A state as the original system told it."""
    return "success" if state is DocumentState.INDEXED else state.value
