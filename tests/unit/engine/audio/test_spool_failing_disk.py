"""A spool on a disk that is full, fails or hangs: kept in memory, or counted and named."""

from __future__ import annotations

import errno
import os
import threading
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import numpy as np
import pytest
from unit.engine.audio.made_spools import file_size_limit, heard, make, noise

from desktop.engine.audio import spool
from desktop.engine.audio.spool_file import SpoolFile
from desktop.engine.audio.spool_index import Gap
from desktop.engine.audio.spool_reader import SpoolReader

Disk = TypeVar("Disk", bound=SpoolFile)


def opening(kind: Callable[[Path], Disk]) -> tuple[list[Disk], Callable[[Path], Disk]]:
    """A way to open files on such a disk, and the list of those opened in that way."""
    files: list[Disk] = []

    def open_file(path: Path) -> Disk:
        files.append(kind(path))
        return files[-1]

    return files, open_file


def test_a_full_disk_is_ridden_out_in_memory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """faults: S40"""
    monkeypatch.setattr(spool, "RETRY_S", 0.0)
    monkeypatch.setattr(spool, "TAIL_SAMPLES", 1_000)
    sound = noise(64_000)
    writer = make(tmp_path)
    live = SpoolReader(writer.path, writer.index)
    with file_size_limit(20_000):
        for start in range(0, len(sound), 800):
            assert writer.append(sound[start : start + 800])
        assert writer.fault is not None
        np.testing.assert_array_equal(live.read(0, 64_000), heard(sound))
    writer.append(noise(3_200))
    assert writer.fault is None
    assert writer.sync()
    writer.close()
    live.close()
    stored = SpoolReader.open(writer.path)
    np.testing.assert_array_equal(stored.read(0, 64_000), heard(sound))
    assert stored.gaps() == ()
    stored.close()


def test_what_memory_cannot_hold_either_becomes_a_named_gap(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """faults: S40"""
    monkeypatch.setattr(spool, "RETRY_S", 0.0)
    writer = make(tmp_path, backlog_samples=16_000)
    kept = []
    with file_size_limit(10_000):
        for seed in range(100):
            kept.append(writer.append(noise(800, seed)))
    assert not all(kept)
    assert writer.samples == 80_000
    after = noise(800, 1_000)
    assert writer.append(after)
    writer.close()
    reader = SpoolReader.open(writer.path)
    (gap,) = reader.gaps()
    assert gap == Gap(800 * kept.index(False), 80_000, "storage")
    np.testing.assert_array_equal(reader.read(80_000, 800), heard(after))
    assert reader.available() == 80_800
    reader.close()


class FullFile(SpoolFile):
    """A disk without room, when it is told so."""

    full = False

    def write_at(self, offset: int, data: bytes) -> None:
        if self.full:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        super().write_at(offset, data)


def test_what_the_disk_refuses_to_the_end_is_counted(tmp_path: Path) -> None:
    """faults: S40"""
    writer = make(tmp_path, open_file=FullFile)
    writer.append(noise(3_200, 0))
    FullFile.full = True
    try:
        writer.append(noise(4_800, 1))
        assert writer.waiting
        assert writer.lost_samples == 0
        writer.close()
        assert writer.lost_samples == 4_800
    finally:
        FullFile.full = False


class FlakyFile(SpoolFile):
    """A disk whose sync fails and that then forgets what it had not written (S42)."""

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self.broken = False
        self.path = path
        self.synced = b""

    def sync(self) -> None:
        if self.broken:
            self.path.write_bytes(self.synced)
            raise OSError(errno.EIO, os.strerror(errno.EIO))
        super().sync()
        self.synced = self.path.read_bytes()


def test_a_failed_sync_acknowledges_nothing_and_is_made_good(tmp_path: Path) -> None:
    """faults: S42"""
    files, open_file = opening(FlakyFile)
    writer = make(tmp_path, open_file=open_file)
    writer.append(noise(3_200, 1))
    assert writer.sync()
    assert writer.durable_samples == 3_200
    writer.append(noise(3_200, 2))
    files[0].broken = True
    assert not writer.sync()
    assert writer.fault is not None
    assert writer.durable_samples == 3_200
    files[0].broken = False
    assert writer.sync()
    assert writer.fault is None
    assert writer.durable_samples == 6_400
    writer.close()
    reader = SpoolReader.open(writer.path)
    np.testing.assert_array_equal(reader.read(3_200, 3_200), heard(noise(3_200, 2)))
    reader.close()


@pytest.mark.parametrize("sync_before", [True, False])
def test_what_a_failed_sync_may_have_lost_is_kept_or_not_promised(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, sync_before: bool
) -> None:
    """faults: S42"""
    monkeypatch.setattr(spool, "UNSYNCED_BYTES", 20_000)  # three frames
    files, open_file = opening(FlakyFile)
    writer = make(tmp_path, open_file=open_file)
    assert writer.sync()
    for count in range(8):
        writer.append(noise(3_200, count))
        if count == (0 if sync_before else 5):
            files[0].broken = True
            assert not writer.sync()
    assert writer.durable_samples == 0
    files[0].broken = False
    assert writer.sync()
    writer.flush()
    assert writer.sync()
    if not sync_before:  # frames had left the memory before the disk failed
        assert writer.durable_samples == 0
        writer.close()
        return
    while writer.durable_samples < 8 * 3_200:
        before = writer.durable_samples
        writer.flush()
        assert writer.sync()
        assert writer.durable_samples > before
    writer.close()
    reader = SpoolReader.open(writer.path)
    for count in range(8):
        np.testing.assert_array_equal(reader.read(3_200 * count, 3_200), heard(noise(3_200, count)))
    reader.close()


class HangingFile(SpoolFile):
    """A disk that takes writes and does not answer to sync until it is let."""

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self.asked = threading.Event()
        self.answers = threading.Event()
        self.fails = False

    def sync(self) -> None:
        self.asked.set()
        assert self.answers.wait(30)
        if self.fails:
            raise OSError(errno.EIO, os.strerror(errno.EIO))
        super().sync()


def test_a_sync_that_hangs_bounds_memory_and_promises_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """faults: A38, S42"""
    monkeypatch.setattr(spool, "UNSYNCED_BYTES", 20_000)  # three frames
    files, open_file = opening(HangingFile)
    writer = make(tmp_path, open_file=open_file)
    writer.append(noise(3_200, 0))
    assert writer.sync_held_s == 0.0
    syncing = threading.Thread(target=writer.sync)
    syncing.start()
    assert files[0].asked.wait(10)
    for count in range(1, 40):
        writer.append(noise(3_200, count))
    assert sum(len(data) for _, data in writer._unsynced) <= 20_000
    assert len(writer.index.memory) == 0
    assert writer.durable_samples == 0
    assert writer.sync_held_s > 0.0
    files[0].answers.set()
    syncing.join()
    assert writer.sync_held_s == 0.0
    assert writer.durable_samples == 3_200  # of what came meanwhile nothing is certain
    files[0].fails = True  # and the system may have forgotten what the writer has not kept
    assert not writer.sync()
    files[0].fails = False
    assert writer.sync()
    assert writer.durable_samples == 3_200
    writer.close()
    reader = SpoolReader.open(writer.path)
    for count in range(40):
        np.testing.assert_array_equal(reader.read(3_200 * count, 3_200), heard(noise(3_200, count)))
    reader.close()
