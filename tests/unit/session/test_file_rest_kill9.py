"""kill -9 at every step of decoding a file anew: what a session had is there, and can be had."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from desktop.engine.audio.spool import SpoolWriter, spool_path
from desktop.engine.audio.spool_reader import SpoolReader
from desktop.events import SAMPLE_RATE_HZ, Track
from desktop.session.rest import NOTE, Origin, note_origin, take_over
from tests.speech import write_wav

pytestmark = pytest.mark.skipif(os.name != "posix", reason="kill -9")
HAD_S, WHOLE_S = 4, 12

_PROGRAM = """
import os, shutil, signal, sys
from pathlib import Path
from desktop.session import rest

folder, where = Path(sys.argv[1]), sys.argv[2]

def die(*_args, **_more):
    os.kill(os.getpid(), signal.SIGKILL)

def after(function):
    def run(*args, **more):
        function(*args, **more)
        die()
    return run

if where == "before the first word":
    rest.MediaReader.__iter__ = die
elif where == "before it takes the place":
    rest.os.replace = die
elif where == "after it took the place":
    rest.os.replace = after(os.replace)
elif where == "before it forgets the file":
    rest.forget_origin = die
rest.take_over(folder)
if where == "before it tidies up":
    rest.shutil.rmtree = die
job = rest.FileRest(rest.Origin.noted(folder), folder, print)
if where == "before it takes the place of less":
    job.read(2.0)
else:
    job.read(8.0)
if where in ("in the middle", "before it takes the place of less"):
    die()
while not job.ended:
    job.read(job.duration_s + 1.0)
if where == "after the last word":
    die()
assert job.close()
"""
WHERE = (
    "before the first word",
    "in the middle",
    "before it takes the place of less",
    "after the last word",
    "before it takes the place",
    "after it took the place",
    "before it tidies up",
    "before it forgets the file",
)


def run(folder: Path, where: str) -> int:
    return subprocess.run(
        [sys.executable, "-c", _PROGRAM, str(folder), where], timeout=120, check=False
    ).returncode


def sound_of(folder: Path) -> np.ndarray:
    with SpoolReader.open(spool_path(folder, Track.FILE)) as reader:
        return reader.read(0, reader.available())


@pytest.mark.parametrize("where", WHERE)
def test_nothing_is_lost_wherever_it_ends(tmp_path: Path, where: str) -> None:
    """faults: S39"""
    whole = np.random.default_rng(5).normal(0.0, 0.1, WHOLE_S * SAMPLE_RATE_HZ).astype(np.float32)
    media, folder = tmp_path / "talk.wav", tmp_path / "session"
    write_wav(media, whole)
    writer = SpoolWriter.create(folder, Track.FILE, wall_s=0.0)
    writer.append(whole[: HAD_S * SAMPLE_RATE_HZ])
    writer.close()
    had = sound_of(folder)
    note_origin(folder, media)
    for _ in range(2):  # twice at the same place
        run(folder, where)
        kept = sound_of(folder)
        assert len(kept) >= len(had)
        np.testing.assert_allclose(kept[: len(had)], had, atol=1e-3)
    if Origin.noted(folder) is None:
        take_over(folder)  # as recovery does before anything else
    else:
        assert run(folder, "") == 0
    kept = sound_of(folder)
    assert len(kept) == len(whole)
    np.testing.assert_allclose(kept, whole, atol=1e-3)
    assert not (folder / NOTE).exists()
    assert sorted(path.name for path in folder.iterdir()) == ["file.spool"]


def test_it_ends_where_the_test_says(tmp_path: Path) -> None:
    """Otherwise the test above would prove nothing."""
    media = tmp_path / "talk.wav"
    write_wav(media, np.zeros(SAMPLE_RATE_HZ * 10, np.float32))
    for number, where in enumerate(WHERE):
        folder = tmp_path / str(number)
        SpoolWriter.create(folder, Track.FILE, wall_s=0.0).close()
        note_origin(folder, media)
        assert run(folder, where) == -signal.SIGKILL, where


def test_a_longer_recording_is_never_replaced_by_a_shorter_one(tmp_path: Path) -> None:
    for folder, seconds in ((tmp_path, 3), (tmp_path / "rest", 2)):
        writer = SpoolWriter.create(folder, Track.FILE, wall_s=0.0)
        writer.append(np.full(seconds * SAMPLE_RATE_HZ, 0.1, np.float32))
        writer.close()
    take_over(tmp_path)
    assert len(sound_of(tmp_path)) == 3 * SAMPLE_RATE_HZ
    assert not (tmp_path / "rest").exists()
