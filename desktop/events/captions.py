"""What was said, as it becomes certain."""

from __future__ import annotations

from dataclasses import dataclass

from desktop.events.vocabulary import Track, Word


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
class LanguageLocked:
    track: Track
    language: str
    probability: float
    audio_s: float
    wall_s: float
