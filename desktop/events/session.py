"""A meeting from its start to its end."""

from __future__ import annotations

from dataclasses import dataclass

from desktop.events.vocabulary import Track


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
class SegmentChanged:
    """A stored line was edited, restored from the suppressed ones, bookmarked or removed."""

    session_id: str
    segment_id: int
    change: str  # "edited" | "restored" | "bookmarked" | "removed"
