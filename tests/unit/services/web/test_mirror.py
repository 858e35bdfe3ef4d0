"""What viewers are sent: a snapshot, then changes; what they missed when they come back."""

from __future__ import annotations

import json
import time

from desktop import events as ev
from desktop.services.web.mirror import RING_EVENTS, Frame, Mirror


def segment(number: int, text: str = "예산을 확인해 주세요.") -> ev.SegmentCommitted:
    at = float(number)
    return ev.SegmentCommitted(
        ev.Track.MIC, number, at, at + 0.9, at + 1.0, time.time(), text, (), "ko", 0.9, number
    )


def started(number: str = "s1") -> ev.SessionStarted:
    return ev.SessionStarted(number, "회의", (ev.Track.MIC,), time.time())


def test_a_new_viewer_gets_everything_then_changes() -> None:
    mirror = Mirror()
    mirror.hear(started())
    mirror.hear(segment(1))
    got: list[Frame] = []
    [first] = mirror.join(got.append)
    snapshot = json.loads(first.text)["snapshot"]
    assert [line["text"] for line in snapshot["lines"]] == ["예산을 확인해 주세요."]
    mirror.hear(segment(2, "일정을 봅시다."))
    assert json.loads(got[0].text)["event"]["text"] == "일정을 봅시다."
    assert got[0].sequence == first.sequence + 1
    mirror.leave(got.append)
    assert mirror.viewers == 0
    mirror.hear(segment(3))
    assert len(got) == 1


def test_who_comes_back_gets_only_what_was_missed() -> None:
    mirror = Mirror()
    mirror.hear(started())
    seen = mirror.snapshot()["sequence"]
    for number in range(1, 4):
        mirror.hear(segment(number))
    frames = mirror.join(lambda _: None, epoch=mirror.epoch, after=seen)
    assert json.loads(frames[0].text)["resumed"] is True
    assert [frame.sequence for frame in frames[1:]] == [seen + 1, seen + 2, seen + 3]


def test_what_is_too_old_or_from_another_run_comes_as_a_snapshot() -> None:
    mirror = Mirror()
    for number in range(RING_EVENTS + 5):
        mirror.hear(segment(number))
    for epoch, after in ((mirror.epoch, 1), ("another", RING_EVENTS), (mirror.epoch, 10**9)):
        [frame] = mirror.join(lambda _: None, epoch=epoch, after=after)
        assert "snapshot" in json.loads(frame.text)


def test_text_under_way_is_part_of_the_snapshot() -> None:
    mirror = Mirror()
    mirror.hear(started())
    word = (ev.Word(" 예산", 0.0, 0.4, 0.9),)
    mirror.hear(ev.WordsCommitted(ev.Track.MIC, 1.0, 1.0, " 예산", word, "ko"))
    mirror.hear(ev.HypothesisUpdated(ev.Track.MIC, 1.0, 1.0, " 확인", (), "ko"))
    state = mirror.snapshot()
    assert state["open"] == {"mic": " 예산"}
    assert state["partial"] == {"mic": " 확인"}
    mirror.hear(segment(1))
    assert mirror.snapshot()["open"] == mirror.snapshot()["partial"] == {}


def words(text: str) -> ev.WordsCommitted:
    return ev.WordsCommitted(ev.Track.MIC, 1.0, 1.0, text, (), "ko")


def test_held_back_text_takes_no_confirmed_word_with_it() -> None:
    mirror = Mirror()
    mirror.hear(started())
    mirror.hear(words(" 예산은"))
    mirror.hear(ev.HypothesisUpdated(ev.Track.MIC, 1.0, 1.0, " 시청", (), "ko"))
    mirror.hear(
        ev.SegmentSuppressed(ev.Track.MIC, 1.0, 2.0, 2.0, 2.0, "시청", (), "ko", 0.1, "phrase")
    )
    state = mirror.snapshot()
    assert (state["open"], state["partial"]) == ({"mic": " 예산은"}, {})


def test_a_line_that_was_stored_late_leaves_the_words_after_it() -> None:
    """faults: S40"""
    mirror = Mirror()
    mirror.hear(started())
    mirror.hear(words(" 첫째 줄."))
    mirror.hear(words(" 둘째"))
    mirror.hear(segment(1, "첫째 줄."))
    assert mirror.snapshot()["open"] == {"mic": " 둘째"}
    mirror.hear(segment(2, "둘째"))
    assert mirror.snapshot()["open"] == {}


def test_a_notice_with_an_address_is_shown_to_nobody() -> None:
    mirror = Mirror()
    got: list[Frame] = []
    mirror.join(got.append)
    mirror.hear(ev.NoticeRaised(ev.Severity.INFO, "web", "http://127.0.0.1:5000/?token=secret"))
    assert got == []


def test_what_is_left_of_a_file_is_no_lag() -> None:
    mirror = Mirror()
    got: list[Frame] = []
    mirror.join(got.append)
    mirror.hear(ev.LagMeasured(ev.Track.FILE, 754.0, 0.1, 0.0))
    assert got == []
    mirror.hear(ev.LagMeasured(ev.Track.MIC, 1.5, 0.1, 0.0))
    assert mirror.snapshot()["latest"]["LagMeasured"]["lag_s"] == 1.5


def test_a_new_meeting_begins_empty() -> None:
    mirror = Mirror()
    mirror.hear(started())
    mirror.hear(segment(1))
    mirror.hear(started("s2"))
    state = mirror.snapshot()
    assert state["lines"] == []
    assert state["session"]["session_id"] == "s2"
