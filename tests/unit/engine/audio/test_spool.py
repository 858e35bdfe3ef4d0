"""The spool on disk: nothing is lost, damage is named, readers see everything at once."""

from __future__ import annotations

import errno
import os
import resource
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from desktop.engine.audio import spool
from desktop.engine.audio.spool import SpoolWriter, spool_path, to_pcm
from desktop.engine.audio.spool_file import SpoolFile
from desktop.engine.audio.spool_format import (
    FILE_HEADER_BYTES,
    FRAME_HEADER_BYTES,
    FrameKind,
    pack_file_header,
    pack_frame,
)
from desktop.engine.audio.spool_index import Gap
from desktop.engine.audio.spool_reader import SpoolReader, recover
from desktop.errors import StorageError
from desktop.events import Track


def noise(count: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).uniform(-0.9, 0.9, count).astype(np.float32)


def heard(samples: np.ndarray) -> np.ndarray:
    """What a reader gives back for `samples`: they went through 16 bits."""
    return to_pcm(samples).astype(np.float32) / np.float32(32767)


def make(directory: Path, **options: object) -> SpoolWriter:
    return SpoolWriter.create(directory, Track.MIC, wall_s=1700.0, **options)  # type: ignore[arg-type]


def test_sound_gaps_and_silence_come_back(tmp_path: Path) -> None:
    sound = noise(10_000)
    writer = make(tmp_path)
    live = SpoolReader(writer.path, writer.index)
    writer.append(sound[:333])
    assert live.available() == 333
    np.testing.assert_array_equal(live.read(0, 999), heard(sound[:333]))
    writer.append(sound[333:])
    writer.append_gap(16_000, "paused")
    writer.append_gap(500, "paused")
    writer.append_silence(700)
    writer.append(sound[:100])
    expected = np.concatenate([heard(sound), np.zeros(17_200, np.float32), heard(sound[:100])])
    assert not live.finished()
    np.testing.assert_array_equal(live.read(0, 10**9), expected)
    writer.close()
    writer.close()
    assert live.finished()
    assert live.gaps() == (Gap(10_000, 26_500, "paused"),)
    live.close()

    stored = SpoolReader.open(writer.path)
    assert stored.finished()
    assert stored.available() == len(expected)
    assert stored.gaps() == (Gap(10_000, 26_500, "paused"),)
    np.testing.assert_array_equal(stored.read(0, len(expected)), expected)
    np.testing.assert_array_equal(stored.read(9_990, 20), expected[9_990:10_010])
    assert len(stored.read(len(expected), 10)) == 0
    stored.close()
    outcome = recover(writer.path)
    assert outcome.closed
    assert (outcome.samples, outcome.wall_s) == (len(expected), 1700.0)


def test_a_reader_waits_for_more(tmp_path: Path) -> None:
    writer = make(tmp_path)
    live = SpoolReader(writer.path, writer.index)
    assert not live.wait(0, 0.01)
    timer = threading.Timer(0.02, lambda: writer.append(noise(10)))
    timer.start()
    assert live.wait(0, 5.0)
    timer.join()
    writer.close()
    assert live.wait(10**6, 5.0)


def test_random_reads_reach_far_behind_the_memory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(spool, "TAIL_SAMPLES", 5_000)
    sound = noise(400_000)
    writer = make(tmp_path)
    for start in range(0, len(sound), 1_111):
        writer.append(sound[start : start + 1_111])
    live = SpoolReader(writer.path, writer.index)
    expected = heard(sound)
    rng = np.random.default_rng(1)
    for start in rng.integers(0, len(sound), 60):
        count = int(rng.integers(0, 60_000))
        np.testing.assert_array_equal(live.read(int(start), count), expected[start : start + count])
    live.close()
    writer.close()


