"""Capture: how soon it begins and what it costs.

With a private PulseAudio server where there is one; the callback's cost comes from
``bench_callback.py``.
"""

from __future__ import annotations

import math
import os
import re
import shutil
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from benchmarks.figures import Figure, percentile
from benchmarks.printed import percentiles, printed_lines
from fixtures_sound import SoundServer

from desktop.engine.audio.clock import SystemClock
from desktop.engine.audio.filesource import FileSource
from desktop.engine.audio.microphone import microphone
from desktop.engine.audio.recorder import Recorder
from desktop.engine.audio.source import Source
from desktop.engine.audio.system import system_sound
from desktop.events import SAMPLE_RATE_HZ, Track

TITLE = "Capture"
START_GOAL_MS = 300.0
CALLBACK_GOAL_US = 50.0
ROUNDS = 9
_LIMIT_S = 10.0


@contextmanager
def sound_server() -> Iterator[SoundServer | None]:
    """A private server for this process, or None where PulseAudio is not installed."""
    if shutil.which("pulseaudio") is None or shutil.which("pacat") is None:
        yield None
        return
    directory = Path(tempfile.mkdtemp(prefix="mg-"))
    before = os.environ.get("XDG_RUNTIME_DIR")
    os.environ["XDG_RUNTIME_DIR"] = str(directory / "run")
    server = SoundServer(directory)
    server.start()
    try:
        noise = np.random.default_rng(0).uniform(-0.2, 0.2, 60 * SAMPLE_RATE_HZ)
        server.play("speaker", noise.astype(np.float32))
        server.play("micsink", noise.astype(np.float32))
        time.sleep(1.0)
        yield server
    finally:
        server.kill()
        shutil.rmtree(directory, ignore_errors=True)
        os.environ.pop("XDG_RUNTIME_DIR")
        if before is not None:
            os.environ["XDG_RUNTIME_DIR"] = before


def start_ms(kind: str) -> float:
    """From the command to record until every track's first samples are in its feed."""
    clock = SystemClock()
    with tempfile.TemporaryDirectory() as folder:
        recorder = Recorder(_sources(kind, clock), Path(folder) / "s", lambda _event: None, clock)
        began = time.perf_counter()
        recorder.start()
        try:
            feeds = [recorder.feed(track) for track in recorder.tracks]
            while any(not feed.available() for feed in feeds):
                if time.perf_counter() - began > _LIMIT_S:
                    return math.inf
                time.sleep(0.001)
            return 1_000 * (time.perf_counter() - began)
        finally:
            recorder.stop()
            recorder.close()


def _sources(kind: str, clock: SystemClock) -> Mapping[Track, Source]:
    if kind == "file":
        samples = np.zeros(20 * SAMPLE_RATE_HZ, dtype=np.float32)
        return {Track.FILE: FileSource(samples, clock)}
    sources: dict[Track, Source] = {}
    if kind in ("microphone", "both"):
        sources[Track.MIC] = microphone("", clock)
    if kind in ("system sound", "both"):
        sources[Track.SYSTEM] = system_sound("", clock)
    return sources


def starts(kinds: tuple[str, ...], rounds: int) -> list[Figure]:
    """The start of capture, by kind of source."""
    figures = []
    for kind in kinds:
        first, *later = (start_ms(kind) for _ in range(rounds))
        name = f"start of capture, {kind}"
        worst = f"worst {max(later):.0f} ms, first in the process {first:.0f} ms"
        p50 = percentile(later, 0.5)
        figures.append(Figure(f"{name}, p50", p50, "ms", START_GOAL_MS, note=worst))
    return figures


def callback() -> list[Figure]:
    """The audio callback and the recorder, as ``bench_callback.py`` prints them."""
    path = "tests/benchmarks/bench_callback.py"
    lines = printed_lines(path, "-m", "benchmark", "-k", "cost")
    goals = {
        f"callback, {ms} ms of 48 kHz stereo {key}": CALLBACK_GOAL_US
        for ms in (10, 40)
        for key in ("p50", "p99")
    }
    goals |= {f"callback in a real stream {key}": CALLBACK_GOAL_US for key in ("p50", "p99")}
    figures = percentiles(lines, goals)
    for line in lines:
        found = re.match(r"(recording two tracks): ([\d.]+) %", line)
        if found:
            figures.append(Figure(found[1], float(found[2]), "% of a core", 5.0))
    return figures


def measure(*, quick: bool = False) -> list[Figure]:
    """Starts only in the quick version."""
    rounds = 4 if quick else ROUNDS
    figures = starts(("file",), rounds)
    with sound_server() as server:
        if server is not None:
            figures += starts(("microphone", "system sound", "both"), rounds)
    if not quick:
        figures += callback()
    return figures
