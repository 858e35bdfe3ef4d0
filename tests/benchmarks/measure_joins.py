"""Live against offline on the same sound, and what is lost or doubled where windows join."""

from __future__ import annotations

import difflib
import statistics
from collections.abc import Sequence
from dataclasses import dataclass, replace

from benchmarks.figures import Figure
from benchmarks.material import (
    LANGUAGES,
    Samples,
    basic,
    captioner_options,
    clips,
    fixture,
    stack_options,
    stream,
)
from benchmarks.streaming import Run, simulate
from speech.score import edit_distance, units
from speech.streams import speech_stream

from desktop.engine.asr.hallucination import HallucinationStack
from desktop.engine.asr.recogniser import Recogniser

TITLE = "Live against offline, and joins"
TALK_S = 300.0
# Pauses too short for an utterance to end; the fixture never heard shorter ones between sentences.
CONTINUOUS_S = (0.2, 0.4)
TALK_CHUNK_S = 0.5


@dataclass(frozen=True, slots=True)
class Differences:
    """What became of the reference, in words or syllables."""

    lost: int  # left out, with nothing in their place
    doubled: int  # said once, written twice
    wrong: int  # everything else
    total: int

    @property
    def error(self) -> float:
        return 100 * (self.lost + self.doubled + self.wrong) / max(self.total, 1)


def differences(wanted: Sequence[str], heard: Sequence[str]) -> Differences:
    """Aligns two texts and counts what joins do to words."""
    lost = doubled = wrong = 0
    matcher = difflib.SequenceMatcher(a=wanted, b=heard, autojunk=False)
    for kind, a, b, c, d in matcher.get_opcodes():
        if kind == "delete":
            lost += b - a
        elif kind == "insert":
            size = d - c
            before, after = heard[max(c - size, 0) : c], heard[d : d + size]
            if heard[c:d] in (before, after):
                doubled += size
            else:
                wrong += size
        elif kind == "replace":
            wrong += max(b - a, d - c)
    return Differences(lost, doubled, wrong, len(wanted))


def transcript(
    samples: Samples, recogniser: Recogniser, language: str, *, live: bool, chunk_s: float
) -> Run:
    """The application's live or offline transcript."""
    return simulate(
        samples,
        recogniser,
        language=language,
        chunk_s=chunk_s if live else 30.0,
        options=captioner_options(recogniser, live=live),
        stack=HallucinationStack(stack_options(recogniser)),
    )


def pauses(seeds: range, seconds: float) -> list[Figure]:
    """Live and offline error on streams with pauses, where offline decodes utterances."""
    figures = []
    for language in LANGUAGES:
        errors: dict[bool, list[float]] = {True: [], False: []}
        for seed in seeds:
            speech = stream(language, seconds, seed)
            reference = units(speech.text, language)
            for live in (True, False):
                run = transcript(speech.samples, fixture(), language, live=live, chunk_s=1.0)
                heard = units(run.text, language)
                errors[live].append(100 * edit_distance(reference, heard) / len(reference))
        live_error, offline_error = (statistics.mean(errors[live]) for live in (True, False))
        figures += [
            Figure(f"{language}, with pauses: live error", live_error, "%"),
            Figure(f"{language}, with pauses: offline error, by utterance", offline_error, "%"),
            Figure(
                f"{language}, with pauses: live less offline",
                live_error - offline_error,
                "points",
                1.0,
            ),
        ]
    return figures


WAYS = ("live", "live without prompts", "offline")


def talks(seeds: range, seconds: float, ways: Sequence[str] = WAYS) -> list[Figure]:
    """A long talk in one breath: every join of windows falls into the middle of an utterance."""
    figures = []
    for language in LANGUAGES:
        unit = "words" if language == "en" else "syllables"
        for way in ways:
            found = [_counted(language, seconds, seed, way) for seed in seeds]
            name = f"{language}, {seconds:.0f} s without an end of utterance, {way}"
            note = f"of {sum(item.total for item in found)} {unit}"
            goal = 0.0 if way == "live" else None
            errors = [item.error for item in found]
            figures += [
                Figure(f"{name}: {unit} lost", sum(i.lost for i in found), "", goal, note=note),
                Figure(f"{name}: {unit} doubled", sum(i.doubled for i in found), "", goal),
                Figure(f"{name}: error", statistics.mean(errors), "%"),
            ]
    return figures


def _counted(language: str, seconds: float, seed: int, way: str) -> Differences:
    """Differences of one talk, with a decoder that keeps up.

    On a busy machine the windows would grow with the cost of a pass, beyond what the fixture was
    trained on: the figure would be the machine's and not the joins'.
    """
    speech = speech_stream(language, seconds, CONTINUOUS_S, seed)
    options = replace(captioner_options(fixture(), live=way != "offline"), step_per_cost=0.0)
    if way == "live without prompts":
        options = replace(options, prompt_characters=0)
    chunk_s = TALK_CHUNK_S if options.live else 30.0
    run = simulate(speech.samples, fixture(), language=language, chunk_s=chunk_s, options=options)
    return differences(units(speech.text, language), units(run.text, language))


def real_talk() -> list[Figure]:
    """Five minutes of read English with the basic recogniser, live against offline."""
    talk = next((clip for clip in clips("en") if clip.kind == "longform-TTS"), None)
    if talk is None:
        return []
    reference = units(talk.reference, "en")
    heard = {
        live: units(transcript(talk.samples, basic(), "en", live=live, chunk_s=1.0).text, "en")
        for live in (True, False)
    }
    errors = {
        live: 100 * edit_distance(reference, text) / len(reference) for live, text in heard.items()
    }
    against = differences(heard[False], heard[True])
    name = "5-minute talk, basic recogniser"
    return [
        Figure(f"{name}: live WER", errors[True], "%"),
        Figure(f"{name}: offline WER", errors[False], "%"),
        Figure(f"{name}: live less offline", errors[True] - errors[False], "points", 1.0),
        Figure(f"{name}: words in live twice, offline once", against.doubled, "", 0.0),
        Figure(
            f"{name}: words in offline only",
            against.lost,
            note=f"of {against.total}; every different word boundary counts",
        ),
    ]


def measure(*, quick: bool = False) -> list[Figure]:
    """All of it, or one short stream a language."""
    if quick:
        return [*pauses(range(1, 2), 30.0), *talks(range(1, 2), 30.0, WAYS[:1])]
    return [*pauses(range(1, 7), 120.0), *talks(range(1, 2), TALK_S), *real_talk()]
