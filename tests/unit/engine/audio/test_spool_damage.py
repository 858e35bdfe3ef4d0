"""A damaged spool: every whole frame survives, and what is damaged is named."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from unit.engine.audio.made_spools import heard, make, noise, small_recording

from desktop.engine.audio.spool_format import FILE_HEADER_BYTES, FRAME_HEADER_BYTES
from desktop.engine.audio.spool_index import Gap
from desktop.engine.audio.spool_reader import SpoolReader, recover


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
