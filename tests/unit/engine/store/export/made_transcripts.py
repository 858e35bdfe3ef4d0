"""Sessions and lines to export."""

from __future__ import annotations

from desktop.events import Track, Word
from desktop.records import SegmentRecord, SessionRecord, SessionState, TrackRecord


def make_session(title: str = "주간 회의", tracks: int = 2, language: str = "ko") -> SessionRecord:
    every = (
        TrackRecord(Track.MIC, "나", "", language, 60.0),
        TrackRecord(Track.SYSTEM, "김 <대리> & 팀", "", language, 60.0),
    )
    return SessionRecord(
        session_id="s",
        title=title,
        state=SessionState.FINISHED,
        started_wall_s=1.7e9,
        duration_s=3725.0,
        segment_count=0,
        model="turbo",
        tracks=every[:tracks],
        has_audio=False,
    )


def make_segment(
    text: str,
    start_s: float = 0.0,
    end_s: float | None = None,
    *,
    sequence: int = 1,
    track: Track = Track.MIC,
    words: tuple[Word, ...] | None = None,
    edited: str | None = None,
) -> SegmentRecord:
    end = start_s + 0.35 * max(1, len(text.split())) if end_s is None else end_s
    parts = text.split()
    step = (end - start_s) / max(1, len(parts))
    spoken = tuple(
        Word(f" {part}", start_s + i * step, start_s + (i + 1) * step, 0.9)
        for i, part in enumerate(parts)
    )
    return SegmentRecord(
        segment_id=sequence,
        session_id="s",
        sequence=sequence,
        track=track,
        start_s=start_s,
        end_s=end,
        text=text if edited is None else edited,
        original_text=text,
        words=spoken if words is None else words,
        language="ko",
        confidence=0.9,
    )
