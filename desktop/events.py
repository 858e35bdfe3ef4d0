"""The only language the parts of Malgeul speak to each other: frozen events, past tense.

Times named ``*_s`` are seconds on the session's timeline (0 = the moment capture began), times
named ``wall_s`` are Unix seconds.  Counts named ``*_samples`` are 16 kHz mono samples.
No Qt, no I/O, importable from anywhere.
"""

from __future__ import annotations

import dataclasses
import json
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

SAMPLE_RATE_HZ = 16_000


class Track(StrEnum):
    """Where sound comes from.  Tracks are never mixed, so who spoke is known for free."""

    MIC = "mic"  # me
    SYSTEM = "system"  # others: what the computer plays
    FILE = "file"


class Severity(StrEnum):
    INFO = "info"
    WARNING = "warning"
    ERROR = "error"


class SourceState(StrEnum):
    OPENING = "opening"
    LIVE = "live"
    SILENT = "silent"  # delivers exact zeros: muted or not connected
    LOST = "lost"  # unplugged or failed; being reopened
    CLOSED = "closed"


class RecogniserState(StrEnum):
    LOADING = "loading"
    READY = "ready"
    FAILED = "failed"


class ServiceState(StrEnum):
    STOPPED = "stopped"
    STARTING = "starting"
    READY = "ready"
    DEGRADED = "degraded"  # runs, but does not answer as it should
    BACKOFF = "backoff"  # failed; waits before the next try
    FAILED = "failed"  # given up until a person asks again
    STOPPING = "stopping"


class ServiceMode(StrEnum):
    MANAGED = "managed"  # a child process of ours
    EMBEDDED = "embedded"  # the simpler form inside the application
    EXTERNAL = "external"  # somebody else's server; never stopped by us


@dataclass(frozen=True, slots=True)
class Word:
    """One recognised word.  `text` carries its own leading space where the language has one."""

    text: str
    start_s: float
    end_s: float
    probability: float


@dataclass(frozen=True, slots=True)
class SessionStarted:
    session_id: str
    title: str
    tracks: tuple[Track, ...]
    wall_s: float


@dataclass(frozen=True, slots=True)
class SessionPaused:
    session_id: str
    audio_s: float
    wall_s: float


@dataclass(frozen=True, slots=True)
class SessionResumed:
    session_id: str
    audio_s: float
    wall_s: float


@dataclass(frozen=True, slots=True)
class SessionFinished:
    """Capture has stopped and everything captured is transcribed and on disk."""

    session_id: str
    duration_s: float
    wall_s: float


@dataclass(frozen=True, slots=True)
class HypothesisUpdated:
    """Unconfirmed text after the last committed word.  Latest wins; may be dropped."""

    track: Track
    audio_s: float
    wall_s: float
    text: str
    words: tuple[Word, ...]
    language: str


@dataclass(frozen=True, slots=True)
class WordsCommitted:
    """Words that will never change, at the moment they became final.  Lossless, in order.

    They belong to a line that is still growing; `SegmentCommitted` closes the line.  `text` keeps
    the words' leading spaces, so that texts can be joined as they are.
    """

    track: Track
    audio_s: float
    wall_s: float
    text: str
    words: tuple[Word, ...]
    language: str


@dataclass(frozen=True, slots=True)
class SegmentCommitted:
    """One finished line.  Published only after it is on disk.  Lossless, in order.

    `sequence` counts the lines of a session from 1 over all tracks.  `segment_id` is the store's.
    """

    track: Track
    sequence: int
    start_s: float
    end_s: float
    audio_s: float
    wall_s: float
    text: str
    words: tuple[Word, ...]
    language: str
    confidence: float
    segment_id: int = 0


@dataclass(frozen=True, slots=True)
class SegmentSuppressed:
    """Text that the hallucination stack held back.  Kept in the store and recoverable."""

    track: Track
    start_s: float
    end_s: float
    audio_s: float
    wall_s: float
    text: str
    words: tuple[Word, ...]
    language: str
    confidence: float
    reason: str
    suppressed_id: int = 0


@dataclass(frozen=True, slots=True)
class SegmentChanged:
    """A stored line was edited, restored from the suppressed ones, bookmarked or removed."""

    session_id: str
    segment_id: int
    change: str  # "edited" | "restored" | "bookmarked" | "removed"


@dataclass(frozen=True, slots=True)
class LanguageLocked:
    track: Track
    language: str
    probability: float
    audio_s: float
    wall_s: float


@dataclass(frozen=True, slots=True)
class LevelMeasured:
    """Loudness of the last ~50 ms in dBFS (0 = full scale, floor -96).  Latest wins."""

    track: Track
    rms_dbfs: float
    peak_dbfs: float
    clipped: bool = False


@dataclass(frozen=True, slots=True)
class GapDeclared:
    """A stretch of the timeline without captured sound, filled with zeros.

    `cause` is one of: overflow, stall, unplugged, suspended, paused, storage.
    """

    track: Track
    start_s: float
    end_s: float
    cause: str
    wall_s: float


