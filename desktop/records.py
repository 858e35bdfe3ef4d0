"""What the store keeps, as frozen records that any layer may read.  No Qt, no I/O."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from desktop.events import Keyword, KeywordCategory, KeywordOccurrence, Track, Word


class SessionState(StrEnum):
    RECORDING = "recording"  # in progress, or interrupted: see `recoverable`
    FINISHED = "finished"
    RECOVERED = "recovered"  # interrupted, then brought back and transcribed to its end


class SessionActivity(StrEnum):
    """What is done with a session now."""

    LIVE = "live"  # its sound still grows, or is paused
    TRANSCRIBING = "transcribing"  # its sound has ended, or comes from a file
    RECOVERING = "recovering"
    INTERRUPTED = "interrupted"  # nothing, though it was never finished
    FINISHED = "finished"  # nothing more


@dataclass(frozen=True, slots=True)
class TrackRecord:
    track: Track
    name: str  # shown to people: "나", "상대", a speaker's name
    device: str
    language: str
    duration_s: float


@dataclass(frozen=True, slots=True)
class SessionRecord:
    """One meeting in the list."""

    session_id: str
    title: str
    state: SessionState
    started_wall_s: float
    duration_s: float
    segment_count: int
    model: str
    tracks: tuple[TrackRecord, ...]
    has_audio: bool
    preview: str = ""  # the first words, for the list


@dataclass(frozen=True, slots=True)
class SegmentRecord:
    """One line of a transcript as stored; `text` is the edited one when there is one."""

    segment_id: int
    session_id: str
    sequence: int
    track: Track
    start_s: float
    end_s: float
    text: str
    original_text: str
    words: tuple[Word, ...]
    language: str
    confidence: float
    bookmarked: bool = False

    @property
    def edited(self) -> bool:
        return self.text != self.original_text


@dataclass(frozen=True, slots=True)
class SuppressedRecord:
    suppressed_id: int
    session_id: str
    track: Track
    start_s: float
    end_s: float
    text: str
    words: tuple[Word, ...]
    language: str
    confidence: float
    reason: str
    restored: bool = False


@dataclass(frozen=True, slots=True)
class GapRecord:
    track: Track
    start_s: float
    end_s: float
    cause: str


@dataclass(frozen=True, slots=True)
class SearchHit:
    """A line that matches a search; `matches` are (start, end) character offsets into `text`."""

    session_id: str
    session_title: str
    segment_id: int
    track: Track
    start_s: float
    text: str
    matches: tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class DeviceRecord:
    """A sound device a person can choose.  `name` is stable over replugging, `label` is shown."""

    name: str
    label: str
    track: Track
    is_default: bool
    channels: int
    rate_hz: int


@dataclass(frozen=True, slots=True)
class ModelRecord:
    """A recognition model that can be used or fetched."""

    name: str  # "turbo", "medium", or the name given on import
    label: str
    installed: bool
    size_bytes: int  # on disk when installed, else the download's size
    memory_bytes: int  # roughly what it needs to run on the device in force
    path: str
    languages: str  # "multilingual" | "en"
    basic: bool = False  # the bundled basic recogniser
    recommended: bool = False


@dataclass(frozen=True, slots=True)
class KeywordDecision:
    """What a person decided about a keyword of a session."""

    key: str
    hidden: bool = False
    pinned: bool = False
    category: KeywordCategory | None = None


@dataclass(frozen=True, slots=True)
class KeywordEntry:
    """One keyword over a stretch of a session, as shown.

    Attributes:
        text: the variant said most often; of equals the one said first.
        importance: 0..1; grows with every line that uses it.
        count: how often it was said.
        occurrences: by time.
    """

    key: str
    text: str
    category: KeywordCategory
    importance: float
    count: int
    first_s: float
    last_s: float
    occurrences: tuple[KeywordOccurrence, ...]
    pinned: bool = False
    hidden: bool = False


@dataclass(frozen=True, slots=True)
class SessionKeywords:
    """The stored keywords of a session, to be merged by a `KeywordBook`.

    `source` is what found the last of them; empty where that is not known.
    """

    keywords: tuple[Keyword, ...]
    decisions: tuple[KeywordDecision, ...]
    source: str = ""


@dataclass(frozen=True, slots=True)
class RuntimeRecord:
    """Something for the big servers: a separate Python environment, a program or a model.

    `reason` and `hint` say what is the matter with it; `possible` is False where it cannot be
    installed on this machine at all.
    """

    name: str  # "vllm", "vllm-cpu", "embedding"
    label: str
    installed: bool
    installing: bool
    size_bytes: int  # on disk when installed, else roughly what it will take
    path: str
    version: str = ""
    reason: str = ""
    hint: str = ""
    possible: bool = True


@dataclass(frozen=True, slots=True)
class MemoryShare:
    """One line of the graphics memory plan."""

    what: str  # "recogniser", "embedding", "reranker", "language model", "others", "reserve"
    detail: str  # "Whisper medium, float16"
    device: str  # "cuda" (the card of the plan), "cuda:1" (another card), "cpu" or "-"
    bytes: int


@dataclass(frozen=True, slots=True)
class MemoryPlanRecord:
    """Who gets the graphics memory, and what had to be given up, in words."""

    card: str  # its name; empty without one
    total_bytes: int
    shares: tuple[MemoryShare, ...]
    given_up: tuple[str, ...]
    fits: bool
    hint: str = ""


@dataclass(frozen=True, slots=True)
class PassageView:
    """What stands around a cited passage, to be shown with the passage marked.

    Either `image` (PNG of the page, `boxes` as x, y, width, height in 0..1 of it) or `text` with
    (start, end) `marks`.
    """

    title: str
    page: int
    pages: int
    image: bytes = b""
    boxes: tuple[tuple[float, float, float, float], ...] = ()
    text: str = ""
    marks: tuple[tuple[int, int], ...] = ()


@dataclass(frozen=True, slots=True)
class DocumentsStatus:
    """The state of the index as a whole."""

    documents: int
    chunks: int
    storage_bytes: int
    watched: tuple[str, ...]
    paused: bool
    way: str  # which legs are in force, in words: "words (Kiwi), vectors (BGE-M3)"
    hint: str = ""  # how to get the better way


class MirrorState(StrEnum):
    """Whether the browser mirror serves."""

    OFF = "off"
    STARTING = "starting"
    ON = "on"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class MirrorRecord:
    """The browser mirror as its settings page shows it.

    Attributes:
        address: for the next browser, with a token that works once; empty unless it serves.
        port: where it listens, which is another than wanted when that was taken.
        network: other machines can reach it.
        viewers: browsers that look at this moment.
        reason, hint: why it does not serve, and what helps.
    """

    state: MirrorState
    address: str = ""
    port: int = 0
    network: bool = False
    viewers: int = 0
    reason: str = ""
    hint: str = ""


@dataclass(frozen=True, slots=True)
class NetworkRecord:
    """One address of this machine on a network, with its interface's name."""

    address: str
    name: str
