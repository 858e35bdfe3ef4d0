"""Reading real media files made here with FFmpeg's own encoders."""

from __future__ import annotations

import random
import struct
import subprocess
from pathlib import Path

import av
import numpy as np
import pytest
from media_files import RATE_HZ, cut, encode, pitch_hz, png, tone

from desktop.engine.audio.media import MediaReader, load_media, probe_media

FORMATS = [
    ("tone.wav", "pcm_s16le", 44_100),
    ("tone24.wav", "pcm_s24le", 96_000),
    ("tone.flac", "flac", 44_100),
    ("tone.mp3", "libmp3lame", 44_100),
    ("tone.ogg", "libopus", 48_000),
    ("tone.opus", "libopus", 16_000),
    ("tone.m4a", "aac", 44_100),
    ("tone.webm", "libopus", 48_000),
    ("tone.mkv", "flac", 8_000),
    ("tone.aiff", "pcm_s16be", 22_050),
]


@pytest.mark.parametrize(("name", "codec", "rate_hz"), FORMATS)
def test_every_common_format(tmp_path: Path, name: str, codec: str, rate_hz: int) -> None:
    path = encode(tmp_path / name, codec, rate_hz=rate_hz)
    info = probe_media(path)
    assert info.duration_s == pytest.approx(3.0, abs=0.1)
    assert info.channels == 2
    assert not info.has_video
    with MediaReader(path) as reader:
        blocks = list(reader)
        sound = np.concatenate(blocks)
        assert reader.notices == ()
        assert not reader.truncated
        assert reader.delivered_s == len(sound) / RATE_HZ
    assert all(block.dtype == np.float32 for block in blocks)
    assert {len(block) for block in blocks[:-1]} == {RATE_HZ}
    assert len(sound) / RATE_HZ == pytest.approx(3.0, abs=0.15)
    middle = sound[RATE_HZ // 2 : 2 * RATE_HZ]
    assert pitch_hz(middle) == pytest.approx(440, abs=2)
    assert middle.std() == pytest.approx(0.5 / np.sqrt(2), rel=0.1)


@pytest.mark.parametrize(("name", "codec"), [("film.mp4", "aac"), ("film.mkv", "libopus")])
def test_video_keeps_the_timeline_of_its_pictures(tmp_path: Path, name: str, codec: str) -> None:
    path = encode(tmp_path / name, codec, rate_hz=48_000, picture_s=4.0, delay_s=1.0)
    assert probe_media(path).has_video
    sound = load_media(path)
    assert np.abs(sound[: int(0.95 * RATE_HZ)]).max() < 0.01
    assert np.abs(sound[int(1.1 * RATE_HZ) : int(1.5 * RATE_HZ)]).max() > 0.4
    assert len(sound) / RATE_HZ == pytest.approx(4.0, abs=0.1)


def test_title_is_one_clean_line(tmp_path: Path) -> None:
    path = encode(tmp_path / "a.m4a", "aac", seconds=0.3, title="주간\n회의\x07 \u202e" + "x" * 500)
    title = probe_media(path).title
    assert title.startswith("주간 회의 x")
    assert len(title) == 200
    assert title.isprintable()


def test_block_size_does_not_change_the_sound(tmp_path: Path) -> None:
    path = encode(tmp_path / "a.flac", "flac")
    with MediaReader(path, block_samples=700) as small:
        pieces = list(small)
    assert {len(piece) for piece in pieces[:-1]} == {700}
    np.testing.assert_array_equal(np.concatenate(pieces), load_media(path))


def test_surround_keeps_speech_of_the_centre(tmp_path: Path) -> None:
    names = [channel.name for channel in av.AudioLayout("5.1").channels]
    planes = np.zeros((6, 48_000), dtype=np.float32)
    planes[names.index("FC")] = tone(1.0, 48_000)
    planes[names.index("LFE")] = tone(1.0, 48_000, hz=60)
    path = tmp_path / "surround.wav"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("pcm_f32le", rate=48_000, layout="5.1")
        packed = np.ascontiguousarray(planes.T.reshape(1, -1))
        frame = av.AudioFrame.from_ndarray(packed, "flt", "5.1")
        frame.sample_rate = 48_000
        container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    assert probe_media(path).channels == 6
    sound = load_media(path)
    assert pitch_hz(sound) == pytest.approx(440, abs=2)
    assert np.abs(sound).max() > 0.13


def test_full_scale_stereo_is_not_clipped(tmp_path: Path) -> None:
    path = tmp_path / "loud.wav"
    subprocess.run(
        ["sox", "-n", "-r", "16000", "-c", "2", path, "synth", "1", "sine", "440", "gain", "-n"],
        check=True,
    )
    sound = load_media(path)
    assert 0.95 < np.abs(sound).max() <= 1.0
    assert np.mean(np.abs(sound) > 0.999) < 0.05


def test_nan_in_a_float_wav_is_silence(tmp_path: Path) -> None:
    """faults: A31"""
    samples = tone(1.0, 44_100)
    samples[1000:1100] = np.nan
    samples[2000] = np.inf
    samples[3000] = 1e30
    data = samples.astype("<f4").tobytes()
    head = struct.pack("<4sI4s4sIHHIIHH4sI", b"RIFF", 36 + len(data), b"WAVE", b"fmt ", 16, 3, 1,
                       44_100, 176_400, 4, 32, b"data", len(data))  # fmt: skip
    path = tmp_path / "nan.wav"
    path.write_bytes(head + data)
    sound = load_media(path)
    assert np.isfinite(sound).all()
    assert np.abs(sound).max() <= 1.0
    assert pitch_hz(sound[8000:]) == pytest.approx(440, abs=2)


def test_sample_rate_that_changes_inside(tmp_path: Path) -> None:
    """faults: A29"""
    first = encode(tmp_path / "a.mp3", "libmp3lame", seconds=2.0, rate_hz=44_100)
    second = encode(tmp_path / "b.mp3", "libmp3lame", seconds=2.0, rate_hz=22_050)
    joined = tmp_path / "joined.mp3"
    joined.write_bytes(first.read_bytes() + second.read_bytes())
    sound = load_media(joined)
    assert len(sound) / RATE_HZ == pytest.approx(4.0, abs=0.3)
    for start in (0.3, 2.4):
        part = sound[int(start * RATE_HZ) : int((start + 1.2) * RATE_HZ)]
        assert pitch_hz(part) == pytest.approx(440, abs=3)


def test_cover_art_is_no_video(tmp_path: Path) -> None:
    plain = encode(tmp_path / "plain.flac", "flac", seconds=0.5)
    path = tmp_path / "cover.flac"
    data = plain.read_bytes()
    picture = png()
    block = struct.pack(">II", 3, 9) + b"image/png" + struct.pack(">I", 0)
    block += struct.pack(">IIIII", 1, 1, 24, 0, len(picture)) + picture
    end = 4 + 4 + 34  # "fLaC", then the STREAMINFO block
    head = bytearray(data[:end])
    head[4] &= 0x7F
    path.write_bytes(bytes(head) + b"\x06" + len(block).to_bytes(3, "big") + block + data[end:])
    with av.open(str(path)) as container:
        assert container.streams.video, "the file under test must carry a picture"
    assert not probe_media(path).has_video
    assert len(load_media(path)) == pytest.approx(8000, abs=200)


@pytest.mark.parametrize(
    ("name", "codec"),
    [
        ("a.wav", "pcm_s16le"),
        ("a.flac", "flac"),
        ("a.mp3", "libmp3lame"),
        ("a.ogg", "libopus"),
        ("a.webm", "libopus"),
    ],
)
def test_a_cut_file_gives_what_is_there_and_says_so(tmp_path: Path, name: str, codec: str) -> None:
    whole = encode(tmp_path / name, codec, seconds=6.0, rate_hz=48_000)
    path = cut(whole, 0.6)
    with MediaReader(path) as reader:
        sound = np.concatenate(list(reader))
        assert reader.truncated
        assert "cut off" in reader.notices[0]
    assert len(sound) / RATE_HZ == pytest.approx(3.6, abs=1.2)
    assert pitch_hz(sound[4000:RATE_HZ]) == pytest.approx(440, abs=3)


def test_a_cut_video_is_flagged_too(tmp_path: Path) -> None:
    whole = encode(
        tmp_path / "a.mkv", "libopus", seconds=6.0, rate_hz=48_000, picture_s=6.0, delay_s=0.0
    )
    with MediaReader(whole) as reader:
        assert sum(map(len, reader)) / RATE_HZ == pytest.approx(6.0, abs=0.1)
        assert not reader.truncated
    with MediaReader(cut(whole, 0.6)) as reader:
        assert 1.0 < sum(map(len, reader)) / RATE_HZ < 5.0
        assert reader.truncated


def test_mp4_with_its_index_first_gives_what_is_there(tmp_path: Path) -> None:
    whole = encode(tmp_path / "a.m4a", "aac", seconds=6.0, options={"movflags": "faststart"})
    with MediaReader(cut(whole, 0.6)) as reader:
        assert 2.0 < sum(map(len, reader)) / RATE_HZ < 5.0
        assert reader.truncated


def test_damage_in_the_middle_costs_only_the_middle(tmp_path: Path) -> None:
    whole = encode(tmp_path / "a.flac", "flac", seconds=6.0)
    data = bytearray(whole.read_bytes())
    middle = len(data) // 2
    data[middle : middle + 3000] = random.Random(7).randbytes(3000)
    path = tmp_path / "damaged.flac"
    path.write_bytes(data)
    with MediaReader(path) as reader:
        sound = np.concatenate(list(reader))
        assert any("lacks" in n or "damaged" in n for n in reader.notices)
        assert not reader.truncated
    assert len(sound) / RATE_HZ == pytest.approx(6.0, abs=0.3)  # what follows keeps its time
    assert pitch_hz(sound[-2 * RATE_HZ :]) == pytest.approx(440, abs=3)


def test_stopping_early_closes_the_file(tmp_path: Path) -> None:
    path = encode(tmp_path / "a.flac", "flac")
    with MediaReader(path) as reader:
        assert len(next(iter(reader))) == RATE_HZ
    reader.close()


def test_sound_tracks_that_are_left_out_are_told(tmp_path: Path) -> None:
    """A recording of a meeting may have the microphone and the computer's sound apart."""
    path = tmp_path / "two.mkv"
    with av.open(str(path), "w") as container:
        tracks = [container.add_stream("pcm_s16le", rate=16_000, layout="mono") for _ in range(2)]
        for track in tracks:
            frame = av.AudioFrame.from_ndarray(np.zeros((1, 16_000), np.int16), "s16", "mono")
            frame.sample_rate = 16_000
            container.mux(track.encode(frame))
    with MediaReader(path) as reader:
        assert reader.info.sound_tracks == 2
        list(reader)
        (told,) = reader.notices
    assert told == "“two.mkv” has 2 sound tracks; only its main one was transcribed."
