"""Reading real media files made here with FFmpeg's own encoders."""

from __future__ import annotations

import os
import random
import struct
import subprocess
import sys
import wave
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from numpy.typing import NDArray

from desktop.engine.audio.media import MediaReader, load_media, probe_media
from desktop.errors import MediaError

Samples = NDArray[np.float32]

RATE_HZ = 16_000


def tone(seconds: float, rate_hz: int, *, hz: float = 440.0) -> Samples:
    times = np.arange(int(seconds * rate_hz)) / rate_hz
    return (0.5 * np.sin(2 * np.pi * hz * times)).astype(np.float32)


def encode(
    path: Path,
    codec: str,
    *,
    seconds: float = 3.0,
    rate_hz: int = 44_100,
    layout: str = "stereo",
    picture_s: float = 0.0,
    delay_s: float = 0.0,
    title: str = "",
    options: dict[str, str] | None = None,
) -> Path:
    """A file with a 440 Hz tone at half scale, with or without moving pictures."""
    with av.open(str(path), "w", container_options=options or {}) as container:
        if title:
            container.metadata["title"] = title
        sound = container.add_stream(codec, rate=rate_hz, layout=layout)
        if picture_s:
            add_pictures(container, picture_s)
        wave_form = tone(seconds, rate_hz)
        channels = av.AudioLayout(layout).nb_channels
        for start in range(0, len(wave_form), 1024):
            part = np.tile(wave_form[start : start + 1024], (channels, 1))
            frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(part), "fltp", layout)
            frame.sample_rate, frame.time_base = rate_hz, Fraction(1, rate_hz)
            frame.pts = start + int(delay_s * rate_hz)
            container.mux(sound.encode(frame))
        container.mux(sound.encode(None))
    return path


def add_pictures(container: av.container.OutputContainer, seconds: float) -> None:
    video = container.add_stream("mpeg4", rate=10)
    video.width = video.height = 64
    video.pix_fmt = "yuv420p"
    for index in range(int(seconds * 10)):
        picture = av.VideoFrame.from_ndarray(np.full((64, 64, 3), index, np.uint8), "rgb24")
        picture.pts, picture.time_base = index, Fraction(1, 10)
        container.mux(video.encode(picture))
    container.mux(video.encode(None))


def pitch_hz(sound: Samples) -> float:
    spectrum = np.abs(np.fft.rfft(sound * np.hanning(len(sound))))
    return float(np.argmax(spectrum)) * RATE_HZ / len(sound)


def cut(path: Path, share: float) -> Path:
    target = path.with_name(f"cut-{path.name}")
    target.write_bytes(path.read_bytes()[: int(path.stat().st_size * share)])
    return target


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
    picture = _png()
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


def _png() -> bytes:
    import zlib

    def chunk(kind: bytes, body: bytes) -> bytes:
        return (
            struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
        )

    head = struct.pack(">IIBBBBB", 1, 1, 8, 2, 0, 0, 0)
    body = zlib.compress(b"\x00\xff\x00\x00")
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", body) + chunk(b"IEND", b"")


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


def test_mp4_without_its_index_is_explained(tmp_path: Path) -> None:
    path = cut(encode(tmp_path / "a.m4a", "aac"), 0.6)
    with pytest.raises(MediaError, match="breaks off before its index"):
        probe_media(path)


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


def _refused(path: Path, code: str) -> MediaError:
    with pytest.raises(MediaError) as caught:
        load_media(path)
    assert caught.value.code == code
    assert caught.value.hint
    with pytest.raises(MediaError):
        probe_media(path)
    return caught.value


def test_missing_folder_empty(tmp_path: Path) -> None:
    _refused(tmp_path / "absent.wav", "media.missing")
    _refused(tmp_path / ("x" * 300), "media.missing")
    _refused(tmp_path, "media.folder")
    (tmp_path / "empty.mp3").touch()
    _refused(tmp_path / "empty.mp3", "media.empty")


