"""Lines reach the disk before anybody hears of them, whatever the disk does."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from session_parts import Home

from desktop.engine.audio.ledger import TrackLedger
from desktop.engine.store.store import TranscriptStore
from desktop.errors import RecogniserError
from desktop.events import (
    LanguageLocked,
    NoticeCleared,
    NoticeRaised,
    SegmentCommitted,
    SegmentSuppressed,
    Track,
    Word,
)
from desktop.records import TrackRecord
from desktop.session.sink import DECODER_NOTICE, STORAGE_NOTICE, StoringSink, TrackSink

sys.path.insert(0, str(Path(__file__).parents[1] / "engine/store"))
from faulty_disk import faulty_disk


def line(number: int) -> SegmentCommitted:
    words = (Word(f" line {number}", number, number + 1, 0.9),)
    return SegmentCommitted(
        track=Track.MIC, sequence=0, start_s=number, end_s=number + 1, audio_s=number, wall_s=1.0,
        text=f"line {number}", words=words, language="en", confidence=0.9,
    )  # fmt: skip


def held_back() -> SegmentSuppressed:
    return SegmentSuppressed(
        track=Track.MIC, start_s=9, end_s=10, audio_s=9, wall_s=1.0, text="Thank you.",
        words=(), language="en", confidence=0.2, reason="phrase",
    )  # fmt: skip


def session(store: TranscriptStore) -> str:
    return store.create_session(
        title="t", tracks=[TrackRecord(Track.MIC, "Me", "", "", 0.0)], model="m", started_wall_s=1.0
    )


def test_a_line_is_stored_before_it_is_published(data: Home) -> None:
    key = session(data.store)
    stored_when_heard = []

    def hear(event: object) -> None:
        if isinstance(event, SegmentCommitted):
            stored_when_heard.append(data.store.segment(event.segment_id).text == event.text)

    sink = StoringSink(data.store, key, hear, {})
    for number in range(3):
        sink.line(line(number), 16_000 * (number + 1))
    assert stored_when_heard == [True] * 3
    assert [record.sequence for record in data.store.segments(key)] == [1, 2, 3]
    assert data.store.progress(key)[Track.MIC] == 48_000


def test_what_is_held_back_is_stored_too(data: Home) -> None:
    key = session(data.store)
    sink = StoringSink(data.store, key, data.publish, {})
    sink.suppressed(held_back(), 160_000)
    (record,) = data.store.suppressed(key)
    assert (record.text, record.reason) == ("Thank you.", "phrase")
    assert data.of(SegmentSuppressed)[0].suppressed_id == record.suppressed_id


@pytest.mark.parametrize("error", ["full", "io"])
def test_a_disk_that_refuses_for_a_while_loses_no_line(tmp_path: Path, error: str) -> None:
    """faults: S40, S42"""
    with faulty_disk() as (vfs, plan):
        store = TranscriptStore.open(tmp_path / "t.db", vfs=vfs)
        try:
            data = Home(tmp_path, store)
            key = session(store)
            sink = StoringSink(store, key, data.publish, {})
            sink.line(line(0), 1)
            plan.arm(1, error=error, lasting=True)
            for number in range(1, 4):
                sink.line(line(number), number)
            assert sink.waiting == 3
            assert len(data.of(SegmentCommitted)) == 1
            assert not sink.flush(force=True)
            assert [n.code for n in data.of(NoticeRaised)] == [STORAGE_NOTICE]
            plan.disarm()
            assert sink.flush(force=True)
            assert [n.code for n in data.of(NoticeCleared)] == [STORAGE_NOTICE]
            assert [e.sequence for e in data.of(SegmentCommitted)] == [1, 2, 3, 4]
            assert [r.text for r in store.segments(key)] == [f"line {n}" for n in range(4)]
        finally:
            store.close()


def test_lines_of_a_deleted_session_go_nowhere(data: Home) -> None:
    key = session(data.store)
    sink = StoringSink(data.store, key, data.publish, {})
    data.store.delete_session(key)
    sink.line(line(0), 1)
    sink.publish(LanguageLocked(Track.MIC, "ko", 0.9, 1.0, 1.0))
    assert sink.waiting == 0
    assert not data.of(SegmentCommitted)


def test_accounts_languages_and_failures(data: Home) -> None:
    key = session(data.store)
    ledger = TrackLedger(Track.MIC)
    sink = StoringSink(data.store, key, data.publish, {Track.MIC: ledger})
    bound = TrackSink(sink, Track.MIC)
    bound.accounted(0, 100, speech=True)  # a moment before capture books it
    ledger.captured(150)
    bound.accounted(100, 150, speech=False)
    snapshot = ledger.snapshot()
    assert (snapshot.transcribed_samples, snapshot.silence_samples) == (100, 50)
    assert snapshot.pending_samples == 0
    sink.publish(LanguageLocked(Track.MIC, "ko", 0.9, 1.0, 1.0))
    assert data.store.session(key).tracks[0].language == "ko"
    bound.failed(16_000, 32_000, RecogniserError("boom", hint="h"))
    (notice,) = data.of(NoticeRaised)
    assert notice.code == DECODER_NOTICE
    assert "1.0 s at 1 s" in notice.message
