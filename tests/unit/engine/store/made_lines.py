"""Sessions and lines that the store's tests put into it."""

from __future__ import annotations

from desktop.engine.store import TranscriptStore
from desktop.events import SegmentCommitted, SegmentSuppressed, Track, Word
from desktop.records import TrackRecord

TRACKS = (
    TrackRecord(Track.MIC, "나", "default", "ko", 0.0),
    TrackRecord(Track.SYSTEM, "상대", "speakers", "ko", 0.0),
)


def make_words(text: str, start_s: float, end_s: float) -> tuple[Word, ...]:
    parts = text.split() or [""]
    step = (end_s - start_s) / len(parts)
    return tuple(
        Word(f" {part}", round(start_s + i * step, 3), round(start_s + (i + 1) * step, 3), 0.9)
        for i, part in enumerate(parts)
    )


def make_line(
    sequence: int,
    text: str = "정기회의를 시작합니다",
    *,
    start_s: float | None = None,
    track: Track = Track.MIC,
) -> SegmentCommitted:
    start = 3.0 * sequence if start_s is None else start_s
    return SegmentCommitted(
        track=track,
        sequence=sequence,
        start_s=start,
        end_s=start + 2.5,
        audio_s=start + 2.5,
        wall_s=1_700_000_000.0 + start,
        text=text,
        words=make_words(text, start, start + 2.5),
        language="ko",
        confidence=0.9,
    )


def make_suppressed(text: str, start_s: float) -> SegmentSuppressed:
    return SegmentSuppressed(
        track=Track.MIC,
        start_s=start_s,
        end_s=start_s + 1.0,
        audio_s=start_s + 1.0,
        wall_s=1_700_000_000.0 + start_s,
        text=text,
        words=make_words(text, start_s, start_s + 1.0),
        language="ko",
        confidence=0.3,
        reason="phrase",
    )


def new_session(store: TranscriptStore, session_id: str | None = None, title: str = "회의") -> str:
    return store.create_session(
        title=title, tracks=TRACKS, model="turbo", started_wall_s=1.7e9, session_id=session_id
    )
