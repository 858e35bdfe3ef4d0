"""Documents, the passages found in them, and answers that stand on passages."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum


class DocumentState(StrEnum):
    QUEUED = "queued"
    PARSING = "parsing"
    INDEXING = "indexing"
    INDEXED = "indexed"
    FAILED = "failed"
    REMOVED = "removed"


class PassageKind(StrEnum):
    DOCUMENT = "document"
    TRANSCRIPT = "transcript"


class Support(StrEnum):
    """How far the cited passages bear a sentence out."""

    SUPPORTED = "supported"
    WEAK = "weak"
    UNSUPPORTED = "unsupported"


@dataclass(frozen=True, slots=True)
class Document:
    """One file (or meeting transcript) that questions can be asked of.

    `reason` and `hint` say, in words, why it failed and what to do.  `warnings` are things a
    person should know of an indexed one ("contains hidden text").
    """

    document_id: str
    name: str  # shown to people; NFC
    path: str  # "" for text that came over the network
    kind: str  # "pdf", "docx", ..., "transcript", "text"
    state: DocumentState
    size_bytes: int = 0
    pages: int = 0  # 0 where the format has none
    chunks: int = 0
    progress: float = 0.0  # 0..1 while parsing or indexing
    reason: str = ""
    hint: str = ""
    warnings: tuple[str, ...] = ()
    folder: str = ""  # the watched folder it came from
    indexed_wall_s: float = 0.0


@dataclass(frozen=True, slots=True)
class DocumentChanged:
    """A document was added, moved on, failed or was removed.  Lossless, in order."""

    document: Document
    wall_s: float


@dataclass(frozen=True, slots=True)
class IngestProgressed:
    """How far the queue of documents is.  Latest wins.  `rate` is chunks a second."""

    waiting: int
    done: int
    failed: int
    total: int
    rate: float
    remaining_s: float | None
    paused: bool = False
    current: str = ""


@dataclass(frozen=True, slots=True)
class Passage:
    """A piece of a document or transcript that matched.

    `start` and `end` are character offsets into the document's extracted text, `page` counts
    from 1 (0: the format has no pages).  Of a transcript `session_id` and `start_s` say which
    meeting and when.  `matches` are (start, end) offsets into `text`; `reasons` are the words of
    the query or the meeting's keywords it matched.
    """

    passage_id: str
    document_id: str
    source: str  # the document's name
    kind: PassageKind
    text: str
    heading: str = ""
    page: int = 0
    start: int = 0
    end: int = 0
    score: float = 0.0  # 0..1, comparable within one result
    matches: tuple[tuple[int, int], ...] = ()
    reasons: tuple[str, ...] = ()
    session_id: str = ""
    start_s: float = 0.0


@dataclass(frozen=True, slots=True)
class PassagesFound:
    """Passages that matter to what is being said.  Retrieval only.  Lossless, in order."""

    passages: tuple[Passage, ...]
    keywords: tuple[str, ...]
    wall_s: float
    audio_s: float
    latency_s: float


@dataclass(frozen=True, slots=True)
class AnswerSentence:
    """One sentence of an answer; `citations` are numbers of `Answer.citations` from 1."""

    text: str
    citations: tuple[int, ...]
    support: Support


@dataclass(frozen=True, slots=True)
class Answer:
    """A whole answer.

    Attributes:
        source: the language model's name, or "basic" for the best sentences of the passages.
        citations: the passages; the text's ``[n]`` counts from 1.
        refused: the evidence is too thin; `citations` are then the nearest passages.
        partial: the text ends early: stopped by a person or by a server that died.
        timings_s: where the time went, by step ("retrieve", "rerank", "first_token", "total").
    """

    text: str
    source: str
    citations: tuple[Passage, ...]
    sentences: tuple[AnswerSentence, ...]
    refused: bool = False
    partial: bool = False
    cached: bool = False
    standalone_question: str = ""
    timings_s: tuple[tuple[str, float], ...] = field(default=())


@dataclass(frozen=True, slots=True)
class AnswerStarted:
    answer_id: str
    conversation_id: str
    question: str
    wall_s: float


@dataclass(frozen=True, slots=True)
class AnswerExtended:
    """More text of an answer under way.  Lossless, in order."""

    answer_id: str
    text: str


@dataclass(frozen=True, slots=True)
class AnswerFinished:
    answer_id: str
    answer: Answer
    wall_s: float


@dataclass(frozen=True, slots=True)
class AnswerFailed:
    """No answer; `partial` keeps what had come."""

    answer_id: str
    message: str
    hint: str
    partial: str = ""
