"""SRT and WebVTT: limits, times, escapes; read back by an independent reader."""

from __future__ import annotations

import itertools
import unicodedata

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from unit.engine.store.export.made_transcripts import make_segment, make_session
from unit.engine.store.export.subtitle_reader import ReadCue, read_srt, read_vtt

from desktop.engine.store.export import cues, export
from desktop.events import Track, Word
from desktop.records import SegmentRecord
from desktop.settings import ExportSettings

ENGLISH = (
    "We looked at the budget for the third quarter, and the numbers are better than expected. "
    "However, the hardware that we ordered in March has not arrived yet, so the test is late."
)
KOREAN = (
    "이번 분기 예산을 검토했는데, 숫자가 예상보다 좋습니다. 다만 3월에 주문한 GPU 서버가 아직 "
    "도착하지 않아서 시험 일정이 늦어지고 있으니 다음 주에 다시 확인하겠습니다."
)


def columns(line: str) -> float:
    """Full-width columns counted anew: Korean 1, everything else one half."""
    total = 0.0
    for c in line:
        if unicodedata.category(c) in {"Mn", "Me", "Cf"}:
            continue
        total += 1.0 if unicodedata.east_asian_width(c) in "WF" else 0.5
    return total


def check(read: list[ReadCue], *, wide: bool) -> None:
    for cue in read:
        assert len(cue.lines) <= 2
        for line in cue.lines:
            assert columns(line) <= 16 if wide else len(line) <= 42, line
        assert cue.end_ms > cue.start_ms
    assert [c.start_ms for c in read] == sorted(c.start_ms for c in read)


def said(read: list[ReadCue]) -> str:
    return " ".join(line for cue in read for line in cue.lines)


@pytest.mark.parametrize("lead", range(5))
@pytest.mark.parametrize("seen", ["👩‍👩‍👧‍👦", "👍🏽", "🇰🇷", "e\u0301\u0323"])
def test_what_is_seen_as_one_character_is_never_cut(seen: str, lead: int) -> None:
    segment = make_segment("a" * lead + seen * 50, 10.0)
    read = read_srt(export(make_session(tracks=1), [segment], format_name="srt"))
    lines = [line for cue in read for line in cue.lines]
    assert all(2 * columns(line) <= 42 for line in lines)
    assert "".join(lines) == "a" * lead + seen * 50
    assert all(line.lstrip("a").replace(seen, "") == "" for line in lines)


@pytest.mark.parametrize(("text", "wide"), [(ENGLISH, False), (KOREAN, True)])
def test_a_long_line_is_broken_between_words(text: str, wide: bool) -> None:
    segment = make_segment(text, 10.0)
    session = make_session(tracks=1)
    for read in (
        read_srt(export(session, [segment], format_name="srt")),
        read_vtt(export(session, [segment], format_name="vtt")),
    ):
        check(read, wide=wide)
        assert said(read) == text
        assert read[0].start_ms == 10_000
        assert read[-1].end_ms == round(segment.end_s * 1000)
        for before, after in itertools.pairwise(read):
            assert before.end_ms <= after.start_ms
        starts = {round(word.start_s * 1000) for word in segment.words}
        assert {cue.start_ms for cue in read} <= starts


def test_breaks_prefer_the_end_of_a_sentence() -> None:
    text = "It is done now. Then we will move on to the next item on the agenda and discuss it all."
    made = cues.split(make_segment(text), ExportSettings())
    assert len(made) == 2
    text = "First we do this small thing here. Then we move on to the next item of the long agenda"
    text += " and discuss it."
    made = cues.split(make_segment(text), ExportSettings())
    assert made[0].lines[-1].endswith("here.")


def test_two_lines_are_of_similar_length() -> None:
    (cue,) = cues.split(
        make_segment("the quick brown fox jumps over the lazy dog again"), ExportSettings()
    )
    first, second = map(len, cue.lines)
    assert abs(first - second) < 12


def test_word_times_drive_the_cues_even_after_an_edit() -> None:
    words = tuple(Word(f" word{i}", 2.0 * i, 2.0 * i + 1.0, 0.9) for i in range(20))
    text = " ".join(f"word{i}" for i in range(20))
    edited = text.replace("word3 ", "a corrected wording ").replace("word19", "the end")
    segment = make_segment(text, 0.0, 39.0, words=words, edited=edited)
    read = read_srt(export(make_session(tracks=1), [segment], format_name="srt"))
    assert said(read) == edited
    spoken_at = {f"word{i}": 2000 * i for i in range(20)}
    for cue in read[1:]:
        first = cue.lines[0].split()[0]
        if first in spoken_at:
            assert abs(cue.start_ms - spoken_at[first]) <= 60


