"""Gaps of a transcript: those of one cause in a row count as one.  Pure, any thread."""

from __future__ import annotations

from desktop.events import Track
from desktop.ui.models.transcript_line import LineKind, TranscriptLine

PAUSED = "paused"  # the cause of a gap that somebody wanted


def gap_line(track: Track, start_s: float, end_s: float, cause: str) -> TranscriptLine:
    line = TranscriptLine(LineKind.GAP, track, start_s, end_s, cause=cause)
    line.lost_s = end_s - start_s
    return line


def same_near(lines: list[TranscriptLine], row: int, gap: TranscriptLine) -> TranscriptLine | None:
    """A gap of the same cause with nothing said between it and `row`, above or from there on."""
    first = row
    while first > 0 and lines[first - 1].kind is LineKind.GAP:
        first -= 1
    for line in lines[first:]:
        if line.kind is not LineKind.GAP:
            break
        if line.cause == gap.cause != PAUSED:
            return line
    return None


def count_in(line: TranscriptLine, gap: TranscriptLine) -> None:
    line.times += gap.times
    line.lost_s += gap.lost_s
    line.end_s = max(line.end_s, gap.end_s)


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
