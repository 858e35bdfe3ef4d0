"""Captions of two who speak at once: each on lines of their own, certain words first."""

from __future__ import annotations

import pytest
from unit.ui.overlay.made_captions import by_track, committed, partial

from desktop.events import Track
from desktop.ui.overlay.caption_lines import CaptionLines


def test_two_tracks_stand_on_their_own_lines() -> None:
    lines = CaptionLines(rows=3)
    lines.apply(committed("제 생각에는", 0.0, Track.MIC))
    lines.apply(committed("yes exactly", 0.5, Track.SYSTEM))
    lines.apply(committed("그렇습니다", 1.0, Track.MIC))
    visible = lines.visible()
    assert [(line.track, line.committed) for line in visible] == [
        (Track.MIC, "제 생각에는 그렇습니다"),
        (Track.SYSTEM, "yes exactly"),
    ]
    assert [line.starts_turn for line in visible] == [True, True]


def test_two_tracks_talking_at_once_do_not_push_each_other_up() -> None:
    lines = CaptionLines(rows=1)
    lines.apply(committed("one", 0.0, Track.MIC))
    before = lines.visible()[-1].number
    for step in range(20):
        lines.apply(partial(f"mine {step}", 1.0 + step, Track.MIC))
        lines.apply(partial(f"yours {step}", 1.0 + step, Track.SYSTEM))
    assert lines.visible()[-1].number == before


def test_what_another_says_goes_below_partial_text_not_into_it() -> None:
    lines = CaptionLines(rows=4)
    lines.apply(committed("the quarterly report that everyone", 0.0, Track.MIC))
    lines.apply(partial("really wanted to have", 3.0, Track.MIC))
    lines.apply(committed("yes exactly", 4.0, Track.SYSTEM))
    assert by_track(lines) == [
        (Track.MIC, "the quarterly report that everyone", " really"),
        (Track.MIC, "", "wanted to have"),
        (Track.SYSTEM, "yes exactly", ""),
    ]
    lines.apply(committed("really wanted to have", 3.0, Track.MIC))
    lines.apply(partial("I think so too", 5.0, Track.SYSTEM))
    assert by_track(lines) == [
        (Track.MIC, "the quarterly report that everyone really", ""),
        (Track.MIC, "wanted to have", ""),
        (Track.SYSTEM, "yes exactly", " I think so too"),
    ]


def test_who_began_to_speak_keeps_the_place() -> None:
    lines = CaptionLines(rows=3)
    lines.apply(partial("제 생각에는", 0.0, Track.MIC))
    lines.apply(committed("잠깐만요", 0.5, Track.SYSTEM))
    lines.apply(partial("제 생각에는 그렇습니다", 0.0, Track.MIC))
    assert by_track(lines) == [
        (Track.MIC, "", "제 생각에는 그렇습니다"),
        (Track.SYSTEM, "잠깐만요", ""),
    ]
    lines.apply(committed("제 생각에는 그렇습니다", 0.0, Track.MIC))
    assert by_track(lines) == [
        (Track.MIC, "제 생각에는 그렇습니다", ""),
        (Track.SYSTEM, "잠깐만요", ""),
    ]


def test_partial_text_whose_line_rolled_up_stays_whole_on_the_next_one() -> None:
    lines = CaptionLines(rows=2)
    lines.apply(committed("the quarterly report that everyone", 0.0, Track.MIC))
    lines.apply(partial("really wanted to have", 3.0, Track.MIC))
    lines.apply(committed("yes exactly", 4.0, Track.SYSTEM))
    assert by_track(lines) == [
        (Track.MIC, "", "really wanted to have"),
        (Track.SYSTEM, "yes exactly", ""),
    ]
    lines.apply(committed("really wanted to have", 3.0, Track.MIC))
    assert by_track(lines)[0] == (Track.MIC, "really wanted to have", "")


@pytest.mark.parametrize("rows", [1, 2])
def test_words_that_are_certain_come_before_partial_text_that_fills_the_screen(rows: int) -> None:
    lines = CaptionLines(rows=rows)
    lines.apply(partial("word " * 20, 0.0, Track.MIC))
    bottom = lines.visible()[-1].number
    lines.apply(committed("yes exactly", 4.0, Track.SYSTEM))
    assert by_track(lines)[0] == (Track.SYSTEM, "yes exactly", "")
    assert lines.visible()[-1].number == bottom
    if rows == 2:
        assert by_track(lines)[1][0] == Track.MIC


def test_a_line_whose_partial_text_is_gone_is_anybodys() -> None:
    lines = CaptionLines(rows=3)
    lines.apply(partial("음", 0.0, Track.MIC))
    lines.apply(partial("", 1.0, Track.MIC))
    lines.apply(committed("yes", 4.0, Track.SYSTEM))
    assert by_track(lines) == [(Track.SYSTEM, "yes", "")]
