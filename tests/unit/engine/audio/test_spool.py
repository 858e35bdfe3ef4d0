"""The spool on disk: sound, gaps and silence come back, readers see everything at once."""

from __future__ import annotations

import threading
from pathlib import Path

import numpy as np
import pytest
from unit.engine.audio.made_spools import heard, make, noise

from desktop.engine.audio import spool
from desktop.engine.audio.spool import spool_path, to_pcm
from desktop.engine.audio.spool_format import FrameKind, pack_file_header, pack_frame
from desktop.engine.audio.spool_index import Gap
from desktop.engine.audio.spool_reader import SpoolReader, recover
from desktop.errors import StorageError
from desktop.events import Track


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
