"""Streaming against the goals and against whisper_streaming, on two-minute fixture streams."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace

from benchmarks.figures import Figure, percentile
from benchmarks.material import LANGUAGES, captioner_options, fixture, stream
from benchmarks.streaming import score, simulate

TITLE = "Streaming: error, lag, cost"
STREAM_S = 120.0
ERROR_NAMES = {"en": "WER", "ko": "CER"}
# whisper_streaming (LocalAgreement-2) with the same model on the same kind of streams: measured
# once on two cores without other load, one thread, 1 s chunks.
RIVAL = {
    "en": {"error": 20.4, "p50": 1.38, "p95": 2.76, "factor": 0.22},
    "ko": {"error": 18.4, "p50": 1.65, "p95": 3.33, "factor": 0.24},
}
GOALS = {"error": 3.0, "p50": 0.9, "p95": 2.0, "factor": 0.20}


@dataclass
class Tally:
    """What several streams added up to."""

    errors: list[float] = field(default_factory=list)
    lags_s: list[float] = field(default_factory=list)
    first_s: list[float] = field(default_factory=list)
    times_s: list[float] = field(default_factory=list)
    factors: list[float] = field(default_factory=list)
    overheads: list[float] = field(default_factory=list)


@dataclass(frozen=True)
class Way:
    """One way to stream."""

    name: str
    chunk_s: float = 1.0
    short_windows: bool = True
    prompts: bool = True
    goals: bool = False
    streams: int = 2
    timer: Callable[[], float] = time.perf_counter


WAYS = (
    Way("1 s chunks", goals=True, streams=6),
    Way("1 s chunks, computation as CPU time", streams=6, timer=time.process_time),
    Way("1 s chunks, windows padded to 30 s", short_windows=False),
    Way("1 s chunks, no prompts", prompts=False, streams=6),
    Way("0.1 s chunks", chunk_s=0.1, streams=3),
)


def tally(language: str, way: Way, seeds: range, seconds: float) -> Tally:
    """Runs the streams of one language."""
    recogniser = fixture(short_windows=way.short_windows)
    options = captioner_options(recogniser)
    if not way.prompts:
        options = replace(options, prompt_characters=0)
    result = Tally()
    for seed in seeds:
        speech = stream(language, seconds, seed)
        run = simulate(
            speech.samples,
            recogniser,
            language=language,
            chunk_s=way.chunk_s,
            options=options,
            timer=way.timer,
        )
        found = score(run, speech, language)
        result.errors.append(100 * found.error)
        result.lags_s += found.lags_s
        result.first_s += found.first_partials_s
        result.times_s += found.time_errors_s
        result.factors.append(found.real_time_factor)
        result.overheads.append(100 * found.overhead_factor)
    return result


def figures_of(language: str, way: Way, found: Tally) -> list[Figure]:
    """The figures of one way in one language."""

    def goal(name: str) -> float | None:
        return GOALS[name] if way.goals else None

    def rival(name: str) -> float | None:
        return RIVAL[language][name] if way.goals else None

    start = f"{language}, {way.name}: "
    spread = f"{min(found.errors):.1f}-{max(found.errors):.1f} over {len(found.errors)} streams"
    result = [
        Figure(
            f"{start}{ERROR_NAMES[language]}",
            statistics.mean(found.errors),
            "%",
            goal("error"),
            rival("error"),
            spread,
        ),
        Figure(
            f"{start}commit lag p50", percentile(found.lags_s, 0.5), "s", goal("p50"), rival("p50")
        ),
        Figure(
            f"{start}commit lag p95", percentile(found.lags_s, 0.95), "s", goal("p95"), rival("p95")
        ),
        Figure(
            f"{start}real-time factor",
            statistics.mean(found.factors),
            "",
            goal("factor"),
            rival("factor"),
        ),
        Figure(
            f"{start}first partial p50",
            percentile(found.first_s, 0.5),
            "s",
            0.7 if way.chunk_s < 0.5 else None,
        ),
        Figure(f"{start}first partial p95", percentile(found.first_s, 0.95), "s"),
    ]
    if way.goals:
        result += [
            Figure(f"{start}error of word starts p50", percentile(found.times_s, 0.5), "s"),
            Figure(
                f"{start}engine besides the decoder, share of a core",
                statistics.mean(found.overheads),
                "%",
                5.0,
            ),
        ]
    return result


def measure(*, quick: bool = False) -> list[Figure]:
    """All ways in both languages."""
    ways = WAYS[:1] if quick else WAYS
    seconds = 30.0 if quick else STREAM_S
    figures = []
    for way in ways:
        seeds = range(1, 2) if quick else range(1, way.streams + 1)
        for language in LANGUAGES:
            figures += figures_of(language, way, tally(language, way, seeds, seconds))
    return figures
