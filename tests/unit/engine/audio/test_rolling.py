"""A stream that is read once and kept for a while."""

from __future__ import annotations

import numpy as np

from desktop.engine.audio.rolling import RollingFeed


def blocks(seconds: int) -> list[np.ndarray]:
    return [np.full(16_000, i + 1, dtype=np.float32) for i in range(seconds)]


def test_sound_is_pulled_as_it_is_needed() -> None:
    feed = RollingFeed(iter(blocks(3)))
    assert (feed.available(), feed.finished()) == (0, False)
    assert feed.pull(20_000) == 32_000
    assert feed.wait(31_999, 0.0)
    assert not feed.wait(32_000, 0.01)
    assert feed.pull(99_000) == 16_000
    assert feed.finished()
    assert feed.wait(10**9, 0.0)
    assert feed.pull(1) == 0
    np.testing.assert_array_equal(feed.read(15_999, 2), [1, 2])
    assert len(feed.read(47_000, 5_000)) == 1_000


def test_memory_stays_small_and_forgotten_sound_reads_as_silence() -> None:
    feed = RollingFeed(iter(blocks(20)), keep_s=2.0)
    feed.pull(20 * 16_000)
    assert feed.available() == 20 * 16_000
    assert len(feed._held) <= 5 * 16_000
    assert not feed.read(0, 16_000).any()
    np.testing.assert_array_equal(feed.read(19 * 16_000, 99_999), np.full(16_000, 20))
    assert len(feed.read(21 * 16_000, 10)) == 0
    edge = feed.read(feed._first - 10, 20)
    assert not edge[:10].any()
    assert edge[10:].all()
