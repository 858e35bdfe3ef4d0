"""The streaming measurement: sound in fixed chunks, computation counted as if it were live.

Time is simulated: a chunk arrives when its last sample was spoken, work begins when it has arrived
and the work before is done, and takes as long as it really took.  A word's lag is the wall time of
its commit less the time its speaker ended it.
"""

from __future__ import annotations

import difflib
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import numpy as np
from speech.espeak import SpokenWord
from speech.score import edit_distance, units
from speech.streams import Speech

from desktop.engine.asr.captioner import CaptionerOptions, TrackCaptioner
from desktop.engine.asr.hallucination import HallucinationStack
from desktop.engine.asr.language import LanguageOptions, LanguageTracker
from desktop.engine.asr.recogniser import Recogniser
from desktop.engine.audio.feed import ArrayFeed
from desktop.engine.vad.silero import SileroDetector
from desktop.errors import RecogniserError
from desktop.events import (
    SAMPLE_RATE_HZ,
    Event,
    HypothesisUpdated,
    SegmentCommitted,
    SegmentSuppressed,
    Track,
    Word,
    WordsCommitted,
)


@dataclass
class Run:
    """Everything one simulated run delivered."""

    words: list[tuple[Word, float]] = field(default_factory=list)  # with wall time of commit
    lines: list[SegmentCommitted] = field(default_factory=list)
    suppressed: list[SegmentSuppressed] = field(default_factory=list)
    partials: list[tuple[float, str]] = field(default_factory=list)
    accounted: int = 0
    failures: int = 0
    duration_s: float = 0.0
    compute_s: float = 0.0  # everything
    decoder_s: float = 0.0  # inside the recogniser
    passes: int = 0

    @property
    def text(self) -> str:
        return " ".join(line.text for line in self.lines)


class _Sink:
    def __init__(self, run: Run) -> None:
        self.run = run

    def publish(self, event: Event) -> None:
        if isinstance(event, WordsCommitted):
            self.run.words.extend((word, event.wall_s) for word in event.words)
        elif isinstance(event, HypothesisUpdated) and event.text:
            self.run.partials.append((event.wall_s, event.text))

    def line(self, segment: SegmentCommitted, progress_samples: int) -> None:
        self.run.lines.append(segment)

    def suppressed(self, segment: SegmentSuppressed, progress_samples: int) -> None:
        self.run.suppressed.append(segment)

    def accounted(self, start: int, end: int, *, speech: bool) -> None:
        assert start == self.run.accounted, "the ledger has a hole"
        self.run.accounted = end

    def failed(self, start: int, end: int, error: RecogniserError) -> None:
        self.run.failures += 1


def simulate(
    samples: np.ndarray,
    recogniser: Recogniser,
    *,
    language: str | None,
    chunk_s: float = 1.0,
    options: CaptionerOptions | None = None,
    stack: HallucinationStack | None = None,
    timer: Callable[[], float] = time.perf_counter,
) -> Run:
    """Streams `samples` in chunks through a captioner.

    Args:
        samples: float32 mono 16 kHz.
        recogniser: decodes.
        language: ISO 639-1 code; None lets the tracker find it.
        chunk_s: how much sound arrives at once.
        options: the captioner's; `live=False` gives the offline transcript by utterance.
        stack: the hallucination stack in force.
        timer: what computation is counted with; `time.process_time` is not disturbed by other
            programs, as long as the recogniser uses one thread.
    """
    run = Run(duration_s=len(samples) / SAMPLE_RATE_HZ)
    feed = ArrayFeed(samples, revealed=0)
    now = {"base": 0.0, "began": 0.0}

    def clock() -> float:
        return now["base"] + timer() - now["began"]

    captioner = TrackCaptioner(
        Track.FILE,
        feed,
        recogniser=recogniser,
        detector=SileroDetector(),
        language=LanguageTracker(
            LanguageOptions(), recogniser.language_probabilities, fixed=language
        ),
        stack=stack or HallucinationStack(),
        sink=_Sink(run),
        options=options,
        clock=clock,
    )
    chunk = round(chunk_s * SAMPLE_RATE_HZ)
    wall = 0.0
    for start in range(0, len(samples), chunk):
        end = min(start + chunk, len(samples))
        feed.reveal(end)
        wall = max(wall, end / SAMPLE_RATE_HZ)
        now["base"], now["began"] = wall, timer()
        while captioner.step():
            pass
        spent = timer() - now["began"]
        wall += spent
        run.compute_s += spent
    run.decoder_s, run.passes = captioner.compute_s, captioner.passes
    return run


@dataclass(frozen=True)
class Scores:
    """One stream's figures; lags in seconds."""

    error: float
    lags_s: tuple[float, ...]
    first_partials_s: tuple[float, ...]
    time_errors_s: tuple[float, ...]
    real_time_factor: float
    overhead_factor: float


def score(run: Run, speech: Speech, language: str) -> Scores:
    """Compares a run with what was spoken."""
    reference = units(speech.text, language)
    heard = units(run.text, language)
    pairs = _matched(run, speech, language)
    return Scores(
        error=edit_distance(reference, heard) / max(len(reference), 1),
        lags_s=tuple(wall - spoken.end_s for (_, wall), spoken in pairs),
        first_partials_s=tuple(_first_partials(run, speech)),
        time_errors_s=tuple(abs(word.start_s - spoken.start_s) for (word, _), spoken in pairs),
        real_time_factor=run.compute_s / run.duration_s,
        overhead_factor=(run.compute_s - run.decoder_s) / run.duration_s,
    )


def _matched(
    run: Run, speech: Speech, language: str
) -> list[tuple[tuple[Word, float], SpokenWord]]:
    """Pairs committed words with spoken ones of the same text, by longest common subsequence."""
    heard = ["".join(units(word.text, language)) for word, _ in run.words]
    spoken = ["".join(units(word.text, language)) for word in speech.words]
    matcher = difflib.SequenceMatcher(a=heard, b=spoken, autojunk=False)
    return [
        (run.words[block.a + i], speech.words[block.b + i])
        for block in matcher.get_matching_blocks()
        for i in range(block.size)
    ]


def _first_partials(run: Run, speech: Speech) -> Iterator[float]:
    """For each sentence: when its first text (partial or committed) showed, less its start."""
    shown = sorted([wall for wall, _ in run.partials] + [wall for _, wall in run.words])
    for sentence in speech.sentences:
        later = [wall for wall in shown if wall > sentence.start_s + 0.1]
        if later:
            yield later[0] - sentence.start_s
