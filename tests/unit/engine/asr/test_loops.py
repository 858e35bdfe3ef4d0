"""Repeated words: out of the text at once, told once no pass will hear them again."""

from __future__ import annotations

from captioner_runs import Heard

from desktop.engine.asr.delivery import Delivery
from desktop.engine.asr.language import LanguageOptions, LanguageTracker
from desktop.engine.asr.lines import LineOptions
from desktop.engine.asr.loops import MOST_LOOPS, Loops
from desktop.events import SegmentSuppressed, Track, Word


def made() -> tuple[Loops, Heard]:
    heard = Heard()
    language = LanguageTracker(LanguageOptions(), lambda _: [], "en")
    delivery = Delivery(
        Track.MIC, heard, language=language, options=LineOptions(), clock=lambda: 0.0, start=0
    )
    return Loops(delivery), heard


def said(text: str, at_s: float = 0.0) -> list[Word]:
    return [Word(f" {part}", at_s + i, at_s + i + 1.0, 0.9) for i, part in enumerate(text.split())]


def test_what_stands_before_the_words_counts_too() -> None:
    loops, heard = made()
    kept = loops.cut(said("no no"), said("no no no then", 2.0))
    assert [word.text for word in kept] == [" no", " no", " then"]
    loops.tell(16_000)
    assert heard.of(SegmentSuppressed) == []  # a further pass may hear it otherwise
    loops.give_up()
    loops.tell(16_000)
    (held,) = heard.of(SegmentSuppressed)
    assert (held.text, held.reason) == ("no", "loop")
    loops.tell(16_000)
    assert len(heard.of(SegmentSuppressed)) == 1


def test_only_loops_before_a_final_word_are_given_up() -> None:
    loops, heard = made()
    loops.cut((), said("no " * 6))
    loops.give_up(5.0)
    loops.restart(0)  # the rest is decoded again
    loops.give_up()
    loops.tell(0)
    (held,) = heard.of(SegmentSuppressed)
    assert [word.start_s for word in held.words] == [4.0]


def test_many_loops_are_told_before_the_utterance_ends() -> None:
    loops, heard = made()
    loops.cut((), said("no " * (MOST_LOOPS + 4)))
    loops.give_up()
    loops.restart(0)
    (held,) = heard.of(SegmentSuppressed)
    assert len(held.words) == MOST_LOOPS
