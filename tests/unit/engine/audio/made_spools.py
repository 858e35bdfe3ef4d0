"""Spools that tests write: sound, a recording that ended in a crash, a full disk."""

from __future__ import annotations

import resource
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np

from desktop.engine.audio.spool import SpoolWriter, spool_path, to_pcm
from desktop.engine.audio.spool_format import FrameKind, pack_file_header, pack_frame
from desktop.events import Track


def noise(count: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).uniform(-0.9, 0.9, count).astype(np.float32)


def heard(samples: np.ndarray) -> np.ndarray:
    """What a reader gives back for `samples`: they went through 16 bits."""
    return to_pcm(samples).astype(np.float32) / np.float32(32767)


def make(directory: Path, **options: object) -> SpoolWriter:
    return SpoolWriter.create(directory, Track.MIC, wall_s=1700.0, **options)  # type: ignore[arg-type]


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


@contextmanager
def file_size_limit(limit: int) -> Iterator[None]:
    """The kernel refuses to let files grow beyond `limit`, as a full disk would."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
