"""Blocks on the clock: gaps where sound is missing, to the sample, and no drift."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from desktop.engine.audio.placement import Fill, Sound, TrackPlacer
from desktop.engine.audio.source import Block

RATE_HZ = 48_000
FRAMES = 600
BLOCK_S = FRAMES / RATE_HZ
EMPTY = np.zeros((FRAMES, 1), dtype=np.float32)


@dataclass
class Timeline:
    """Carries out a placer's actions by counting; knows when each block was really spoken."""

    placer: TrackPlacer
    origin_s: float
    samples: float = 0.0
    sound: float = 0.0
    gaps: list[tuple[int, int, str]] = field(default_factory=list)
    silence: list[tuple[int, int]] = field(default_factory=list)
    errors_s: list[float] = field(default_factory=list)
    spoken_s: dict[int, float] = field(default_factory=dict)

    def feed(
        self, spoken_end_s: float, arrival_s: float, *, overflow: bool = False, lost: int = 0
    ) -> None:
        block = Block(EMPTY, RATE_HZ, arrival_s, lost, overflow)
        self.spoken_s[id(block)] = spoken_end_s
        self._keep = getattr(self, "_keep", [])
        self._keep.append(block)  # ids stay unique
        self.act(self.placer.place(block))

    def act(self, actions: Iterable[object]) -> None:
        for action in actions:
            if isinstance(action, Fill):
                start = round(self.samples)
                assert action.until >= start
                if action.until > start:
                    if action.cause:
                        self.gaps.append((start, action.until, action.cause))
                    else:
                        self.silence.append((start, action.until))
                self.samples = float(action.until)
            elif isinstance(action, Sound):
                count = len(action.block.samples) / RATE_HZ * 16_000 * (1 + action.correction)
                self.samples += count
                self.sound += count
                spoken = self.spoken_s[id(action.block)] - self.origin_s
                self.errors_s.append(self.samples / 16_000 - spoken)


def steady(
    timeline: Timeline,
    start_s: float,
    count: int,
    rng: np.random.Generator,
    *,
    ppm: float = 0.0,
    jitter_s: float = 0.004,
    latency_s: float = 0.0,
) -> float:
    """`count` blocks of a device whose clock is off by `ppm`; returns when the last one ended."""
    end_s = start_s
    for _ in range(count):
        end_s += BLOCK_S / (1 + ppm * 1e-6)
        late_s = 0.0005 if rng.random() < 0.2 else float(rng.random()) * jitter_s
        timeline.feed(end_s, end_s + latency_s + late_s)
    return end_s


def new(origin_s: float = 100.0) -> Timeline:
    return Timeline(TrackPlacer(origin_s), origin_s)


def test_a_steady_device_is_placed_without_any_gap() -> None:
    timeline = new()
    end_s = steady(timeline, 100.1, 2_000, np.random.default_rng(0))
    timeline.act(timeline.placer.settle())
    assert timeline.gaps == []
    ((start, until),) = timeline.silence  # the device took 0.1 s to start
    assert start == 0
    assert until == pytest.approx(1_600, abs=80)
    assert timeline.samples / 16_000 == pytest.approx(end_s - 100.0, abs=0.004)


def test_a_stall_becomes_a_gap_of_its_length_at_its_place() -> None:
    """faults: A22"""
    timeline = new()
    rng = np.random.default_rng(1)
    end_s = steady(timeline, 100.0, 800, rng)
    end_s = steady(timeline, end_s + 2.0, 800, rng)
    ((start, until, cause),) = timeline.gaps
    assert cause == "stall"
    assert start == pytest.approx(800 * BLOCK_S * 16_000, abs=80)
    assert until - start == pytest.approx(32_000, abs=80)
    assert timeline.samples / 16_000 == pytest.approx(end_s - 100.0, abs=0.005)


def test_a_stall_that_is_made_up_for_is_no_gap() -> None:
    """faults: A22"""
    timeline = new()
    rng = np.random.default_rng(2)
    end_s = steady(timeline, 100.0, 400, rng)
    for number in range(160):  # 2 s of sound arrive in one burst
        timeline.feed(end_s + (number + 1) * BLOCK_S, end_s + 2.0 + number * 0.0001)
    end_s = steady(timeline, end_s + 2.0, 400, rng)
    assert timeline.gaps == []
    assert timeline.samples / 16_000 == pytest.approx(end_s - 100.0, abs=0.005)


