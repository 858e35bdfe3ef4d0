"""One track on a virtual clock: levels, states, gaps and the ledger, from real resampled sound."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from desktop.engine.audio.ledger import TrackLedger
from desktop.engine.audio.placement import TrackPlacer
from desktop.engine.audio.source import Block
from desktop.engine.audio.spool import SpoolWriter
from desktop.engine.audio.spool_reader import SpoolReader
from desktop.engine.audio.track_recorder import TrackRecorder
from desktop.events import (
    Event,
    GapDeclared,
    LevelMeasured,
    NoticeCleared,
    NoticeRaised,
    SourceChanged,
    SourceState,
    Track,
)


class Bench:
    """A track recorder whose device and clock are virtual."""

    def __init__(self, directory: Path, track: Track = Track.MIC) -> None:
        self.events: list[Event] = []
        self.writer = SpoolWriter.create(directory, track, wall_s=0.0)
        self.ledger = TrackLedger(track)
        self.track = TrackRecorder(TrackPlacer(0.0), self.writer, self.ledger, self.events.append)
        self.now_s = 0.0

    def play(self, samples: np.ndarray, rate_hz: int = 48_000, channels: int = 2) -> None:
        """Mono sound comes in blocks of 10 ms."""
        frames = rate_hz // 100
        stereo = np.repeat(samples.astype(np.float32)[:, None], channels, axis=1)
        for start in range(0, len(stereo) - frames + 1, frames):
            self.now_s += 0.01
            self.track.take([Block(stereo[start : start + frames], rate_hz, self.now_s)], "desk")

    def of(self, kind: type) -> list:  # type: ignore[type-arg]
        return [event for event in self.events if isinstance(event, kind)]

    def finish(self) -> np.ndarray:
        self.track.finish()
        with SpoolReader.open(self.writer.path) as reader:
            self.gaps = reader.gaps()
            now = self.ledger.snapshot()
            assert now.timeline_samples == reader.available()
            assert now.gap_samples == sum(gap.samples for gap in self.gaps)
            declared_s = sum(gap.end_s - gap.start_s for gap in self.of(GapDeclared))
            assert round(declared_s * 16_000) == now.gap_samples
            return reader.read(0, reader.available())


def tone(rate_hz: int, seconds: float, level: float = 0.5) -> np.ndarray:
    return level * np.sin(2 * np.pi * 440.0 * np.arange(int(rate_hz * seconds)) / rate_hz)


def pitch_hz(samples: np.ndarray) -> float:
    spectrum = np.abs(np.fft.rfft(samples * np.hanning(len(samples)), 1 << 18))
    return float(spectrum.argmax() * 16_000 / (1 << 18))


def test_levels_come_twenty_times_a_second(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    bench.play(tone(48_000, 2.0))
    bench.finish()
    levels = bench.of(LevelMeasured)
    assert len(levels) == pytest.approx(40, abs=1)
    steady = levels[5:-2]
    assert all(e.rms_dbfs == pytest.approx(-9.03, abs=0.1) for e in steady)
    assert all(e.peak_dbfs == pytest.approx(-6.02, abs=0.1) for e in steady)
    assert not any(e.clipped for e in levels)


def test_clipping_shows_in_the_level(tmp_path: Path) -> None:
    """faults: A31"""
    bench = Bench(tmp_path)
    bench.play(tone(48_000, 1.0, level=1.5))
    sound = bench.finish()
    assert any(e.clipped for e in bench.of(LevelMeasured))
    assert np.abs(sound).max() <= 1.0


def test_damaged_values_are_left_out_and_told_once(tmp_path: Path) -> None:
    """faults: A31"""
    bench = Bench(tmp_path)
    bad = tone(48_000, 1.0)
    bad[10_000:10_500] = np.nan
    bad[20_000] = np.inf
    bench.play(bad)
    assert np.isfinite(bench.finish()).all()
    assert [e.code for e in bench.of(NoticeRaised)] == ["audio.bad_samples.mic"]
    assert bench.track.bad_samples == 1_002


def test_a_switch_of_the_rate_keeps_pitch_and_time(tmp_path: Path) -> None:
    """faults: A29"""
    bench = Bench(tmp_path)
    bench.play(tone(44_100, 2.0), 44_100)
    bench.play(tone(48_000, 2.0), 48_000, channels=1)
    bench.play(tone(16_000, 2.0), 16_000)
    sound = bench.finish()
    assert len(sound) == pytest.approx(96_000, abs=40)
    for second in (0, 2, 4):
        part = sound[second * 16_000 + 2_000 : (second + 2) * 16_000 - 2_000]
        assert pitch_hz(part) == pytest.approx(440.0, abs=0.5)
    assert bench.gaps == ()


@pytest.mark.parametrize("ppm", [300.0, -300.0])
def test_a_clock_that_differs_is_followed_in_the_sound_that_is_kept(
    tmp_path: Path, ppm: float
) -> None:
    """faults: A30 - the placer's correction reaches the resampler: 0.09 s would be missing."""
    bench = Bench(tmp_path)
    piece = tone(48_000, 0.1).astype(np.float32)[:, None]  # 44 whole periods
    for _ in range(3_000):
        bench.now_s += 0.1 / (1 + ppm * 1e-6)
        bench.track.take([Block(piece, 48_000, bench.now_s)], "desk")
    sound = bench.finish()
    assert len(sound) / 16_000 == pytest.approx(bench.now_s, abs=0.02)
    assert bench.gaps == ()