@pytest.mark.skipif(os.name != "posix", reason="POSIX special files")
def test_pipes_and_devices_never_hang(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.wav")
    _refused(tmp_path / "pipe.wav", "media.special")
    _refused(Path("/dev/zero"), "media.special")
    _refused(Path("/dev/null"), "media.special")
    loop = tmp_path / "loop.wav"
    loop.symlink_to(loop)
    _refused(loop, "media.unreadable")


def test_permission_denied(tmp_path: Path) -> None:
    path = encode(tmp_path / "a.wav", "pcm_s16le", seconds=0.2)
    path.chmod(0)
    if os.access(path, os.R_OK):  # root reads everything: ask as somebody else
        tmp_path.chmod(0o755)
        code = (
            "import os, sys; from pathlib import Path\n"
            "import av, numpy\n"
            "from desktop.engine.audio.media import probe_media\n"
            "from desktop.errors import MediaError\n"
            "import desktop.engine.audio.media_container\n"
            "os.setuid(65534)\n"
            "try: probe_media(Path('a.wav'))\n"
            "except MediaError as error: print(error.code)"
        )
        descriptor = os.open(tmp_path, os.O_RDONLY)
        try:
            done = subprocess.run(
                [sys.executable, "-c", f"import os; os.fchdir({descriptor})\n{code}"],
                pass_fds=[descriptor], capture_output=True, text=True, check=False,
            )  # fmt: skip
        finally:
            os.close(descriptor)
        assert done.stdout.strip() == "media.permission", done.stderr
    else:
        _refused(path, "media.permission")


def test_files_that_are_no_media(tmp_path: Path) -> None:
    text = tmp_path / "notes.mp3"
    text.write_text("회의록\n" * 1000, encoding="utf-8")
    _refused(text, "media.damaged")
    (tmp_path / "zeros.wav").write_bytes(bytes(100_000))
    _refused(tmp_path / "zeros.wav", "media.damaged")
    noise = tmp_path / "noise.wav"
    noise.write_bytes(random.Random(1).randbytes(200_000))
    with pytest.raises(MediaError):
        load_media(noise)


def test_picture_and_silent_video(tmp_path: Path) -> None:
    picture = tmp_path / "a.png"
    picture.write_bytes(_png())
    _refused(picture, "media.no_sound")
    silent = tmp_path / "silent.mp4"
    with av.open(str(silent), "w") as container:
        add_pictures(container, 1.0)
    error = _refused(silent, "media.no_sound")
    assert "silent video" in error.message


def test_wav_without_samples(tmp_path: Path) -> None:
    path = tmp_path / "nothing.wav"
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(16_000)
    with pytest.raises(MediaError):
        load_media(path)


def test_playlists_reach_nothing(tmp_path: Path) -> None:
    target = encode(tmp_path / "real.ts", "aac", seconds=1.0)
    playlist = tmp_path / "list.m3u8"
    playlist.write_text(
        "#EXTM3U\n#EXT-X-TARGETDURATION:10\n#EXTINF:1.0,\n" + target.name + "\n#EXT-X-ENDLIST\n"
    )
    _refused(playlist, "media.playlist")
    concat = tmp_path / "list.ffconcat"
    concat.write_text(f"ffconcat version 1.0\nfile '{target.name}'\n")
    _refused(concat, "media.playlist")


def test_name_that_looks_like_a_url(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    path = encode(tmp_path / "plain.wav", "pcm_s16le", seconds=0.5)
    for name in ("http:x.wav", "concat:a.wav", "-i.wav", "회의 %d.wav"):
        path.rename(name)
        path = Path(name)
        assert len(load_media(path)) == pytest.approx(8000, abs=100)


def test_impossible_rate_is_refused(tmp_path: Path) -> None:
    data = bytearray(encode(tmp_path / "a.wav", "pcm_s16le", seconds=0.2).read_bytes())
    data[24:28] = struct.pack("<I", 1)  # 1 Hz: a small file would become hours
    path = tmp_path / "slow.wav"
    path.write_bytes(data)
    with pytest.raises(MediaError, match="sample rate"):
        load_media(path)


def test_mutated_files_end_in_sound_or_a_media_error(tmp_path: Path) -> None:
    rng = random.Random(3)
    wholes = [
        encode(tmp_path / "a.flac", "flac", seconds=0.5).read_bytes(),
        encode(tmp_path / "a.m4a", "aac", seconds=0.5).read_bytes(),
        encode(tmp_path / "a.ogg", "libopus", seconds=0.5, rate_hz=48_000).read_bytes(),
    ]
    path = tmp_path / "mutant"
    for turn in range(60):
        data = bytearray(wholes[turn % len(wholes)])
        for _ in range(rng.randint(1, 30)):
            data[rng.randrange(len(data))] = rng.randrange(256)
        path.write_bytes(data)
        try:
            with MediaReader(path) as reader:
                for block in reader:
                    assert np.isfinite(block).all()
                    if reader.delivered_s > 3600:
                        break
        except MediaError:
            pass


def test_stopping_early_closes_the_file(tmp_path: Path) -> None:
    path = encode(tmp_path / "a.flac", "flac")
    with MediaReader(path) as reader:
        assert len(next(iter(reader))) == RATE_HZ
    reader.close()
    # a leaked file would raise ResourceWarning, which fails the test
