"""Capture and recognition: devices, levels, gaps, the ledger, lag."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from desktop.events.vocabulary import Track


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