def test_a_partly_buffered_stall_declares_only_what_is_missing() -> None:
    """faults: A22"""
    timeline = new()
    rng = np.random.default_rng(3)
    end_s = steady(timeline, 100.0, 400, rng)
    resumed_s = end_s + 2.0
    for number in range(80):  # the second half was buffered
        timeline.feed(end_s + 1.0 + (number + 1) * BLOCK_S, resumed_s + number * 0.0001)
    end_s = steady(timeline, resumed_s, 400, rng)
    ((start, until, cause),) = timeline.gaps
    assert cause == "stall"
    assert until - start == pytest.approx(16_000, abs=80)
    assert start == pytest.approx(400 * BLOCK_S * 16_000, abs=80)


def test_frames_dropped_by_the_ring_are_a_gap_to_the_sample() -> None:
    """faults: A23"""
    timeline = new()
    rng = np.random.default_rng(4)
    end_s = steady(timeline, 100.0, 400, rng)
    end_s += 0.5 + BLOCK_S
    timeline.feed(end_s, end_s + 0.001, lost=24_000)
    steady(timeline, end_s, 400, rng)
    ((start, until, cause),) = timeline.gaps
    assert (until - start, cause) == (8_000, "overflow")


def test_an_overflow_that_the_driver_reports_is_measured_by_the_clock() -> None:
    """faults: A23"""
    timeline = new()
    rng = np.random.default_rng(5)
    end_s = steady(timeline, 100.0, 400, rng, jitter_s=0.002)
    end_s += 0.03 + BLOCK_S
    timeline.feed(end_s, end_s + 0.0005, overflow=True)
    steady(timeline, end_s, 400, rng, jitter_s=0.002)
    ((start, until, cause),) = timeline.gaps
    assert cause == "overflow"
    assert until - start == pytest.approx(480, abs=40)


def test_a_lost_device_leaves_one_gap_until_it_is_back() -> None:
    """faults: A24"""
    timeline = new()
    rng = np.random.default_rng(6)
    end_s = steady(timeline, 100.0, 400, rng)
    timeline.act(timeline.placer.interrupt("unplugged", end_s))
    for step in range(100):
        timeline.act(timeline.placer.fill(end_s + 0.025 * step, "unplugged"))
    back_s = end_s + 3.0
    end_s = steady(timeline, back_s, 400, rng)
    assert {cause for *_, cause in timeline.gaps} == {"unplugged"}
    for (_, until, _), (start, _, _) in zip(timeline.gaps, timeline.gaps[1:], strict=False):
        assert until == start
    assert timeline.gaps[-1][1] == pytest.approx((back_s - 100.0) * 16_000, abs=80)
    assert timeline.samples / 16_000 == pytest.approx(end_s - 100.0, abs=0.005)


def test_thirty_minutes_of_sleep_are_one_gap() -> None:
    """faults: A27"""
    timeline = new()
    rng = np.random.default_rng(7)
    end_s = steady(timeline, 100.0, 400, rng)
    woke_s = end_s + 1_800.0
    timeline.act(timeline.placer.fill(woke_s, "suspended"))
    end_s = steady(timeline, woke_s, 400, rng)
    assert {cause for *_, cause in timeline.gaps} == {"suspended"}
    total = sum(until - start for start, until, _ in timeline.gaps)
    assert total == pytest.approx(1_800 * 16_000, abs=100)
    assert timeline.samples / 16_000 == pytest.approx(end_s - 100.0, abs=0.005)


def test_a_quiet_loopback_is_silence_and_no_gap() -> None:
    """faults: A28"""
    timeline = new()
    rng = np.random.default_rng(8)
    end_s = steady(timeline, 100.0, 400, rng)
    for step in range(400):
        timeline.act(timeline.placer.fill(end_s + 0.5 + 0.025 * step, ""))
    end_s = steady(timeline, end_s + 10.5, 400, rng)
    assert timeline.gaps == []
    assert timeline.samples / 16_000 == pytest.approx(end_s - 100.0, abs=0.005)


