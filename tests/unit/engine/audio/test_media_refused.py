"""Files that are no media, or none that may be read: each is refused with its reason."""

from __future__ import annotations

import os
import random
import struct
import subprocess
import sys
import wave
from pathlib import Path

import av
import numpy as np
import pytest
from media_files import add_pictures, cut, encode, png, refused

from desktop.engine.audio.media import MediaReader, load_media, probe_media
from desktop.errors import MediaError


def test_mp4_without_its_index_is_explained(tmp_path: Path) -> None:
    path = cut(encode(tmp_path / "a.m4a", "aac"), 0.6)
    with pytest.raises(MediaError, match="breaks off before its index"):
        probe_media(path)


def test_missing_folder_empty(tmp_path: Path) -> None:
    refused(tmp_path / "absent.wav", "media.missing")
    refused(tmp_path / ("x" * 300), "media.missing")
    refused(tmp_path, "media.folder")
    (tmp_path / "empty.mp3").touch()
    refused(tmp_path / "empty.mp3", "media.empty")


@pytest.mark.skipif(os.name != "posix", reason="POSIX special files")
def test_pipes_and_devices_never_hang(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.wav")
    refused(tmp_path / "pipe.wav", "media.special")
    refused(Path("/dev/zero"), "media.special")
    refused(Path("/dev/null"), "media.special")
    loop = tmp_path / "loop.wav"
    loop.symlink_to(loop)
    refused(loop, "media.unreadable")


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
        refused(path, "media.permission")


def test_files_that_are_no_media(tmp_path: Path) -> None:
    text = tmp_path / "notes.mp3"
    text.write_text("회의록\n" * 1000, encoding="utf-8")
    refused(text, "media.damaged")
    (tmp_path / "zeros.wav").write_bytes(bytes(100_000))
    refused(tmp_path / "zeros.wav", "media.damaged")
    noise = tmp_path / "noise.wav"
    noise.write_bytes(random.Random(1).randbytes(200_000))
    with pytest.raises(MediaError):
        load_media(noise)


def test_picture_and_silent_video(tmp_path: Path) -> None:
    picture = tmp_path / "a.png"
    picture.write_bytes(png())
    refused(picture, "media.no_sound")
    silent = tmp_path / "silent.mp4"
    with av.open(str(silent), "w") as container:
        add_pictures(container, 1.0)
    error = refused(silent, "media.no_sound")
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
    refused(playlist, "media.playlist")
    concat = tmp_path / "list.ffconcat"
    concat.write_text(f"ffconcat version 1.0\nfile '{target.name}'\n")
    refused(concat, "media.playlist")


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
