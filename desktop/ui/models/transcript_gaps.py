"""Gaps of a transcript: those of one cause in a row count as one, pauses do not.  Pure."""

from __future__ import annotations

from desktop.events import Track
from desktop.ui.models.transcript_line import LineKind, TranscriptLine

PAUSED = "paused"  # the cause of a gap that somebody wanted


def gap_line(track: Track, start_s: float, end_s: float, cause: str) -> TranscriptLine:
    return TranscriptLine(
        LineKind.GAP, track, start_s, end_s, cause=cause, lost=((start_s, end_s),)
    )


def same_near(lines: list[TranscriptLine], row: int, gap: TranscriptLine) -> TranscriptLine | None:
    """A gap of the same cause with nothing said between it and `row`, above or from there on."""
    first = row
    while first > 0 and lines[first - 1].kind is LineKind.GAP:
        first -= 1
    for line in lines[first:]:
        if line.kind is not LineKind.GAP:
            break
        if line.cause == gap.cause and (gap.cause != PAUSED or _at_once(line, gap)):
            return line
    return None


def _at_once(line: TranscriptLine, gap: TranscriptLine) -> bool:
    """One pause on both tracks; one after another they are two."""
    return line.start_s < gap.end_s and gap.start_s < line.end_s


def count_in(line: TranscriptLine, gap: TranscriptLine) -> None:
    line.lost = _united(*line.lost, *gap.lost)
    line.end_s = max(line.end_s, gap.end_s)


def _united(*spans: tuple[float, float]) -> tuple[tuple[float, float], ...]:
    """What overlaps becomes one, as when a sound server ends for both tracks."""
    united: list[tuple[float, float]] = []
    for start_s, end_s in sorted(spans):
        if united and start_s < united[-1][1]:
            united[-1] = (united[-1][0], max(end_s, united[-1][1]))
        else:
            united.append((start_s, end_s))
    return tuple(united)


def joined(lines: list[TranscriptLine]) -> list[TranscriptLine]:
    """A device that stutters would fill the page: gaps in a row become one."""
    kept: list[TranscriptLine] = []
    for line in lines:
        same = same_near(kept, len(kept), line) if line.kind is LineKind.GAP else None
        if same is None:
            kept.append(line)
        else:
            count_in(same, line)
    return kept
