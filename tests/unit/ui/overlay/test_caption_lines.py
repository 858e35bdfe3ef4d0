"""The caption line breaker: committed words stay where they are, nothing is lost."""

from __future__ import annotations

import pytest
from unit.ui.overlay.made_captions import committed, partial, segment, shown, suppressed

from desktop.events import GapDeclared, SessionFinished, SessionStarted, Track, Word, WordsCommitted
from desktop.ui.overlay.caption_lines import CaptionLines
from desktop.ui.overlay.columns import LineLimits, half_columns


def test_words_grow_on_one_line() -> None:
    lines = CaptionLines()
    lines.apply(committed("안녕하세요"))
    lines.apply(committed("오늘 회의를", 1.0))
    assert shown(lines) == [("안녕하세요 오늘 회의를", "")]


def test_latin_line_breaks_at_42_columns() -> None:
    lines = CaptionLines(rows=4)
    lines.apply(committed("the quarterly report that everyone asked about is finally done"))
    assert shown(lines) == [
        ("the quarterly report that everyone asked", ""),
        ("about is finally done", ""),
    ]


def test_korean_line_breaks_at_16_full_columns_between_eojeols() -> None:
    lines = CaptionLines(rows=4)
    lines.apply(committed("다음 분기 매출 목표를 다시 한번 확인해 보겠습니다"))
    texts = [text for text, _ in shown(lines)]
    assert " ".join(texts) == "다음 분기 매출 목표를 다시 한번 확인해 보겠습니다"
    assert all(half_columns(text) <= 32 for text in texts)
    assert texts[0] == "다음 분기 매출 목표를 다시 한번"


def test_breaks_early_at_a_sentence_end() -> None:
    lines = CaptionLines(rows=4)
    lines.apply(committed("we agreed on the budget. then the next topic came"))
    assert shown(lines)[0][0] == "we agreed on the budget."


def test_full_stop_that_comes_late_stays_with_its_word() -> None:
    """The breaker keeps a column free, so punctuation never stands alone on a line."""
    lines = CaptionLines(rows=4)
    lines.apply(committed("a" * 20 + " " + "b" * 20))
    lines.apply(WordsCommitted(Track.MIC, 9.0, 9.0, ".", (Word(".", 8.0, 8.1, 0.9),), "en"))
    assert shown(lines) == [("a" * 20 + " " + "b" * 20 + ".", "")]


def test_word_longer_than_a_line_is_cut_and_kept() -> None:
    lines = CaptionLines(rows=4)
    url = "https://example.org/" + "x" * 60
    lines.apply(committed(f"see {url} please"))
    assert "".join(text for text, _ in shown(lines)).replace(" ", "") == f"see{url}please"
    assert all(half_columns(text) <= 42 for text, _ in shown(lines))


def test_partial_follows_and_changes_without_moving_committed() -> None:
    lines = CaptionLines()
    lines.apply(committed("회의를 시작"))
    lines.apply(partial("하게 습니다", 1.0))
    assert shown(lines) == [("회의를 시작", " 하게 습니다")]
    lines.apply(partial("하겠습니다", 1.0))
    assert shown(lines) == [("회의를 시작", " 하겠습니다")]
    lines.apply(committed("하겠습니다", 1.0))
    assert shown(lines) == [("회의를 시작 하겠습니다", "")]


def test_partial_that_vanishes_gives_no_line_back() -> None:
    lines = CaptionLines()
    lines.apply(committed("the quarterly report that everyone"))
    lines.apply(partial("really wanted to have", 3.0))
    assert shown(lines) == [
        ("the quarterly report that everyone", " really"),
        ("", "wanted to have"),
    ]
    lines.apply(partial("", 3.0))
    assert shown(lines) == [("the quarterly report that everyone", ""), ("", "")]
    lines.apply(committed("really wanted to have", 3.0))
    assert shown(lines) == [
        ("the quarterly report that everyone really", ""),
        ("wanted to have", ""),
    ]


def test_long_partial_is_cut_with_an_ellipsis_rather_than_pushing_its_line_out() -> None:
    lines = CaptionLines(rows=2)
    lines.apply(committed("start"))
    lines.apply(partial("word " * 40, 1.0))
    first, second = lines.visible()
    assert first.committed == "start"
    assert second.partial.endswith("…")
    assert half_columns(second.text) <= 42


def test_stale_partial_is_ignored() -> None:
    lines = CaptionLines()
    lines.apply(committed("hello there", 5.0))
    assert not lines.apply(partial("hello", 5.0))
    assert shown(lines) == [("hello there", "")]


