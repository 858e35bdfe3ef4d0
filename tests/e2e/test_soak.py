"""The real window under a random hand: nothing crashes, nothing is thrown, nothing warns."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from fixtures_display import Desktop
from fixtures_sound import SoundServer
from speech.maker import SpeechMaker

from tests.speech import write_wav

DRIVER = Path(__file__).with_name("soak_driver.py")
MINUTES = float(os.environ.get("MALGEUL_SOAK_MINUTES", "3"))
SEEDS = [int(seed) for seed in os.environ.get("MALGEUL_SOAK_SEEDS", "1 2").split()]
SOUND_EVERY_S = 20.0

pytestmark = [pytest.mark.slow, pytest.mark.timeout(round(60 * MINUTES) + 300)]


def dropped_files(folder: Path, speech: SpeechMaker) -> list[Path]:
    """Speech, texts, and a file that is none of what its name says."""
    folder.mkdir()
    files = []
    for number in range(6):
        language = "ko" if number % 2 else "en"
        spoken = speech.stream(language, 6.0 + number, seed=number)
        files.append(folder / f"talk-{number}.wav")
        write_wav(files[-1], spoken.samples)
    for number in range(4):
        files.append(folder / f"note-{number}.txt")
        text = "회의 예산은 3천만 원입니다. GPU server budget.\n" * (number + 1)
        files[-1].write_text(text, encoding="utf-8")
    files.append(folder / "broken.mp3")
    files[-1].write_bytes(random.Random(1).randbytes(3_000))
    return files


@pytest.fixture
def environment(x_desktop: Desktop, whisper_fixture_path: Path, home: Path) -> dict[str, str]:
    """Of a program whose settings are in place; its allocator checks every block it frees."""
    settings = {
        "recognition": {"model": str(whisper_fixture_path), "language": "ko", "threads": 1},
        "overlay": {"enabled": True},
        "interface": {"language": "ko"},
    }
    home.mkdir(parents=True, exist_ok=True)
    (home / "settings.json").write_text(json.dumps(settings), encoding="utf-8")
    return {
        **os.environ,
        **x_desktop.env,
        "MALGEUL_HOME": str(home),
        "OMP_NUM_THREADS": "1",
        "QT_QPA_PLATFORM": "xcb",
        "PYTHONMALLOC": "debug",
    }


@pytest.mark.parametrize("seed", SEEDS)
def test_a_random_hand_breaks_nothing(
    seed: int,
    environment: dict[str, str],
    sound_server: SoundServer,
    speech: SpeechMaker,
    tmp_path: Path,
) -> None:
    """Captions run on real sound meanwhile."""
    report, errors = tmp_path / "report.txt", tmp_path / "stderr.txt"
    files = dropped_files(tmp_path / "dropped", speech)
    environment |= {"XDG_RUNTIME_DIR": os.environ["XDG_RUNTIME_DIR"]}  # of the sound server
    arguments = [str(MINUTES), str(seed), str(report), *map(str, files)]
    with errors.open("wb") as log:
        child = subprocess.Popen(
            [sys.executable, "-P", str(DRIVER), *arguments], env=environment, stderr=log
        )
    try:
        _speak_while_it_runs(child, sound_server, speech, random.Random(seed))
    finally:
        if child.poll() is None:
            child.send_signal(signal.SIGKILL)
            child.wait(30)
    told = report.read_text(encoding="utf-8") if report.exists() else "it never started"
    stacks = report.with_suffix(".stacks")
    crashed = stacks.read_text() if stacks.exists() else ""
    assert (child.returncode, told, crashed) == (0, "", ""), errors.read_text(errors="replace")


def _speak_while_it_runs(
    child: subprocess.Popen[bytes], server: SoundServer, speech: SpeechMaker, rng: random.Random
) -> None:
    streams = [speech.stream("ko", 15.0, seed=50 + number).samples for number in range(4)]
    deadline = time.monotonic() + 60 * MINUTES + 120
    spoken_at = -SOUND_EVERY_S
    while child.poll() is None and time.monotonic() < deadline:
        if time.monotonic() - spoken_at > SOUND_EVERY_S:
            spoken_at = time.monotonic()
            server.silence()
            server.play("speaker", rng.choice(streams))
            server.play("micsink", rng.choice(streams))
        time.sleep(0.5)
    server.silence()