def test_a_microphone_of_zeros_is_called_silent_within_five_seconds(tmp_path: Path) -> None:
    """faults: A32"""
    bench = Bench(tmp_path)
    bench.play(np.zeros(int(48_000 * 3.9)))
    assert bench.of(SourceChanged) == []
    bench.play(np.zeros(48_000))
    (silent,) = bench.of(SourceChanged)
    assert (silent.state, silent.device) == (SourceState.SILENT, "desk")
    assert [e.code for e in bench.of(NoticeRaised)] == ["audio.no_signal.mic"]
    bench.play(tone(48_000, 0.5))
    assert bench.of(SourceChanged)[-1].state is SourceState.LIVE
    assert bench.of(NoticeCleared) == [NoticeCleared("audio.no_signal.mic")]
    bench.finish()


def test_a_quiet_loopback_is_no_fault(tmp_path: Path) -> None:
    """faults: A28"""
    bench = Bench(tmp_path, Track.SYSTEM)
    bench.play(np.zeros(48_000 * 6))
    assert bench.of(NoticeRaised) == []
    for _ in range(100):
        bench.now_s += 0.025
        bench.track.fill(bench.now_s, "")
    bench.play(tone(48_000, 1.0))
    sound = bench.finish()
    assert bench.gaps == ()
    assert len(sound) == pytest.approx(9.5 * 16_000, abs=100)


def test_one_loss_is_declared_once_however_it_was_filled(tmp_path: Path) -> None:
    """faults: A24"""
    bench = Bench(tmp_path)
    bench.play(tone(48_000, 1.0))
    bench.track.interrupt("unplugged", bench.now_s)
    for _ in range(80):
        bench.now_s += 0.025
        bench.track.fill(bench.now_s, "unplugged")
    bench.play(tone(48_000, 1.0))
    sound = bench.finish()
    (gap,) = bench.of(GapDeclared)
    assert gap.cause == "unplugged"
    assert gap.end_s - gap.start_s == pytest.approx(2.0, abs=0.02)
    assert len(sound) == pytest.approx(64_000, abs=300)


def test_an_overflow_is_counted_marked_and_shown(tmp_path: Path) -> None:
    """faults: A23"""
    bench = Bench(tmp_path)
    bench.play(tone(48_000, 1.0))
    bench.now_s += 0.26
    lost = Block(np.zeros((480, 2), np.float32), 48_000, bench.now_s, lost_frames=12_000)
    bench.track.take([lost], "desk")
    bench.play(tone(48_000, 1.0))
    bench.finish()
    assert bench.track.overflows == 1
    assert [e.code for e in bench.of(NoticeRaised)] == ["audio.overflow.mic"]
    (gap,) = bench.gaps
    assert (gap.samples, gap.cause) == (4_000, "overflow")


def test_a_flood_of_overflows_is_no_flood_of_notices(tmp_path: Path) -> None:
    """faults: A23"""
    bench = Bench(tmp_path)
    for _ in range(300):
        bench.now_s += 0.02
        block = Block(np.zeros((960, 1), np.float32), 48_000, bench.now_s, overflow=True)
        bench.track.take([block], "desk")
    bench.finish()
    assert bench.track.overflows == 300
    assert 1 <= len(bench.of(NoticeRaised)) < 100


steps = st.lists(
    st.one_of(
        st.tuples(st.just("play"), st.floats(0.2, 1.0)),
        st.tuples(st.just("stall"), st.floats(0.1, 2.0)),
        st.tuples(st.just("unplugged"), st.floats(0.3, 3.0)),
        st.tuples(st.just("suspended"), st.floats(1.0, 2_000.0)),
        st.tuples(st.just("paused"), st.floats(0.3, 3.0)),
        st.tuples(st.just(""), st.floats(0.6, 3.0)),
    ),
    max_size=8,
)


@settings(
    deadline=None, max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(steps, st.sampled_from([16_000, 44_100, 48_000]))
def test_captured_and_gaps_are_the_timeline_to_the_sample(
    tmp_path_factory: pytest.TempPathFactory, story: list[tuple[str, float]], rate_hz: int
) -> None:
    """faults: A22 A24 A27"""
    bench = Bench(tmp_path_factory.mktemp("track"))
    bench.play(tone(rate_hz, 0.6), rate_hz)
    for what, amount in story:
        if what != "play":
            bench.now_s += amount
        if what not in ("play", "stall"):
            bench.track.fill(bench.now_s, what)
        bench.play(tone(rate_hz, 0.6 if what != "play" else amount), rate_hz)
    sound = bench.finish()
    assert len(sound) == pytest.approx(bench.now_s * 16_000, abs=0.02 * 16_000)
    now = bench.ledger.snapshot()
    assert now.captured_samples + now.gap_samples == now.timeline_samples == len(sound)