def test_a_loopback_that_was_stuck_comes_back_to_the_clock_in_silence() -> None:
    """faults: A22 A28"""
    timeline = new()
    rng = np.random.default_rng(10)
    end_s = steady(timeline, 100.0, 400, rng)
    for step in range(40):
        timeline.act(timeline.placer.fill(end_s + 0.5 + 0.025 * step, ""))
    for number in range(120):  # it was not silent but stuck: the 1.5 s come in one burst
        timeline.feed(end_s + (number + 1) * BLOCK_S, end_s + 1.5 + number * 0.0001)
    end_s = steady(timeline, end_s + 1.5, 400, rng)
    assert timeline.gaps == []
    assert timeline.samples / 16_000 == pytest.approx(end_s - 100.0, abs=0.06)


@pytest.mark.parametrize("ppm", [300.0, -300.0, 80.0, 0.0])
def test_clocks_that_differ_stay_together_for_eight_hours(ppm: float) -> None:
    """faults: A30"""
    timeline = new()
    rng = np.random.default_rng(9)
    # Blocks ten times as long: the controller sees the same windows with fewer steps.
    long = np.zeros((6_000, 1), dtype=np.float32)
    end_s = 100.0
    worst_s = 0.0
    for number in range(int(8 * 3_600 / 0.125)):
        end_s += 0.125 / (1 + ppm * 1e-6)
        late_s = 0.0005 if rng.random() < 0.3 else float(rng.random()) * 0.01
        actions = timeline.placer.place(Block(long, RATE_HZ, end_s + late_s))
        for action in actions:
            if isinstance(action, Sound):
                timeline.samples += 2_000 * (1 + action.correction)
            else:
                assert isinstance(action, Fill)
                assert action.cause == "" or pytest.fail("a gap")
                timeline.samples = float(action.until)
        if number > 8:
            worst_s = max(worst_s, abs(timeline.samples / 16_000 - (end_s - 100.0)))
    assert worst_s <= 0.020


events = st.lists(
    st.one_of(
        st.tuples(st.just("run"), st.integers(60, 300)),
        st.tuples(st.just("stall"), st.floats(0.2, 5.0)),
        st.tuples(st.just("drop"), st.integers(1, 48_000)),
        st.tuples(st.just("unplug"), st.floats(0.3, 5.0)),
        st.tuples(st.just("suspend"), st.floats(1.0, 4_000.0)),
    ),
    min_size=1,
    max_size=12,
)


@settings(deadline=None, max_examples=60)
@given(events, st.floats(-300, 300), st.integers(0, 2**32 - 1))
def test_captured_and_declared_gaps_are_the_whole_timeline(
    story: list[tuple[str, float]], ppm: float, seed: int
) -> None:
    """faults: A22 A23 A24 A27"""
    timeline = new()
    rng = np.random.default_rng(seed)
    end_s = steady(timeline, 100.0, 60, rng, ppm=ppm)
    declared = 0.0
    for what, amount in story:
        if what == "run":
            end_s = steady(timeline, end_s, int(amount), rng, ppm=ppm)
            continue
        if what == "drop":
            missing_s = amount / RATE_HZ
            end_s += missing_s + BLOCK_S
            timeline.feed(end_s, end_s + 0.0005, lost=int(amount))
        else:
            missing_s = amount
            cause = {"unplug": "unplugged", "suspend": "suspended"}.get(what)
            if cause:
                timeline.act(timeline.placer.interrupt(cause, end_s))
                timeline.act(timeline.placer.fill(end_s + missing_s, cause))
            end_s += missing_s
        declared += missing_s
        end_s = steady(timeline, end_s, 60, rng, ppm=ppm)
    timeline.act(timeline.placer.settle())
    gaps = sum(until - start for start, until, _ in timeline.gaps)
    silence = sum(until - start for start, until in timeline.silence)
    # To the sample: what was placed is sound, gap or leading silence, and nothing else.
    assert timeline.sound + gaps + silence == pytest.approx(timeline.samples, abs=len(story) + 2)
    # And in truth: the timeline is where the clock says, the gaps are what was missing.
    assert timeline.samples / 16_000 == pytest.approx(end_s - 100.0, abs=0.02)
    assert gaps / 16_000 == pytest.approx(declared, abs=0.02 * (len(story) + 1))
    assert max(abs(error) for error in timeline.errors_s) <= 0.02