def test_commit_takes_its_words_out_of_the_partial() -> None:
    lines = CaptionLines()
    lines.apply(partial("one two three"))
    lines.apply(committed("one two"))
    assert shown(lines) == [("one two", " three")]


def test_segment_closes_the_line_and_adds_only_what_is_missing() -> None:
    lines = CaptionLines()
    lines.apply(committed("안녕하세요"))
    lines.apply(segment("안녕하세요 여러분"))
    lines.apply(committed("시작하죠", 5.0))
    assert shown(lines) == [("안녕하세요 여러분", ""), ("시작하죠", "")]


def test_segment_after_switching_on_in_the_middle_repeats_nothing() -> None:
    lines = CaptionLines()
    lines.apply(committed("second half", 3.0))
    lines.apply(segment("first half second half and more", 2.4))
    assert shown(lines) == [("second half and more", "")]


def test_segment_with_other_words_adds_those_after_the_last_shown() -> None:
    lines = CaptionLines()
    lines.apply(committed("alpha beta", 0.0))
    lines.apply(segment("alpha gamma delta", 0.0))
    assert shown(lines) == [("alpha beta delta", "")]


def test_words_of_the_next_segment_are_shown_once() -> None:
    """One commit held the end of a segment and the whole of the next one."""
    lines = CaptionLines(rows=4)
    lines.apply(committed("회의를 시작하겠습니다. 네 좋습니다."))
    lines.apply(segment("회의를 시작하겠습니다."))
    lines.apply(segment("네 좋습니다.", 0.6))
    assert shown(lines) == [("회의를 시작하겠습니다.", ""), ("네 좋습니다.", "")]


def test_words_of_the_next_segment_are_shown_once_where_more_follow() -> None:
    lines = CaptionLines(rows=4)
    lines.apply(committed("alpha beta gamma", 0.0))
    lines.apply(segment("alpha beta", 0.0))
    lines.apply(committed("delta", 0.9))
    lines.apply(segment("gamma delta epsilon", 0.6))
    assert shown(lines) == [("alpha beta gamma delta epsilon", "")]


def test_switched_on_in_a_segment_whose_commit_reaches_into_the_next() -> None:
    lines = CaptionLines(rows=4)
    lines.apply(committed("half. next", 3.0))
    lines.apply(segment("first half.", 2.7))
    lines.apply(segment("next one", 3.3))
    assert shown(lines) == [("half. next one", "")]


def test_suppressed_text_leaves_the_partial() -> None:
    lines = CaptionLines()
    lines.apply(partial("시청해주셔서 감사합니다", 2.0))
    lines.apply(suppressed("시청해주셔서 감사합니다", 2.0))
    assert lines.is_empty
    lines.apply(committed("다음 안건은", 4.0))
    assert shown(lines) == [("다음 안건은", "")]


def test_session_events_close_and_clear() -> None:
    lines = CaptionLines()
    lines.apply(committed("old"))
    lines.apply(partial("rest", 1.0))
    lines.apply(SessionFinished("s", 2.0, 2.0))
    assert shown(lines) == [("old", "")]
    lines.apply(SessionStarted("t", "title", (Track.MIC,), 3.0))
    assert lines.visible() == ()
    assert not lines.apply(GapDeclared(Track.MIC, 0.0, 1.0, "stall", 0.0))


def test_partial_can_be_switched_off() -> None:
    lines = CaptionLines(show_partial=False)
    lines.apply(partial("not shown"))
    assert lines.is_empty


def test_events_without_words_still_show_their_text() -> None:
    lines = CaptionLines()
    lines.apply(WordsCommitted(Track.FILE, 1.0, 1.0, " plain text", (), "en"))
    assert shown(lines) == [("plain text", "")]


def test_pixel_width_limits_the_line_too() -> None:
    lines = CaptionLines(rows=4, fits_width=lambda text: len(text) <= 10)
    lines.apply(committed("one two three four"))
    assert [text for text, _ in shown(lines)] == ["one two", "three", "four"]


@pytest.mark.parametrize(
    ("text", "width"),
    [("abc", 3), ("한글", 4), ("한 a.", 5), ("e\u0301", 1), ("\u1112\u1161\u11ab", 2), ("…", 1)],
)
def test_half_columns(text: str, width: int) -> None:
    assert half_columns(text) == width


def test_limits_can_be_changed_for_what_follows() -> None:
    lines = CaptionLines(rows=4)
    lines.apply(committed("abcdefgh ijkl"))
    lines.configure(4, LineLimits(latin_columns=20, wide_columns=8))
    lines.apply(committed("mnop qrst", 2.0))
    assert [text for text, _ in shown(lines)] == ["abcdefgh ijkl mnop", "qrst"]