def test_hours_count_on() -> None:
    segment = make_segment("late", 100 * 3600 + 61.5, 100 * 3600 + 63.0)
    body = export(make_session(tracks=1), [segment], format_name="srt").decode()
    assert "100:01:01,500 --> 100:01:03,000" in body
    body = export(
        make_session(tracks=1), [make_segment("x", 3599.9996)], format_name="vtt"
    ).decode()
    assert "01:00:00.000 --> " in body


def test_speakers_are_named_when_there_are_several() -> None:
    lines = [
        make_segment("안녕하세요", 1.0, sequence=1),
        make_segment("네 반갑습니다", 3.0, sequence=2, track=Track.SYSTEM),
    ]
    srt = read_srt(export(make_session(), lines, format_name="srt"))
    assert [cue.lines[0].split(":")[0] for cue in srt] == ["나", "김 <대리> & 팀"]
    vtt = read_vtt(export(make_session(), lines, format_name="vtt"))
    assert [cue.voice for cue in vtt] == ["나", "김 <대리> & 팀"]
    alone = read_srt(export(make_session(tracks=1), lines[:1], format_name="srt"))
    assert alone[0].lines == ["안녕하세요"]


def test_markup_and_arrows_are_text() -> None:
    text = "a <b> & c --> d </v>"
    read = read_vtt(export(make_session(tracks=1), [make_segment(text)], format_name="vtt"))
    assert said(read) == text
    srt = read_srt(export(make_session(tracks=1), [make_segment(text)], format_name="srt"))
    assert said(srt) == text.replace("-->", "→")


def test_short_cues_stay_long_enough_to_read() -> None:
    lines = [
        make_segment("네", 1.0, 1.1, sequence=1),
        make_segment("예", 1.3, 1.4, sequence=2),
        make_segment("응", 9.0, 9.1, sequence=3),
    ]
    read = read_srt(export(make_session(tracks=1), lines, format_name="srt"))
    assert read[2].end_ms - read[2].start_ms == cues.MINIMUM_MS
    assert read[0].end_ms <= read[1].start_ms
    assert all(cue.end_ms - cue.start_ms >= 200 for cue in read)


def test_nothing_was_said() -> None:
    blank = [make_segment("   "), make_segment("\n\t")]
    for lines in ([], blank):
        assert read_srt(export(make_session(), lines, format_name="srt")) == []
        assert read_vtt(export(make_session(), lines, format_name="vtt")) == []


_WORDS = st.lists(
    st.one_of(
        st.sampled_from(["회의를", "시작합니다.", "GPU를", "네,", "the", "and,", "done."]),
        st.text(
            alphabet=st.characters(blacklist_categories=("Cs", "Cc", "Cf", "Mn", "Me", "Z")),
            min_size=1,
            max_size=60,
        ),
    ),
    max_size=40,
)


@settings(max_examples=120, deadline=None)
@given(
    spoken=st.lists(
        st.tuples(_WORDS, st.floats(-5, 400), st.floats(-2, 60), st.booleans()), max_size=6
    ),
    edit=st.booleans(),
)
@example(spoken=[(["가" * 60], 0.0, 0.0, True)], edit=False)
@example(spoken=[(["-->"], 0.0, 1.0, True), (["x"], 0.0, 1.0, True)], edit=False)
def test_any_transcript_gives_valid_subtitles(
    spoken: list[tuple[list[str], float, float, bool]], edit: bool
) -> None:
    lines: list[SegmentRecord] = []
    for number, (words, start, duration, mine) in enumerate(spoken, start=1):
        text = " ".join(words)
        track = Track.MIC if mine else Track.SYSTEM
        lines.append(
            make_segment(
                text,
                start,
                start + duration,
                sequence=number,
                track=track,
                edited=f"{text[: len(text) // 2]} 고침" if edit else None,
            )
        )
    session = make_session()
    for read in (
        read_srt(export(session, lines, format_name="srt")),
        vtt := read_vtt(export(session, lines, format_name="vtt")),
    ):
        for cue in read:
            assert len(cue.lines) <= 2
            assert cue.end_ms > cue.start_ms >= 0
            for line in cue.lines:
                assert columns(line) <= (16 if cues.is_wide(line) else 21)
        assert [c.start_ms for c in read] == sorted(c.start_ms for c in read)
    for voice in {cue.voice for cue in vtt}:
        own = [cue for cue in vtt if cue.voice == voice]
        for before, after in itertools.pairwise(own):
            assert before.end_ms <= after.start_ms
    wanted = "".join("".join(line.text.split()) for line in lines)
    assert sorted("".join(said(vtt).split())) == sorted(wanted)
