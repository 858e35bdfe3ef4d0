"""The caption line breaker: committed words stay where they are, nothing is lost."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from desktop.events import (
    Event,
    GapDeclared,
    HypothesisUpdated,
    SegmentCommitted,
    SegmentSuppressed,
    SessionFinished,
    SessionStarted,
    Track,
    Word,
    WordsCommitted,
)
from desktop.ui.overlay.caption_lines import CaptionLine, CaptionLines
from desktop.ui.overlay.columns import LineLimits, half_columns, has_wide


def words(text: str, at_s: float = 0.0) -> tuple[Word, ...]:
    """` a b` as words of 0.3 s each from `at_s`."""
    parts = [f" {part}" for part in text.split()]
    return tuple(
        Word(part, at_s + 0.3 * index, at_s + 0.3 * index + 0.3, 0.9)
        for index, part in enumerate(parts)
    )


def committed(text: str, at_s: float = 0.0, track: Track = Track.MIC) -> WordsCommitted:
    parts = words(text, at_s)
    end_s = parts[-1].end_s if parts else at_s
    return WordsCommitted(track, end_s, end_s, text, parts, "ko")


def partial(text: str, at_s: float = 0.0, track: Track = Track.MIC) -> HypothesisUpdated:
    parts = words(text, at_s)
    end_s = parts[-1].end_s if parts else at_s
    return HypothesisUpdated(track, end_s, end_s, text, parts, "ko")


def segment(text: str, at_s: float = 0.0, track: Track = Track.MIC) -> SegmentCommitted:
    parts = words(text, at_s)
    end_s = parts[-1].end_s if parts else at_s
    return SegmentCommitted(track, 1, at_s, end_s, end_s, end_s, text, parts, "ko", 0.9)


def suppressed(text: str, at_s: float = 0.0, track: Track = Track.MIC) -> SegmentSuppressed:
    parts = words(text, at_s)
    end_s = parts[-1].end_s if parts else at_s
    return SegmentSuppressed(track, at_s, end_s, end_s, end_s, text, parts, "ko", 0.1, "phrase")


def shown(lines: CaptionLines) -> list[tuple[str, str]]:
    return [(line.committed, line.partial) for line in lines.visible()]


class Camera:
    """Keeps every committed state of every line number that was ever visible."""

    def __init__(self) -> None:
        self.final: dict[int, CaptionLine] = {}
        self.bottom = -1

    def take(self, lines: CaptionLines) -> None:
        visible = lines.visible()
        for line in visible:
            before = self.final.get(line.number)
            if before is not None and before.committed:
                assert line.committed.startswith(before.committed)
                assert line.track == before.track
            self.final[line.number] = line
        if visible:
            assert visible[-1].number >= self.bottom  # never scrolls back
            self.bottom = visible[-1].number

    def text(self, track: Track) -> str:
        return "".join(
            "".join(line.committed.split())
            for _, line in sorted(self.final.items())
            if line.track == track
        )


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


def by_track(lines: CaptionLines) -> list[tuple[Track | None, str, str]]:
    return [(line.track, line.committed, line.partial) for line in lines.visible()]


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


_WORD = st.one_of(
    st.text(alphabet="가나다라마바사한글회의", min_size=1, max_size=9),
    st.text(alphabet="abcdefgXYZ", min_size=1, max_size=14),
    st.text(alphabet="ab가나", min_size=20, max_size=60),
    st.sampled_from(["네.", "yes,", "정말요?", "3.5", "👩‍👩‍👧", "Wi-Fi", "（그래서）", "漢字"]),
)
_TRACK = st.sampled_from([Track.MIC, Track.SYSTEM])


@st.composite
def _scripts(draw: st.DrawFn) -> list[tuple[str, Track, str]]:
    kind = st.sampled_from(["commit", "commit", "partial", "partial", "segment", "suppress"])
    text = st.lists(_WORD, min_size=1, max_size=8).map(" ".join)
    return draw(st.lists(st.tuples(kind, _TRACK, text), min_size=1, max_size=25))


@settings(max_examples=150, deadline=None)
@given(script=_scripts(), rows=st.integers(1, 4))
def test_committed_text_is_stable_and_complete(
    script: list[tuple[str, Track, str]], rows: int
) -> None:
    """Lines only grow, never scroll back, stay within their limits, and nothing is lost."""
    lines = CaptionLines(rows=rows)
    expected: dict[Track, str] = {Track.MIC: "", Track.SYSTEM: ""}
    growing: dict[Track, str] = {Track.MIC: "", Track.SYSTEM: ""}
    numbers: dict[int, str] = {}
    makers: dict[str, Any] = {
        "commit": committed,
        "partial": partial,
        "segment": segment,
        "suppress": suppressed,
    }
    seen_bottom = -1
    for step, (kind, track, drawn) in enumerate(script):
        text = drawn
        at_s = step * 100.0
        if kind == "segment":
            text = f"{growing[track]} {text}".strip()
        event: Event = makers[kind](text, at_s, track)
        lines.apply(event)
        if kind in ("commit", "segment"):
            bare = "".join(text.split())
            before = "".join(growing[track].split())
            expected[track] += bare[len(before) :] if kind == "segment" else bare
            growing[track] = "" if kind == "segment" else f"{growing[track]} {text}".strip()
        for line in lines._lines:  # the whole history, also what scrolled by within one event
            assert line.committed.startswith(numbers.get(line.number, ""))
            numbers[line.number] = line.committed
            limit = 32 if has_wide(line.committed + line.partial) else 42
            assert half_columns(line.committed + line.partial) <= limit
        visible = lines.visible()
        assert len(visible) <= rows
        if visible:
            assert visible[-1].number >= seen_bottom
            seen_bottom = visible[-1].number
    if len(numbers) < 32:
        everything = "".join("".join(text.split()) for _, text in sorted(numbers.items()))
        assert sorted(everything) == sorted(expected[Track.MIC] + expected[Track.SYSTEM])


@settings(max_examples=100, deadline=None)
@given(texts=st.lists(_WORD, min_size=1, max_size=30), batches=st.integers(1, 5))
def test_one_track_reads_in_order(texts: list[str], batches: int) -> None:
    lines = CaptionLines(rows=4)
    camera = Camera()
    for start in range(0, len(texts), batches):
        for one in texts[start : start + batches]:
            lines.apply(committed(one, float(start)))
            camera.take(lines)
    assert camera.text(Track.MIC) == "".join("".join(texts).split())


@settings(max_examples=100, deadline=None)
@given(texts=st.lists(_WORD, min_size=1, max_size=12))
def test_confirmed_partial_stays_where_it_was(texts: list[str]) -> None:
    """A partial that is confirmed word for word lands on the very same places."""
    lines = CaptionLines(rows=4)
    lines.apply(partial(" ".join(texts)))
    before = [(line.number, line.text) for line in lines.visible()]
    lines.apply(committed(" ".join(texts)))
    after = [(line.number, line.text) for line in lines.visible()]
    whole = "".join("".join(text.split()) for _, text in before)
    if whole == "".join("".join(texts).split()):  # nothing had to be cut off
        assert after == before


def test_limits_can_be_changed_for_what_follows() -> None:
    lines = CaptionLines(rows=4)
    lines.apply(committed("abcdefgh ijkl"))
    lines.configure(4, LineLimits(latin_columns=20, wide_columns=8))
    lines.apply(committed("mnop qrst", 2.0))
    assert [text for text, _ in shown(lines)] == ["abcdefgh ijkl mnop", "qrst"]
