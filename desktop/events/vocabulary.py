"""What many events share: tracks, words, severities."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

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


@dataclass(frozen=True, slots=True)
class Word:
    """One recognised word.  `text` carries its own leading space where the language has one."""

    text: str
    start_s: float
    end_s: float
    probability: float
