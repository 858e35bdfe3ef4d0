"""What each layer costs, in CPU milliseconds for each second of audio.

Parts of the running program are wrapped with clocks; CPU time of the process is counted, so that
other programs do not disturb (one thread).
"""

from __future__ import annotations

import tempfile
import time
from collections import defaultdict
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from benchmarks.figures import Figure
from benchmarks.material import FIXTURE, LANGUAGES, captioner_options, fixture, stream
from benchmarks.streaming import Run, simulate

from desktop.engine.asr.hallucination import HallucinationStack
from desktop.engine.asr.hypothesis import HypothesisBuffer
from desktop.engine.asr.whisper import WhisperRecogniser
from desktop.engine.audio.spool import SpoolWriter
from desktop.engine.store.store import TranscriptStore
from desktop.engine.vad.silero import SileroDetector
from desktop.events import SAMPLE_RATE_HZ, Track
from desktop.records import TrackRecord

TITLE = "Cost of each layer"
DECODER = ("features", "encoder", "decoder", "alignment", "tokens and words")
ENGINE = ("voice detector", "agreement", "hallucination stack", "captioner besides", "store")


class Meter:
    """CPU time spent inside wrapped callables, by name."""

    def __init__(self) -> None:
        self.spent_s: dict[str, float] = defaultdict(float)

    def wrapped(self, name: str, function: Callable[..., Any]) -> Callable[..., Any]:
        """The same callable with its time counted."""

        def timed(*arguments: Any, **named: Any) -> Any:
            began = time.process_time()
            try:
                return function(*arguments, **named)
            finally:
                self.spent_s[name] += time.process_time() - began

        return timed


class MeteredModel:
    """A CTranslate2 model whose three steps are timed; everything else passes through."""

    def __init__(self, model: Any, meter: Meter) -> None:
        self._model = model
        self.encode = meter.wrapped("encoder", model.encode)
        self.generate = meter.wrapped("decoder", model.generate)
        self.align = meter.wrapped("alignment", model.align)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._model, name)


class MeteredStack(HallucinationStack):
    """A stack whose verdicts are timed."""

    def __init__(self, meter: Meter) -> None:
        super().__init__()
        self.judge = meter.wrapped("hallucination stack", super().judge)  # type: ignore[method-assign]


def metered_run(language: str, seconds: float, seed: int, meter: Meter) -> Run:
    """One stream through the captioner with clocks everywhere."""
    recogniser = _metered_recogniser(meter)
    insert, probabilities = HypothesisBuffer.insert, SileroDetector.probabilities
    HypothesisBuffer.insert = meter.wrapped("agreement", insert)  # type: ignore[method-assign]
    SileroDetector.probabilities = meter.wrapped("voice detector", probabilities)  # type: ignore[method-assign]
    speech = stream(language, seconds, seed)
    try:
        began = time.process_time()
        run = simulate(
            speech.samples,
            recogniser,
            language=language,
            chunk_s=0.1,
            options=captioner_options(recogniser),
            stack=MeteredStack(meter),
        )
        meter.spent_s["everything"] += time.process_time() - began
    finally:
        HypothesisBuffer.insert, SileroDetector.probabilities = insert, probabilities  # type: ignore[method-assign]
    return run


def _metered_recogniser(meter: Meter) -> WhisperRecogniser:
    recogniser = WhisperRecogniser.load(FIXTURE, options=fixture().options)
    model: Any = recogniser._model
    model.model = MeteredModel(model.model, meter)
    model.feature_extractor = meter.wrapped("features", model.feature_extractor)
    recogniser.decode = meter.wrapped("recogniser", recogniser.decode)  # type: ignore[method-assign]
    return recogniser


def store_cost_s(run: Run, folder: Path) -> float:
    """CPU time of keeping a run's lines, each on disk before the next."""
    store = TranscriptStore.open(folder / "transcripts.db")
    session = store.create_session(
        title="", tracks=[TrackRecord(Track.FILE, "", "", "", 0.0)], model="", started_wall_s=0.0
    )
    began = time.process_time()
    for number, line in enumerate(run.lines, 1):
        numbered = replace(line, sequence=number)
        store.append_segment(session, numbered, progress_samples=number)
    spent = time.process_time() - began
    store.close()
    return spent


def spool_cost_s(seconds: float, folder: Path) -> float:
    """CPU time of writing sound to the spool in 20 ms blocks, on disk twice a second."""
    samples = stream("en", seconds, 1).samples
    writer = SpoolWriter.create(folder, Track.FILE, wall_s=0.0)
    block = SAMPLE_RATE_HZ // 50
    began = time.process_time()
    for number, start in enumerate(range(0, len(samples), block)):
        writer.append(samples[start : start + block])
        if number % 25 == 24:
            writer.sync()
    spent = time.process_time() - began
    writer.close()
    return spent


def measure(*, quick: bool = False) -> list[Figure]:
    """All layers in both languages."""
    seconds = 30.0 if quick else 120.0
    figures = []
    with tempfile.TemporaryDirectory(prefix="malgeul-layers-") as name:
        folder = Path(name)
        for language in LANGUAGES:
            meter = Meter()
            metered_run(language, 10.0, 9, Meter())  # loads what is loaded once
            run = metered_run(language, seconds, 1, meter)
            (folder / language).mkdir()
            meter.spent_s["store"] = store_cost_s(run, folder / language)
            figures += _figures(language, seconds, meter)
        spool = spool_cost_s(seconds, folder / "spool")
    figures.append(Figure("spool, one track", 1_000 * spool / seconds, "ms/s"))
    return figures


def _figures(language: str, seconds: float, meter: Meter) -> list[Figure]:
    spent = meter.spent_s
    inside = sum(spent[part] for part in ("features", "encoder", "decoder", "alignment"))
    spent["tokens and words"] = spent["recogniser"] - inside
    known = sum(spent[p] for p in ("voice detector", "agreement", "hallucination stack"))
    spent["captioner besides"] = spent["everything"] - spent["recogniser"] - known
    result = [
        Figure(f"{language}, {part}", 1_000 * spent[part] / seconds, "ms/s")
        for part in (*DECODER, *ENGINE)
    ]
    engine = sum(spent[part] for part in ENGINE)
    result.append(
        Figure(
            f"{language}, engine besides the decoder",
            100 * engine / seconds,
            "% of a core",
            5.0,
            note="detector, agreement, stack, captioner, store",
        )
    )
    return result
