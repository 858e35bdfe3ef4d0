"""What the audio callback costs, and what the recorder costs besides.

``python -m pytest tests/benchmarks/bench_callback.py -m benchmark -s``
"""

from __future__ import annotations

import gc
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import psutil
import pytest
from fixtures_sound import SoundServer

from desktop.engine.audio import portaudio
from desktop.engine.audio.clock import SystemClock
from desktop.engine.audio.ledger import TrackLedger
from desktop.engine.audio.microphone import microphone
from desktop.engine.audio.placement import TrackPlacer
from desktop.engine.audio.recorder import Recorder
from desktop.engine.audio.ring import SampleRing
from desktop.engine.audio.source import Block
from desktop.engine.audio.spool import SpoolWriter
from desktop.engine.audio.spool_reader import SpoolReader
from desktop.engine.audio.system import system_sound
from desktop.engine.audio.track_recorder import TrackRecorder
from desktop.events import Event, Track

pytestmark = [pytest.mark.benchmark, pytest.mark.timeout(1_200)]


def percentiles_us(durations_ns: list[int]) -> str:
    p50, p99 = np.percentile(np.array(durations_ns) / 1000, [50, 99])
    return f"p50 {p50:.1f} µs, p99 {p99:.1f} µs, max {max(durations_ns) / 1000:.0f} µs"


@pytest.mark.parametrize("block_ms", [10, 40])
def test_cost_of_one_callback(block_ms: int) -> None:
    """Goal: under 50 µs for 10-40 ms blocks of 48 kHz stereo."""
    frames = 48 * block_ms
    stream = portaudio.CaptureStream.__new__(portaudio.CaptureStream)
    stream._clock = SystemClock()
    stream._ring = SampleRing(480_000, 2)
    indata = bytes(frames * 2 * 4)
    durations_ns = []
    gc.collect()
    for _ in range(20_000):
        started_ns = time.perf_counter_ns()
        stream._on_block(indata, frames, None, None)
        durations_ns.append(time.perf_counter_ns() - started_ns)
        stream._ring.read()
    print(f"\ncallback, {block_ms} ms of 48 kHz stereo: {percentiles_us(durations_ns)}")


def test_cost_of_a_callback_in_a_running_stream(
    sound_server: SoundServer, wait_until: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    durations_ns: list[int] = []
    original = portaudio.CaptureStream._on_block

    def timed(self: portaudio.CaptureStream, *args: object) -> None:
        started_ns = time.perf_counter_ns()
        original(self, *args)  # type: ignore[arg-type]
        durations_ns.append(time.perf_counter_ns() - started_ns)

    monkeypatch.setattr(portaudio.CaptureStream, "_on_block", timed)
    source = microphone("", SystemClock())
    source.open()
    wait_until(lambda: len(durations_ns) > 800, 60.0)
    source.close()
    print(f"\ncallback in a real stream: {percentiles_us(durations_ns)}")


def test_cost_of_recording_two_tracks(sound_server: SoundServer, tmp_path: Path) -> None:
    """Goal: a small share of one core."""
    clock = SystemClock()
    sources = {
        Track.MIC: microphone("", clock),
        Track.SYSTEM: system_sound("", clock),
    }
    events: list[Event] = []
    recorder = Recorder(sources, tmp_path, events.append, clock)
    noise = np.random.default_rng(0).uniform(-0.3, 0.3, 16_000 * 20).astype(np.float32)
    recorder.start()
    try:
        sound_server.play("speaker", noise)
        sound_server.play("micsink", noise)
        time.sleep(3.0)
        process = psutil.Process()
        before, started_s = process.cpu_times(), time.perf_counter()
        time.sleep(10.0)
        after, elapsed_s = process.cpu_times(), time.perf_counter() - started_s
    finally:
        recorder.stop()
        recorder.close()
    busy_s = after.user + after.system - before.user - before.system
    print(f"\nrecording two tracks: {100 * busy_s / elapsed_s:.1f} % of one core")


def test_memory_over_twelve_virtual_hours(tmp_path: Path) -> None:
    """faults: A38.  Goal: the slope after warm-up is under 1 MiB an hour."""
    hours, frames, rate_hz = 12, 9_600, 48_000
    writer = SpoolWriter.create(tmp_path, Track.MIC, wall_s=0.0)
    ledger = TrackLedger(Track.MIC)
    track = TrackRecorder(TrackPlacer(0.0), writer, ledger, lambda _event: None)
    reader = SpoolReader(writer.path, writer.index)
    noise = np.random.default_rng(0).uniform(-0.3, 0.3, (frames, 1)).astype(np.float32)
    process = psutil.Process()
    sizes = []
    started_s = time.perf_counter()
    now_s = 0.0
    for number in range(hours * 3_600 * rate_hz // frames):
        now_s += frames / rate_hz * (1 + 50e-6)
        if number % 3_000 == 2_999:
            now_s += 2.0  # a stall now and then
        track.take([Block(noise, rate_hz, now_s)], "desk")
        if number % 50 == 0:
            reader.read(max(0, reader.available() - 30 * 16_000), 30 * 16_000)
            ledger.silence(0, reader.available())
            writer.sync()
        if number % (3_600 * rate_hz // frames) == 0:
            gc.collect()
            sizes.append(process.memory_info().rss / (1 << 20))
    elapsed_s = time.perf_counter() - started_s
    track.finish()
    reader.close()
    slope = float(np.polyfit(range(2, len(sizes)), sizes[2:], 1)[0])
    size_mb = writer.path.stat().st_size / 1e6
    print(
        f"\n12 h of one track: {slope:.2f} MiB/h after warm-up ({sizes[2]:.0f} -> {sizes[-1]:.0f} "
        f"MiB), {size_mb:.0f} MB on disk, {elapsed_s:.0f} s of work"
    )
    started_s = time.perf_counter()
    with SpoolReader.open(writer.path) as stored:
        opened_s = time.perf_counter() - started_s
        stored.read(stored.available() // 2, 16_000)
    print(f"opening it again: {opened_s:.2f} s")
