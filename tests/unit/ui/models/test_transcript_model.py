"""The rows of a transcript, live and stored."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QAbstractItemModelTester

from desktop import events as ev
from desktop.events import Track, Word
from desktop.records import GapRecord, SegmentRecord
from desktop.ui.models.transcript_line import LineKind, clock
from desktop.ui.models.transcript_model import TranscriptModel
from desktop.ui.models.transcript_words import gap_text

MIC, SYSTEM = Track.MIC, Track.SYSTEM


def _words(text: str, start_s: float) -> tuple[Word, ...]:
    return (Word(text, start_s, start_s + 1, 0.9),)


def _commit(track: Track, text: str, start_s: float) -> ev.WordsCommitted:
    return ev.WordsCommitted(track, start_s + 1, 0, text, _words(text, start_s), "ko")


def _guess(track: Track, text: str, start_s: float = 0.0) -> ev.HypothesisUpdated:
    words = _words(text, start_s) if text else ()
    return ev.HypothesisUpdated(track, start_s + 1, 0, text, words, "ko")


def _segment(track: Track, text: str, start_s: float, number: int) -> ev.SegmentCommitted:
    return ev.SegmentCommitted(
        track, number, start_s, start_s + 2, start_s + 2, 0, text, _words(text, start_s), "ko",
        0.9, number,
    )  # fmt: skip


@pytest.fixture
def model() -> TranscriptModel:
    made = TranscriptModel()
    made._tester = QAbstractItemModelTester(  # type: ignore[attr-defined]
        made, QAbstractItemModelTester.FailureReportingMode.Fatal
    )
    return made


def test_partial_text_grows_into_a_finished_line_in_place(model: TranscriptModel) -> None:
    model.set_hypothesis(_guess(MIC, "안녕하", 1.0))
    model.add_words(_commit(MIC, "안녕하세요", 1.0))
    model.set_hypothesis(_guess(MIC, " 여러", 2.0))
    line = model.line(0)
    assert (line.text, line.partial, line.live) == ("안녕하세요", " 여러", True)
    model.add_segment(_segment(MIC, "안녕하세요 여러분", 1.0, 7))
    line = model.line(0)
    assert model.rowCount() == 1
    assert (line.shown, line.live, line.segment_id) == ("안녕하세요 여러분", False, 7)


def test_two_tracks_grow_side_by_side_in_the_order_they_began(model: TranscriptModel) -> None:
    model.set_hypothesis(_guess(SYSTEM, "later", 5.0))
    model.set_hypothesis(_guess(MIC, "earlier", 3.0))
    assert [line.track for line in model.lines] == [MIC, SYSTEM]
    model.add_segment(_segment(SYSTEM, "later", 5.0, 1))
    model.add_segment(_segment(MIC, "earlier", 3.0, 2))
    assert [line.text for line in model.lines] == ["earlier", "later"]


def test_a_screen_reader_hears_who_spoke_and_what_is_missing(model: TranscriptModel) -> None:
    model.add_segment(_segment(MIC, "안녕하세요", 1.0, 1))
    model.add_gap(ev.GapDeclared(MIC, 4.0, 6.0, "unplugged", 0.0))
    spoken = [model.index(row).data(Qt.ItemDataRole.AccessibleTextRole) for row in range(2)]
    assert spoken == [
        "[0:01] Me: 안녕하세요",
        "[0:04] 2.0 s not captured: the device was unplugged",
    ]
    model.set_name(MIC, "Kim")
    assert model.index(0).data(Qt.ItemDataRole.AccessibleTextRole) == "[0:01] Kim: 안녕하세요"


def test_finished_lines_are_counted_as_they_come(model: TranscriptModel) -> None:
    model.set_hypothesis(_guess(MIC, "하나", 1.0))
    assert model.speech_count == 0
    model.add_segment(_segment(MIC, "하나", 1.0, 1))
    model.add_gap(ev.GapDeclared(MIC, 4.0, 6.0, "unplugged", 0.0))
    model.add_words(_commit(SYSTEM, "둘", 7.0))
    assert model.speech_count == 1
    model.finish_live()
    assert model.speech_count == 2
    model.clear()
    assert model.speech_count == 0


def test_a_guess_that_vanishes_leaves_no_row(model: TranscriptModel) -> None:
    model.set_hypothesis(_guess(MIC, "음"))
    model.set_hypothesis(_guess(MIC, ""))
    assert model.rowCount() == 0
    model.set_hypothesis(_guess(MIC, "시청해주셔서"))
    model.add_suppressed(_suppressed("시청해주셔서", 0.0))
    assert model.rowCount() == 0


def _suppressed(text: str, start_s: float) -> ev.SegmentSuppressed:
    words = _words(text, start_s)
    return ev.SegmentSuppressed(
        MIC, start_s, start_s + 1, start_s + 1, 0, text, words, "ko", 0.1, "phrase"
    )


def test_held_back_text_takes_no_confirmed_word_with_it(model: TranscriptModel) -> None:
    model.add_words(_commit(MIC, " 예산은", 0.0))
    model.set_hypothesis(_guess(MIC, " 시청해주셔서", 1.0))
    seen: list[str] = []
    model.dataChanged.connect(lambda: seen.append(model.line(0).shown))
    model.rowsAboutToBeRemoved.connect(lambda: seen.append("gone"))
    model.add_suppressed(_suppressed(" 시청해주셔서", 1.0))
    assert seen == ["예산은"]
    model.add_words(_commit(MIC, " 그대로입니다", 1.0))
    model.add_segment(_segment(MIC, "예산은 그대로입니다", 0.0, 1))
    assert [line.shown for line in model.lines] == ["예산은 그대로입니다"]


def test_a_line_that_was_stored_late_leaves_the_words_after_it(model: TranscriptModel) -> None:
    """faults: S40"""
    first, second = _commit(MIC, " 하나", 0.0), _commit(MIC, " 둘", 3.0)
    model.add_words(first)
    model.add_words(second)
    model.set_hypothesis(_guess(MIC, " 셋", 4.0))
    model.add_segment(_segment(MIC, " 하나", 0.0, 1))
    assert [(line.shown, line.live) for line in model.lines] == [("하나", False), ("둘 셋", True)]
    model.add_segment(_segment(MIC, " 둘", 3.0, 2))
    assert [(line.shown, line.live) for line in model.lines] == [("하나", False), ("둘", False)]


def test_a_line_of_other_words_leaves_those_that_come_after_it(model: TranscriptModel) -> None:
    model.add_words(_commit(MIC, " 하나", 0.0))
    model.add_words(_commit(MIC, " 둘", 3.0))
    model.add_segment(_segment(MIC, " 한", 0.0, 1))
    assert [line.shown for line in model.lines] == ["한", "둘"]


def test_the_end_of_a_session_keeps_confirmed_words_only(model: TranscriptModel) -> None:
    model.add_words(_commit(MIC, "kept", 0.0))
    model.set_hypothesis(_guess(MIC, " dropped", 1.0))
    model.set_hypothesis(_guess(SYSTEM, "dropped", 1.0))
    model.finish_live()
    assert [line.shown for line in model.lines] == ["kept"]


def test_names_stand_where_the_speaker_changes_and_after_gaps(model: TranscriptModel) -> None:
    for number, (track, start_s) in enumerate(((MIC, 0), (MIC, 3), (SYSTEM, 6), (SYSTEM, 20)), 1):
        model.add_segment(_segment(track, f"{number}", start_s, number))
    model.add_gap(ev.GapDeclared(SYSTEM, 9, 19, "unplugged", 0))
    assert [line.kind is LineKind.GAP for line in model.lines] == [0, 0, 0, 1, 0]
    shown = [line.shows_name for line in model.lines if line.kind is LineKind.SPEECH]
    assert shown == [True, False, True, True]


def test_stored_lines_can_be_edited_and_marked(model: TranscriptModel) -> None:
    record = SegmentRecord(5, "s", 1, MIC, 1, 2, "one", "one", _words("one", 1), "en", 0.9)
    model.load([record], [GapRecord(MIC, 3, 4, "stall")], {MIC: "민서"})
    version = model.line(0).version
    model.set_text(5, "two")
    model.set_bookmarked(5, True)
    line = model.line(0)
    assert (line.text, line.bookmarked, line.edited) == ("two", True, True)
    assert line.version > version
    assert "민서" in model.data(model.index(0))
    assert model.row_of_segment(5) == 0
    assert model.row_at_time(1.5) == 0


def test_clock() -> None:
    assert [clock(s) for s in (0, 61.9, 3600, 45296)] == ["0:00", "1:01", "1:00:00", "12:34:56"]


def test_gaps_of_a_stuttering_device_are_one_row() -> None:
    model = TranscriptModel()
    for start_s in (1.0, 2.0, 3.0):
        model.add_gap(ev.GapDeclared(MIC, start_s, start_s + 0.1, "stall", 0))
    model.add_gap(ev.GapDeclared(SYSTEM, 3.5, 3.7, "stall", 0))
    model.add_gap(ev.GapDeclared(MIC, 4.0, 4.1, "stall", 0))
    model.add_gap(ev.GapDeclared(SYSTEM, 0.5, 0.6, "stall", 0))  # told late
    (row,) = model.lines
    assert (len(row.lost), round(row.lost_s, 3), row.end_s) == (6, 0.7, 4.1)
    assert gap_text(row) == "0.7 s not captured, in 6 places: the sound device stalled"
    records = [GapRecord(MIC, start_s, start_s + 0.1, "stall") for start_s in (1.0, 2.0, 3.0)] + [
        GapRecord(MIC, 5.0, 9.0, "paused"),
        GapRecord(MIC, 9.0, 12.0, "paused"),
    ]
    model.load((), records, {})
    assert [len(line.lost) for line in model.lines] == [3, 1, 1]


def test_what_both_tracks_miss_at_once_is_missing_once() -> None:
    """A sound server that ends takes both tracks with it."""
    model = TranscriptModel()
    model.add_gap(ev.GapDeclared(MIC, 10.0, 31.5, "device", 0))
    model.add_gap(ev.GapDeclared(SYSTEM, 10.2, 31.4, "device", 0))
    (row,) = model.lines
    assert (len(row.lost), row.lost_s) == (1, 21.5)


def test_a_pause_of_both_tracks_is_one_and_the_next_one_another() -> None:
    """The second one's tracks wake up one after the other."""
    told = [
        (MIC, 8.0, 14.0),
        (SYSTEM, 8.0, 14.0),
        (MIC, 14.0, 20.0),
        (SYSTEM, 14.0, 20.1),
    ]
    live = TranscriptModel()
    for track, start_s, end_s in told:
        live.add_gap(ev.GapDeclared(track, start_s, end_s, "paused", 0))
    stored = TranscriptModel()
    stored.load((), [GapRecord(*gap, "paused") for gap in told], {})
    for model in (live, stored):
        assert [(line.start_s, line.end_s) for line in model.lines] == [(8.0, 14.0), (14.0, 20.1)]
        assert [len(line.lost) for line in model.lines] == [1, 1]
