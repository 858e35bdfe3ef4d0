"""What is committed, and that it never changes."""

from __future__ import annotations

import unicodedata

from hypothesis import given, settings
from hypothesis import strategies as st

from desktop.engine.asr.hypothesis import (
    CommitOptions,
    HypothesisBuffer,
    agreed_words,
    drop_echo,
    drop_overlap,
    is_squeezed,
    normalise,
    running_on,
)
from desktop.events import Word

AGREEMENT_ONLY = CommitOptions(
    single_pass_probability=2.0, last_single_probability=2.0, pause_probability=2.0
)


def words(text: str, start_s: float = 0.0, probability: float = 0.99) -> tuple[Word, ...]:
    """Words of half a second each, with their leading spaces."""
    return tuple(
        Word(f" {word}", start_s + i * 0.5, start_s + (i + 1) * 0.5, probability)
        for i, word in enumerate(text.split())
    )


def joined(found: tuple[Word, ...]) -> str:
    return "".join(word.text for word in found).strip()


def insert(buffer: HypothesisBuffer, found: tuple[Word, ...], end_s: float = 9.0) -> str:
    return joined(buffer.insert(found, end_s=end_s, pausing=False, final=False))


def test_two_passes_must_agree() -> None:
    buffer = HypothesisBuffer(AGREEMENT_ONLY)
    assert insert(buffer, words("we decided to")) == ""
    assert insert(buffer, words("we decided two things")) == "we decided"
    assert joined(buffer.tail) == "two things"
    assert buffer.prefix == " we decided"


def test_spaces_and_signs_do_not_matter_in_korean() -> None:
    assert agreed_words(words("회의를 시작 하겠습니다"), words("회의를 시작하겠습니다.")) == 2
    assert agreed_words(words("회의를 시작하겠습니다"), words("회의를 시작 하겠습니다")) == 3


def test_a_word_that_may_still_grow_is_not_agreed() -> None:
    assert agreed_words(words("오늘 회의"), words("오늘 회의를")) == 1
    assert agreed_words(words("오늘 회의를"), words("오늘 회의")) == 1


def test_a_growing_last_word_waits_until_it_stands_still() -> None:
    buffer = HypothesisBuffer(AGREEMENT_ONLY)
    assert insert(buffer, words("오늘 회의"), end_s=1.0) == ""
    assert insert(buffer, words("오늘 회의"), end_s=1.0) == "오늘"  # ends with the window
    assert insert(buffer, words("회의를", 0.5), end_s=1.5) == ""
    assert insert(buffer, words("회의를", 0.5), end_s=2.0) == "회의를"


def test_a_sure_word_followed_by_another_needs_one_pass() -> None:
    buffer = HypothesisBuffer(CommitOptions())
    assert insert(buffer, words("we agree"), end_s=1.1) == "we"


def test_after_a_pause_all_sure_words_are_final() -> None:
    buffer = HypothesisBuffer(CommitOptions())
    heard = words("we agree", probability=0.6)
    assert joined(buffer.insert(heard, end_s=1.1, pausing=True, final=False)) == "we agree"


def test_the_final_pass_commits_everything_in_order_of_time() -> None:
    buffer = HypothesisBuffer(CommitOptions())
    odd = (Word(" a", 1.0, 0.5, 0.1), Word(" b", 0.2, 0.3, 0.1))
    found = buffer.insert(odd, end_s=2.0, pausing=False, final=True)
    assert [(word.start_s, word.end_s) for word in found] == [(1.0, 1.0), (1.0, 1.0)]


def test_trimming_keeps_the_last_words() -> None:
    buffer = HypothesisBuffer(CommitOptions())
    buffer.insert(words("a b c d"), end_s=9.0, pausing=False, final=True)
    assert joined(tuple(buffer.trim(3))) == "a"
    assert buffer.prefix == " b c d"


def test_what_was_committed_is_dropped_from_a_fresh_start() -> None:
    before = words("we need the budget")
    assert joined(drop_overlap(before, words("the budget today", 1.0))) == "today"
    assert joined(drop_overlap(before, words("the budget today", 60.0))) == "the budget today"
    assert joined(drop_overlap(before, words("the plan today", 1.0))) == "the plan today"
    assert drop_overlap((), ()) == ()


def test_the_overlap_is_found_however_it_is_spaced() -> None:
    before = words("회의를 시작 하겠습니다")
    assert joined(drop_overlap(before, words("시작하겠습니다 오늘은", 1.0))) == "오늘은"
    before = words("회의를 시작하겠습니다")
    assert joined(drop_overlap(before, words("시작 하겠습니다 오늘은", 1.0))) == "오늘은"
    assert joined(drop_overlap(before, words("하겠습니다 오늘은", 1.0))) == "하겠습니다 오늘은"


