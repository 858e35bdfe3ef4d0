"""Media files made here with FFmpeg's own encoders, and what must hold of refused ones."""

from __future__ import annotations

import struct
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from numpy.typing import NDArray

from desktop.engine.audio.media import load_media, probe_media
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


def png() -> bytes:
    import zlib

    def chunk(kind: bytes, body: bytes) -> bytes:
        return (
            struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
        )

    head = struct.pack(">IIBBBBB", 1, 1, 8, 2, 0, 0, 0)
    body = zlib.compress(b"\x00\xff\x00\x00")
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", body) + chunk(b"IEND", b"")


def refused(path: Path, code: str) -> MediaError:
    with pytest.raises(MediaError) as caught:
        load_media(path)
    assert caught.value.code == code
    assert caught.value.hint
    with pytest.raises(MediaError):
        probe_media(path)
    return caught.value