@dataclass(frozen=True, slots=True)
class LedgerUpdated:
    """Where every sample went.

    captured + gaps = timeline; transcribed + silence + pending = timeline.  A gap reads as
    silence, so it is counted there too once recognition has passed it.
    """

    track: Track
    timeline_samples: int
    captured_samples: int
    gap_samples: int
    transcribed_samples: int
    silence_samples: int
    pending_samples: int


@dataclass(frozen=True, slots=True)
class SourceChanged:
    track: Track
    state: SourceState
    device: str
    detail: str
    wall_s: float


@dataclass(frozen=True, slots=True)
class RecogniserChanged:
    state: RecogniserState
    model: str
    device: str  # "cpu" | "cuda"
    compute_type: str  # "int8" | "float16" | ...
    detail: str = ""
    basic: bool = False  # True while the bundled basic recogniser stands in


@dataclass(frozen=True, slots=True)
class LagMeasured:
    """How far recognition is behind sound, and how busy it is.  Latest wins."""

    track: Track
    lag_s: float
    real_time_factor: float
    wall_s: float


@dataclass(frozen=True, slots=True)
class ProgressReported:
    """Progress of one long task (a download, a file transcription).  Latest wins per task."""

    task: str
    title: str
    done: float
    total: float
    unit: str
    finished: bool = False
    error: str = ""


@dataclass(frozen=True, slots=True)
class NoticeRaised:
    """Something a person must know.  `action` names a command the interface can offer.

    The same `code` raised again replaces the earlier notice; `NoticeCleared` removes it.
    """

    severity: Severity
    code: str
    message: str
    hint: str = ""
    action: str = ""


@dataclass(frozen=True, slots=True)
class NoticeCleared:
    code: str


class KeywordCategory(StrEnum):
    PERSON = "person"  # 인물
    PLACE = "place"  # 장소
    COMPANY = "company"  # 회사
    TECHNOLOGY = "technology"  # 기술
    PRODUCT = "product"  # 제품
    EQUIPMENT = "equipment"  # 장비
    SERVICE = "service"  # 서비스
    OTHER = "other"  # 기타


@dataclass(frozen=True, slots=True)
class KeywordOccurrence:
    """Where a keyword was said: one line, `count` times."""

    segment_id: int
    start_s: float
    count: int = 1


@dataclass(frozen=True, slots=True)
class Keyword:
    """A keyword as it was said.  Keywords with the same `key` are variants of one."""

    key: str
    text: str
    category: KeywordCategory
    importance: float  # 0..1
    occurrences: tuple[KeywordOccurrence, ...]


@dataclass(frozen=True, slots=True)
class KeywordsFound:
    """Keywords of some lines, most important first.  Lossless, in order.

    `audio_s` is where the last of these lines ends; `latency_s` runs from the moment that line
    was heard of to this event.  `source` is "basic" (statistics) or the name of a language model.
    """

    track: Track
    keywords: tuple[Keyword, ...]
    segment_ids: tuple[int, ...]
    wall_s: float
    audio_s: float
    latency_s: float
    source: str = "basic"


@dataclass(frozen=True, slots=True)
class ServiceStatus:
    """One local service at one moment.  `pid` and `port` are 0 where there is none."""

    name: str  # "redis", "vllm", ...
    label: str  # shown to people
    state: ServiceState
    mode: ServiceMode
    reason: str = ""  # why it is in this state or mode, in words
    hint: str = ""  # what a person can do about it
    pid: int = 0
    port: int = 0
    url: str = ""
    uptime_s: float = 0.0  # since it became ready
    restarts: int = 0


@dataclass(frozen=True, slots=True)
class ServiceChanged:
    """A service's state, mode, reason, process or port changed.  Lossless, in order."""

    status: ServiceStatus
    previous: ServiceState
    wall_s: float


Event = (
    SessionStarted
    | SessionPaused
    | SessionResumed
    | SessionFinished
    | HypothesisUpdated
    | WordsCommitted
    | SegmentCommitted
    | SegmentSuppressed
    | SegmentChanged
    | LanguageLocked
    | LevelMeasured
    | GapDeclared
    | LedgerUpdated
    | SourceChanged
    | RecogniserChanged
    | LagMeasured
    | ProgressReported
    | NoticeRaised
    | NoticeCleared
    | ServiceChanged
    | KeywordsFound
)


def event_to_dict(event: Event) -> dict[str, Any]:
    """The event as plain JSON types, with its class name under ``type``."""
    return {"type": type(event).__name__, **dataclasses.asdict(event)}


def event_to_json(event: Event) -> str:
    """One line of JSON (no newline inside), Unicode as it is."""
    return json.dumps(event_to_dict(event), ensure_ascii=False, separators=(",", ":"))