def at(text: str, *times_s: float) -> tuple[Word, ...]:
    """Words that begin at these times and end where the next begins."""
    said = text.split()
    assert len(times_s) == len(said) + 1
    return tuple(Word(f" {w}", times_s[i], times_s[i + 1], 0.99) for i, w in enumerate(said))


def test_a_last_word_well_before_the_end_needs_one_pass() -> None:
    sure = words("the budget", probability=0.995)  # ends at 1.0
    assert insert(HypothesisBuffer(CommitOptions()), sure, end_s=1.3) == "the"
    assert insert(HypothesisBuffer(CommitOptions()), sure, end_s=1.36) == "the budget"
    doubtful = words("the budget", probability=0.98)
    assert insert(HypothesisBuffer(CommitOptions()), doubtful, end_s=1.36) == "the"


def test_a_word_is_squeezed_when_nobody_could_say_it_so_fast() -> None:
    assert is_squeezed(Word(" 수정했습니다", 1.0, 1.04, 1.0))
    assert not is_squeezed(Word(" 수정했습니다", 1.0, 1.5, 1.0))
    assert is_squeezed(Word(" a", 1.0, 1.0, 1.0))
    assert not is_squeezed(Word(" a", 1.0, 1.03, 1.0))


def test_what_the_decoder_says_again_is_dropped() -> None:
    """The decoder went round once more after its prefix before it went on."""
    committed = words("can julia update the")
    heard = at("proposal can julia update the proposal today", 2, 2, 2, 2, 2, 2, 2.6, 3.0)
    assert joined(drop_echo(committed, heard)) == "proposal today"
    twice = at("edited edited today", 2, 2.01, 2.6, 3.0)
    assert joined(drop_echo(committed, twice)) == "edited today"


def test_words_that_only_lack_a_place_stay() -> None:
    committed = words("can julia update the")
    unplaced = at("proposal before monday please", 2, 2, 2, 2, 3.0)
    assert drop_echo(committed, unplaced) == unplaced
    really_twice = at("no no today", 2, 2.3, 2.6, 3.0)
    assert drop_echo(committed, really_twice) == really_twice


def test_words_without_sound_wait_for_the_next_pass() -> None:
    heard = at("we will move the plan", 0, 0.5, 0.9, 0.9, 0.9, 0.9)
    assert insert(HypothesisBuffer(CommitOptions()), heard) == "we will"
    buffer = HypothesisBuffer(CommitOptions())
    found = buffer.insert(heard, end_s=9.0, pausing=False, final=True)
    assert joined(found) == "we will move the plan"  # nothing is lost in the end


def test_normalising_keeps_letters_only() -> None:
    assert normalise(" “Ｈｅｌｌｏ,” 회의 3시!") == "hello회의3시"


def test_composed_and_decomposed_hangul_are_the_same() -> None:
    decomposed = unicodedata.normalize("NFD", "회의를 시작")
    assert normalise(decomposed) == normalise("회의를 시작")
    assert agreed_words(words("회의를 시작"), words(decomposed)) == 2


def test_vowel_signs_tell_words_apart() -> None:
    assert normalise("है") != normalise("हो")
    assert normalise("ที่") != normalise("ทำ")
    assert normalise("\N{BLACK HEART SUIT}\ufe0f") == ""  # no letter, only its look


hypotheses = st.lists(
    st.tuples(
        st.lists(
            st.tuples(
                st.sampled_from(
                    [" 회의", " 회의를", " 시작", "하겠습니다", " the", " plan.", " ,"]
                ),
                st.floats(0, 30),
                st.floats(0, 30),
                st.floats(0, 1),
            ),
            max_size=6,
        ),
        st.booleans(),
        st.booleans(),
    ),
    max_size=12,
)


@settings(max_examples=150, deadline=None)
@given(hypotheses)
def test_committed_text_only_ever_grows(passes: list[tuple[list, bool, bool]]) -> None:
    buffer = HypothesisBuffer(CommitOptions())
    text, last_s = "", 0.0
    for heard, pausing, final in passes:
        given_words = tuple(Word(t, min(a, b), max(a, b), p) for t, a, b, p in heard)
        fresh = buffer.insert(given_words, end_s=30.0, pausing=pausing, final=final)
        text += "".join(word.text for word in fresh)
        assert buffer.prefix == text
        rest = iter(given_words)  # only an echo may be missing, and nothing is out of order
        assert all(any(w.text == g.text for g in rest) for w in (*fresh, *buffer.tail))
        for word in fresh:
            assert last_s <= word.start_s <= word.end_s
            last_s = word.end_s


def test_speech_goes_on_from_the_words_that_end_where_it_was_left() -> None:
    told = (*words("a b c"), *words("d e", 3.0))
    assert running_on(told, 4.0, 3) == told[3:], "no further back than the last silence"
    assert running_on(told[:3], 1.5, 2) == told[1:3]
    assert running_on(told, 4.3, 3) == (), "they ended before"
    assert running_on(told, 3.5, 3) == (), "they are told again"
    assert running_on((), 1.0, 3) == ()
