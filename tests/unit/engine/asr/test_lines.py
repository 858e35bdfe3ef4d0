"""Where lines end."""

from __future__ import annotations

import pytest

from desktop.engine.asr.lines import LineBuilder, confidence, ends_sentence, line_text
from desktop.events import Word


def word(text: str, start_s: float = 0.0, length_s: float = 0.3) -> Word:
    return Word(text, start_s, start_s + length_s, 0.9)


def test_a_sentence_ends_a_line_once_it_can_stand_alone() -> None:
    builder = LineBuilder()
    assert builder.add([word(" Yes."), word(" We decided it."), word(" Then")]) == [
        (word(" Yes."), word(" We decided it."))
    ]
    assert builder.text == "Then"
    assert builder.flush() == (word(" Then"),)
    assert builder.flush() == ()


def test_long_lines_break_at_a_gap_or_at_their_limit() -> None:
    builder = LineBuilder()
    lines = builder.add([word(" a", i) for i in range(40)])
    assert [len(line) for line in lines] == [9, 9, 9, 9]  # half of the longest, then a gap
    assert sum(map(len, lines)) + len(builder.words) == 40


def test_a_line_never_ends_inside_a_word_or_a_number() -> None:
    """Word pieces without a space in front go on with the piece before."""
    for filled in range(150, 165):  # wherever the longest line is reached
        builder = LineBuilder()
        start = word(" " + "x" * filled)
        lines = builder.add([start, word(" 3"), word(".5"), word(" 회의"), word("를")])
        texts = [line_text(line) for line in (*lines, builder.flush())]
        assert not any(text.startswith((".5", "를")) for text in texts), texts


def test_scripts_without_spaces_break_all_the_same() -> None:
    builder = LineBuilder()
    lines = builder.add([word("会議", i * 0.3) for i in range(200)])
    assert all(len(line_text(line)) <= 162 for line in lines)
    assert len(lines) > 1


@pytest.mark.parametrize("text", ["네.", "ready?", "done.”", "끝。", "what…"])
def test_sentence_ends(text: str) -> None:
    assert ends_sentence(text)
    assert not ends_sentence(text + " and")


def test_text_and_confidence() -> None:
    words = [Word(" 회의", 0, 1, 1.0), Word("를", 1, 2, 0.4)]
    assert line_text(words) == "회의를"
    assert confidence(words) == pytest.approx(0.8)
    assert confidence([]) == 0.0
