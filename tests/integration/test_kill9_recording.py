"""kill -9 while recording loses at most one second, and what is kept is what was said."""

from __future__ import annotations

import os
import random
import subprocess
import sys
import threading
import time
from pathlib import Path

import numpy as np
import pytest
from fixtures_sound import SoundServer

from desktop.engine.audio.spool import spool_path, to_pcm
from desktop.engine.audio.spool_reader import SpoolReader, recover
from desktop.events import Track

sys.path.insert(0, str(Path(__file__).parent))
from recording_program import signal

PROGRAM = Path(__file__).with_name("recording_program.py")
ROOT = Path(__file__).resolve().parents[2]
SECOND = 16_000


def record_and_kill(folder: Path, kind: str, after_s: float) -> int:
    """Returns how many samples the recording had said it had when it was killed."""
    child = subprocess.Popen(
        [sys.executable, str(PROGRAM), str(folder), kind],
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    captured = [0]
    going = threading.Event()

    def follow() -> None:
        assert child.stdout is not None
        for line in child.stdout:
            if line.endswith("\n"):
                captured[0] = int(line)
                if captured[0]:
                    going.set()

    follower = threading.Thread(target=follow)
    follower.start()
    try:
        assert going.wait(30.0), "the recording did not begin"
        time.sleep(after_s)
    finally:
        child.kill()
        child.wait()
        follower.join()
        assert child.stdout is not None
        child.stdout.close()
    return captured[0]


def check_round(folder: Path, after_s: float) -> int:
    """One round with a known signal; returns how many samples were lost."""
    captured = record_and_kill(folder, "file", after_s)
    outcome = recover(spool_path(folder, Track.FILE))
    assert not outcome.closed
    assert outcome.damaged_bytes == 0
    assert captured - outcome.samples <= SECOND
    with SpoolReader.open(spool_path(folder, Track.FILE)) as reader:
        expected = to_pcm(signal()[: outcome.samples]).astype(np.float32) / np.float32(32767)
        np.testing.assert_array_equal(reader.read(0, outcome.samples), expected)
    return max(0, captured - outcome.samples)


def test_a_killed_recording_loses_at_most_a_second(tmp_path: Path) -> None:
    rng = random.Random(1)
    for number in range(3):
        check_round(tmp_path / str(number), rng.uniform(0.05, 0.8))


def test_a_killed_recording_of_a_real_microphone(sound_server: SoundServer, tmp_path: Path) -> None:
    rng = np.random.default_rng(3)
    sound_server.play("micsink", (0.2 * rng.standard_normal(20 * SECOND)).astype(np.float32))
    captured = record_and_kill(tmp_path, "mic", 1.5)
    outcome = recover(spool_path(tmp_path, Track.MIC))
    assert captured > SECOND
    assert captured - outcome.samples <= SECOND
    with SpoolReader.open(spool_path(tmp_path, Track.MIC)) as reader:
        assert np.abs(reader.read(0, outcome.samples)[-SECOND // 2 :]).max() > 0.1


@pytest.mark.slow
@pytest.mark.timeout(1_200)
def test_two_hundred_kills(tmp_path: Path) -> None:
    rng = random.Random(2)
    lost = [check_round(tmp_path / str(number), rng.uniform(0.0, 1.5)) for number in range(200)]
    print(f"\nlost at most {max(lost) / SECOND:.3f} s, {np.mean(lost) / SECOND:.3f} s on average")
