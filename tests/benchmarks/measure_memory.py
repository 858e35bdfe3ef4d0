"""Memory over hours of captions: the captioner, the ledger and the store at full speed."""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import psutil
import pytest
from benchmarks.figures import Figure
from benchmarks.material import Samples, captioner_options, fixture, stream

from desktop.engine.asr.captioner import TrackCaptioner
from desktop.engine.asr.hallucination import HallucinationStack
from desktop.engine.asr.language import LanguageOptions, LanguageTracker
from desktop.engine.audio.ledger import TrackLedger
from desktop.engine.store.store import TranscriptStore
from desktop.engine.vad.silero import SileroDetector
from desktop.events import SAMPLE_RATE_HZ, Track
from desktop.records import TrackRecord
from desktop.session.sink import StoringSink, TrackSink

TITLE = "Memory over hours"
CHUNK_S = 1.0
SAMPLE_EVERY_S = 120.0
WARM_UP_SHARE = 0.25
HOURS = 1.0


class EndlessFeed:
    """The same stream again and again, without holding more than one copy of it."""

    def __init__(self, samples: Samples, until: int) -> None:
        self._samples = samples
        self._until = until
        self._revealed = 0

    def reveal(self, until: int) -> None:
        self._revealed = min(until, self._until)

    def available(self) -> int:
        return self._revealed

    def finished(self) -> bool:
        return self._revealed >= self._until

    def read(self, start: int, count: int) -> Samples:
        end = min(start + count, self._revealed)
        return self._samples[np.arange(start, max(end, start)) % len(self._samples)]

    def wait(self, beyond: int, timeout_s: float) -> bool:
        return self._revealed > beyond or self.finished()


def run_hours(
    hours: float, language: str, folder: Path, progress: Callable[[float], None] | None = None
) -> list[Figure]:
    """Captions `hours` of sound into a real store and watches the process.

    Args:
        hours: of audio, as fast as it goes.
        language: of the stream.
        folder: an empty folder for the store.
        progress: called with the hours done.
    """
    process = psutil.Process()
    until = round(hours * 3_600 * SAMPLE_RATE_HZ)
    feed = EndlessFeed(stream(language, 120.0, 1).samples, until)
    store = TranscriptStore.open(folder / "transcripts.db")
    session = store.create_session(
        title="hours",
        tracks=[TrackRecord(Track.FILE, "file", "", language, 0.0)],
        model="fixture",
        started_wall_s=time.time(),
    )
    ledger = TrackLedger(Track.FILE)
    sink = StoringSink(store, session, lambda _event: None, {Track.FILE: ledger})
    captioner = TrackCaptioner(
        Track.FILE,
        feed,
        recogniser=fixture(),
        detector=SileroDetector(),
        language=LanguageTracker(
            LanguageOptions(), fixture().language_probabilities, fixed=language
        ),
        stack=HallucinationStack(),
        sink=TrackSink(sink, Track.FILE),
        options=captioner_options(fixture()),
    )
    points = []
    began = time.perf_counter()
    next_at = 0.0
    chunk = round(CHUNK_S * SAMPLE_RATE_HZ)
    for start in range(0, until, chunk):
        end = min(start + chunk, until)
        ledger.captured(end - start)
        feed.reveal(end)
        while captioner.step():
            pass
        hours_done = end / SAMPLE_RATE_HZ / 3_600
        if end / SAMPLE_RATE_HZ >= next_at:
            points.append((hours_done, process.memory_info().rss / (1 << 20), _open_files()))
            next_at += SAMPLE_EVERY_S
            if progress:
                progress(hours_done)
    elapsed_s = time.perf_counter() - began
    accounts = ledger.snapshot()
    lines = len(store.segments(session))
    store.close()
    warm = [point for point in points if point[0] >= WARM_UP_SHARE * hours]
    hours_at, sizes, files = (np.array(column, dtype=float) for column in zip(*warm, strict=True))
    slope = float(np.polyfit(hours_at, sizes, 1)[0])
    name = f"{hours:g} h of {language} audio"
    return [
        Figure(
            f"{name}: slope of resident memory after warm-up",
            slope,
            "MiB/h",
            1.0,
            note=f"{sizes[0]:.1f} → {sizes[-1]:.1f} MiB, {lines} lines",
        ),
        Figure(f"{name}: more open files at the end", files[-1] - files[0], "", 0.0),
        Figure(f"{name}: samples unaccounted for", accounts.pending_samples, "", 0.0),
        Figure(f"{name}: time taken", elapsed_s / 60, "min"),
    ]


def _open_files() -> int:
    return len(os.listdir("/proc/self/fd")) if os.path.isdir("/proc/self/fd") else 0


def measure(*, quick: bool = False) -> list[Figure]:
    """One hour; a few minutes in the quick version, whose slope means little."""
    with tempfile.TemporaryDirectory(prefix="malgeul-memory-") as folder:
        return run_hours(0.1 if quick else HOURS, "en", Path(folder))


@pytest.mark.slow
@pytest.mark.benchmark
@pytest.mark.timeout(3_600)
def test_eight_hours(tmp_path: Path) -> None:
    """Eight virtual hours (faults: A38), by ``pytest -m slow`` with this file's path."""
    for figure in run_hours(8.0, "ko", tmp_path, lambda hours: print(f"{hours:.2f} h", flush=True)):
        print(f"{figure.name}: {figure.value:.2f} {figure.unit} {figure.note}")
        assert figure.reached is not False
