"""Events with words in them, and what the caption lines show of them."""

from __future__ import annotations

from desktop.events import (
    HypothesisUpdated,
    SegmentCommitted,
    SegmentSuppressed,
    Track,
    Word,
    WordsCommitted,
)
from desktop.ui.overlay.caption_lines import CaptionLines


def words(text: str, at_s: float = 0.0) -> tuple[Word, ...]:
    """` a b` as words of 0.3 s each from `at_s`."""
    parts = [f" {part}" for part in text.split()]
    return tuple(
        Word(part, at_s + 0.3 * index, at_s + 0.3 * index + 0.3, 0.9)
        for index, part in enumerate(parts)
    )


def spoken(text: str, at_s: float) -> tuple[tuple[Word, ...], float]:
    """The words of `text` from `at_s` on, and where the last one ends."""
    parts = words(text, at_s)
    return parts, parts[-1].end_s if parts else at_s


def committed(text: str, at_s: float = 0.0, track: Track = Track.MIC) -> WordsCommitted:
    parts, end_s = spoken(text, at_s)
    return WordsCommitted(track, end_s, end_s, text, parts, "ko")


def partial(text: str, at_s: float = 0.0, track: Track = Track.MIC) -> HypothesisUpdated:
    parts, end_s = spoken(text, at_s)
    return HypothesisUpdated(track, end_s, end_s, text, parts, "ko")


def segment(text: str, at_s: float = 0.0, track: Track = Track.MIC) -> SegmentCommitted:
    parts, end_s = spoken(text, at_s)
    return SegmentCommitted(track, 1, at_s, end_s, end_s, end_s, text, parts, "ko", 0.9)


def suppressed(text: str, at_s: float = 0.0, track: Track = Track.MIC) -> SegmentSuppressed:
    parts, end_s = spoken(text, at_s)
    return SegmentSuppressed(track, at_s, end_s, end_s, end_s, text, parts, "ko", 0.1, "phrase")


def shown(lines: CaptionLines) -> list[tuple[str, str]]:
    return [(line.committed, line.partial) for line in lines.visible()]


def by_track(lines: CaptionLines) -> list[tuple[Track | None, str, str]]:
    return [(line.track, line.committed, line.partial) for line in lines.visible()]