def test_a_reader_that_was_away_for_ten_minutes_catches_up(tmp_path: Path) -> None:
    """faults: A33 A34"""
    writer = make(tmp_path)
    live = SpoolReader(writer.path, writer.index)
    minute = noise(60 * 16_000)
    for _ in range(10):
        for start in range(0, len(minute), 8_000):
            writer.append(minute[start : start + 8_000])
    assert len(writer.index.memory) <= 2  # waiting costs no memory: the queue is the disk
    expected, position = heard(minute), 0
    while position < live.available():
        piece = live.read(position, 30 * 16_000)
        at = position % len(minute)
        np.testing.assert_array_equal(piece, expected[at : at + len(piece)])
        position += len(piece)
    assert position == 10 * len(minute)
    live.close()
    writer.close()


def small_recording(directory: Path) -> tuple[Path, list[tuple[int, int]], np.ndarray]:
    """A crashed recording's file, its frames as (end byte, end sample), and its sound."""
    path = spool_path(directory, Track.MIC)
    data = pack_file_header("mic", 5.0)
    sound = np.zeros(0, np.float32)
    ends = [(len(data), 0)]
    for sequence in range(6):
        if sequence == 3:
            data += pack_frame(FrameKind.GAP, sequence, len(sound), 50, cause="stall")
            sound = np.concatenate([sound, np.zeros(50, np.float32)])
        else:
            piece = noise(40 + sequence, sequence)
            payload = to_pcm(piece).tobytes()
            data += pack_frame(FrameKind.PCM, sequence, len(sound), len(piece), payload=payload)
            sound = np.concatenate([sound, heard(piece)])
        ends.append((len(data), len(sound)))
    directory.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    return path, ends, sound


def test_cut_at_any_byte_every_whole_frame_survives(tmp_path: Path) -> None:
    """faults: S44"""
    path, ends, sound = small_recording(tmp_path)
    whole = path.read_bytes()
    for length in range(len(whole) + 1):
        path.write_bytes(whole[:length])
        kept = max((samples for end, samples in ends if end <= length), default=0)
        reader = SpoolReader.open(path)
        assert reader.available() == kept
        np.testing.assert_array_equal(reader.read(0, 10**6), sound[:kept])
        reader.close()
        if length % 5:
            continue
        outcome = recover(path)
        assert outcome.samples == kept
        assert not outcome.closed
        again = recover(path)
        assert again.samples == kept
        assert (again.torn_bytes, again.damaged_bytes) == (0, 0)
        if length >= FILE_HEADER_BYTES:
            assert again.closed


@settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=60
)
@given(st.data())
def test_any_flipped_bit_is_found_and_costs_its_frame_only(
    tmp_path: Path, data: st.DataObject
) -> None:
    """faults: S45"""
    path, ends, sound = small_recording(tmp_path / "flip")
    whole = bytearray(path.read_bytes())
    bit = data.draw(st.integers(FILE_HEADER_BYTES * 8, len(whole) * 8 - 1))
    whole[bit // 8] ^= 1 << bit % 8
    path.write_bytes(whole)
    hit = next(i for i in range(1, len(ends)) if bit // 8 < ends[i][0])
    start, end = ends[hit - 1][1], ends[hit][1]
    last = hit == len(ends) - 1
    expected = sound.copy()
    expected[start:end] = 0
    with SpoolReader.open(path) as reader:
        got = reader.read(0, 10**6)
        gaps = reader.gaps()
    np.testing.assert_array_equal(got, expected[: start if last else None])
    assert (Gap(start, end, "storage") in gaps) == (not last)
    bad = path.with_name("mic.spool.bad")
    bad.unlink(missing_ok=True)
    outcome = recover(path)
    if last:
        assert outcome.torn_bytes == ends[-1][0] - ends[-2][0]
    else:
        assert outcome.damaged_bytes == ends[hit][0] - ends[hit - 1][0]
        assert bad.stat().st_size == outcome.damaged_bytes


def test_a_flip_in_a_closed_file_is_found_when_it_is_read(tmp_path: Path) -> None:
    """faults: S45"""
    writer = make(tmp_path)
    for seed in range(5):
        writer.append(noise(3_200, seed))
    writer.close()
    data = bytearray(writer.path.read_bytes())
    data[FILE_HEADER_BYTES + FRAME_HEADER_BYTES + 10] ^= 1
    writer.path.write_bytes(data)
    reader = SpoolReader.open(writer.path)
    got = reader.read(0, 16_000)
    assert not got[:3_200].any()
    np.testing.assert_array_equal(got[3_200:6_400], heard(noise(3_200, 1)))
    assert reader.gaps() == (Gap(0, 3_200, "storage"),)
    reader.close()


def test_damage_of_the_file_header_costs_no_sound(tmp_path: Path) -> None:
    """faults: S45"""
    path, _, sound = small_recording(tmp_path)
    data = bytearray(path.read_bytes())
    data[3] ^= 0xFF
    path.write_bytes(data)
    outcome = recover(path)
    assert outcome.samples == len(sound)
    assert outcome.damaged_bytes == FILE_HEADER_BYTES
    assert recover(path).closed


def test_positions_beyond_four_gigabytes(tmp_path: Path) -> None:
    """faults: A38"""
    writer = make(tmp_path)
    writer.append_gap(5_000_000_000, "suspended")
    writer.append(noise(100))
    writer.close()
    reader = SpoolReader.open(writer.path)
    assert reader.available() == 5_000_000_100
    np.testing.assert_array_equal(reader.read(4_999_999_999, 200)[1:], heard(noise(100)))
    reader.close()


@pytest.mark.slow
def test_a_file_beyond_four_gigabytes(tmp_path: Path) -> None:
    """faults: A38"""
    path = spool_path(tmp_path, Track.MIC)
    frame_samples = 500_000
    silent = bytes(frame_samples * 2)
    with path.open("wb") as file:
        file.write(pack_file_header("mic", 0.0))
        for sequence in range(4_400):
            first = sequence * frame_samples
            file.write(pack_frame(FrameKind.PCM, sequence, first, frame_samples, payload=silent))
        first = 4_400 * frame_samples
        payload = to_pcm(noise(1_000)).tobytes()
        file.write(pack_frame(FrameKind.PCM, 4_400, first, 1_000, payload=payload))
    assert path.stat().st_size > 1 << 32
    assert recover(path).samples == first + 1_000
    reader = SpoolReader.open(path)
    np.testing.assert_array_equal(reader.read(first, 1_000), heard(noise(1_000)))
    reader.close()


@contextmanager
def file_size_limit(limit: int) -> Iterator[None]:
    """The kernel refuses to let files grow beyond `limit`, as a full disk would."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


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
    files: list[FlakyFile] = []

    def open_file(path: Path) -> SpoolFile:
        files.append(FlakyFile(path))
        return files[-1]

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


def test_a_recording_is_never_overwritten(tmp_path: Path) -> None:
    make(tmp_path).close()
    with pytest.raises(StorageError, match="never overwritten"):
        make(tmp_path)


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    """faults: S43"""
    (tmp_path / "file").write_text("")
    with pytest.raises(StorageError, match=str(tmp_path / "file" / "session")):
        make(tmp_path / "file" / "session")


def test_a_missing_recording_is_named(tmp_path: Path) -> None:
    with pytest.raises(StorageError, match=r"mic\.spool"):
        SpoolReader.open(spool_path(tmp_path, Track.MIC))


def test_the_index_stays_small(tmp_path: Path) -> None:
    """faults: A38"""
    writer = make(tmp_path)
    for _ in range(300):
        writer.append(np.zeros(3_200, np.float32))
        writer.append_silence(3_200)
    assert len(writer.index.memory) == 0
    assert len(writer.index._checkpoint_offsets) < 40
    writer.close()


@pytest.mark.parametrize("sync_before", [True, False])
def test_what_a_failed_sync_may_have_lost_is_kept_or_not_promised(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, sync_before: bool
) -> None:
    """faults: S42"""
    monkeypatch.setattr(spool, "UNSYNCED_BYTES", 20_000)  # three frames
    files: list[FlakyFile] = []

    def open_file(path: Path) -> SpoolFile:
        files.append(FlakyFile(path))
        return files[-1]

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
    files: list[HangingFile] = []

    def open_file(path: Path) -> SpoolFile:
        files.append(HangingFile(path))
        return files[-1]

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


class FullFile(SpoolFile):
    """A disk without room, when it is told so."""

    full = False

    def write_at(self, offset: int, data: bytes) -> None:
        if self.full:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        super().write_at(offset, data)
