"""The ring between the audio callback and the recorder."""

from __future__ import annotations

import threading

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from desktop.engine.audio.ring import FLAG_OVERFLOW, SampleRing


def block(start: int, frames: int, channels: int = 2) -> np.ndarray:
    numbers = np.arange(start, start + frames * channels, dtype=np.float32) % 8191
    return (numbers / 8192).reshape(frames, channels)


def test_blocks_come_back_one_by_one_with_their_marks() -> None:
    ring = SampleRing(100, 2)
    ring.write(block(0, 30).tobytes(), 30, 1.5, 0)
    ring.write(block(60, 40).tobytes(), 40, 1.6, FLAG_OVERFLOW)
    first, second = ring.read(), ring.read()
    assert first is not None
    assert second is not None
    assert ring.read() is None
    np.testing.assert_array_equal(first.samples, block(0, 30))
    assert (first.arrival_s, first.overflow, first.lost_frames) == (1.5, False, 0)
    assert (second.arrival_s, second.overflow) == (1.6, True)


def test_a_full_ring_drops_whole_blocks_and_says_how_much() -> None:
    """faults: A23"""
    ring = SampleRing(100, 1)
    for index in range(4):
        ring.write(block(0, 40, 1).tobytes(), 40, float(index), FLAG_OVERFLOW if index == 2 else 0)
    assert ring.overrun_frames == 80
    assert ring.read() is not None
    ring.write(block(7, 40, 1).tobytes(), 40, 9.0, 0)
    second, third = ring.read(), ring.read()
    assert second is not None
    assert third is not None
    assert second.lost_frames == 0
    assert (third.lost_frames, third.overflow) == (80, True)
    np.testing.assert_array_equal(third.samples, block(7, 40, 1))


def test_running_out_of_marks_is_an_overrun_too() -> None:
    ring = SampleRing(1000, 1, marks=2)
    for _ in range(3):
        ring.write(block(0, 1, 1).tobytes(), 1, 0.0, 0)
    assert ring.overrun_frames == 1


@given(st.lists(st.tuples(st.integers(1, 50), st.booleans()), max_size=60))
def test_what_goes_in_comes_out_or_is_counted(steps: list[tuple[int, bool]]) -> None:
    """faults: A23"""
    ring = SampleRing(64, 1, marks=8)
    offered, position, got = 0, 0, 0
    for frames, drain in steps:
        samples = np.arange(offered, offered + frames, dtype=np.float32).reshape(-1, 1)
        ring.write(samples.tobytes(), frames, 0.0, 0)
        offered += frames
        while drain and (read := ring.read()) is not None:
            position += read.lost_frames
            expected = np.arange(position, position + len(read.samples), dtype=np.float32)
            np.testing.assert_array_equal(read.samples[:, 0], expected)
            position += len(read.samples)
            got += len(read.samples)
    while (read := ring.read()) is not None:
        got += len(read.samples)
    assert got + ring.overrun_frames == offered


def test_one_writer_and_one_reader_at_once() -> None:
    ring = SampleRing(4096, 1)
    total = 200_000
    seen: list[np.ndarray] = []

    def write() -> None:
        sent = 0
        while sent < total:
            before = ring.overrun_frames
            frames = min(137, total - sent)
            chunk = np.arange(sent, sent + frames, dtype=np.float32).reshape(-1, 1)
            ring.write(chunk.tobytes(), frames, 0.0, 0)
            if ring.overrun_frames == before:
                sent += frames

    writer = threading.Thread(target=write)
    writer.start()
    count = 0
    while count < total:
        read = ring.read()
        if read is not None:
            seen.append(read.samples[:, 0])
            count += len(read.samples)
    writer.join()
    np.testing.assert_array_equal(np.concatenate(seen), np.arange(total, dtype=np.float32))
