"""Space kept aside for the end of a recording."""

from __future__ import annotations

import errno
import os
import shutil
import threading
from collections import namedtuple
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from desktop.engine.audio import spool_file
from desktop.engine.audio.clock import SystemClock
from desktop.engine.audio.filesource import FileSource
from desktop.engine.audio.recorder import Recorder
from desktop.engine.audio.reserve import DiskReserve
from desktop.engine.audio.spool import to_pcm
from desktop.engine.audio.spool_reader import SpoolReader
from desktop.events import Event, NoticeRaised, Track

SIZE_BYTES = 1 << 20
_Usage = namedtuple("_Usage", "total used free")


def test_the_space_is_really_taken_and_given_back(tmp_path: Path) -> None:
    reserve = DiskReserve(tmp_path, SIZE_BYTES)
    reserve.take()
    reserve.take()
    assert reserve.held
    assert reserve._file is not None
    assert os.fstat(reserve._file.fileno()).st_blocks * 512 >= SIZE_BYTES
    reserve.release()
    reserve.release()
    assert not reserve.held


def test_nothing_lies_about(tmp_path: Path) -> None:
    """A process that is killed leaves nothing behind."""
    reserve = DiskReserve(tmp_path, SIZE_BYTES)
    reserve.take()
    assert list(tmp_path.iterdir()) == []
    reserve.release()


def test_nothing_is_taken_once_it_was_given_back(tmp_path: Path) -> None:
    reserve = DiskReserve(tmp_path, SIZE_BYTES)
    reserve.release()
    reserve.take()
    assert not reserve.held


def test_a_disk_with_little_space_is_left_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _path: _Usage(1 << 40, 0, 3 * SIZE_BYTES))
    reserve = DiskReserve(tmp_path, SIZE_BYTES)
    reserve.take()
    assert not reserve.held


def test_a_disk_that_cannot_reserve_is_done_without(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    reserve = DiskReserve(tmp_path / "missing", SIZE_BYTES)
    reserve.take()
    assert not reserve.held
    assert "no space could be kept aside" in caplog.text


def test_what_waits_for_a_full_disk_is_written_when_the_recording_ends(
    tmp_path: Path, wait_until: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    """faults: S40 - the disk takes nothing more until the space kept aside is given back."""
    written = spool_file.SpoolFile.write_at
    full = threading.Event()

    def write_at(self: spool_file.SpoolFile, offset: int, data: bytes) -> None:
        if full.is_set() and recorder._reserve.held:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        written(self, offset, data)

    monkeypatch.setattr(spool_file.SpoolFile, "write_at", write_at)
    monkeypatch.setattr("desktop.engine.audio.recorder.LEDGER_S", 0.05)
    sound = np.random.default_rng(0).uniform(-0.3, 0.3, 320_000).astype(np.float32)
    events: list[Event] = []
    clock = SystemClock()
    source = FileSource(sound, clock, speed=10.0)
    recorder = Recorder({Track.FILE: source}, tmp_path, events.append, clock)
    recorder.start()
    try:
        wait_until(lambda: recorder._reserve.held)
        full.set()
        assert recorder.wait_ended(10.0)
        wait_until(lambda: any(isinstance(event, NoticeRaised) for event in events))
    finally:
        recorder.stop()
        recorder.close()
    assert [e.code for e in events if isinstance(e, NoticeRaised)] == ["storage.recording_full"]
    with SpoolReader.open(tmp_path / "file.spool") as stored:
        np.testing.assert_array_equal(stored.read(0, 10**7), to_pcm(sound) / np.float32(32767))
