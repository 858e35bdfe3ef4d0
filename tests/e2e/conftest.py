"""The real program as a child process, with a data directory and an environment of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.speech import SpeechMaker, write_wav

TIMEOUT_S = 90.0
Finished = subprocess.CompletedProcess[str]


class Program:
    """Starts `python -m desktop ...` as a user's shell would."""

    def __init__(self, home: Path, folder: Path) -> None:
        self.home = home
        self.folder = folder
        self.extra: dict[str, str] = {}
        self.running: list[subprocess.Popen[str]] = []

    def variables(self) -> dict[str, str]:
        """No display, no sound server, one thread."""
        kept = {k: v for k, v in os.environ.items() if not k.startswith(("PULSE_", "WAYLAND_"))}
        kept.pop("DISPLAY", None)
        kept.pop("QT_QPA_PLATFORM", None)
        return {
            **kept,
            "MALGEUL_HOME": str(self.home),
            "XDG_RUNTIME_DIR": str(self.folder),
            "PYTHONWARNINGS": "default",
            **self.extra,
        }

    def start(self, *arguments: str | Path) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            [sys.executable, "-P", "-m", "desktop", *map(str, arguments)],
            cwd=self.folder,
            env=self.variables(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            encoding="utf-8",
        )
        self.running.append(process)
        return process

    def __call__(self, *arguments: str | Path) -> Finished:
        process = self.start(*arguments)
        out, err = process.communicate(timeout=TIMEOUT_S)
        assert "Traceback" not in err, err
        assert "ResourceWarning" not in err, err
        return subprocess.CompletedProcess(process.args, process.returncode, out, err)


@pytest.fixture
def program(home: Path, tmp_path: Path) -> Iterator[Program]:
    """`program("transcribe", file)` runs to the end; `program.start(...)` does not wait."""
    folder = tmp_path / "work"
    folder.mkdir()
    program = Program(home, folder)
    yield program
    for process in program.running:
        if process.poll() is None:
            process.kill()
        process.communicate(timeout=10)


@pytest.fixture
def spoken(speech: SpeechMaker, tmp_path: Path) -> Callable[[str, str], Path]:
    """`spoken("en", "We agreed.")` gives a WAV file in which that is said."""

    def make(language: str, text: str) -> Path:
        path = tmp_path / f"{language}-{len(list(tmp_path.glob('*.wav')))}.wav"
        write_wav(path, speech.say(text, language).samples)
        return path

    return make


@pytest.fixture
def english(speech: SpeechMaker, tmp_path: Path) -> tuple[Path, str]:
    """A WAV file with an English sentence, and what it says."""
    made = speech.sentence("en", 1)
    path = tmp_path / "talk.wav"
    write_wav(path, made.samples)
    return path, made.text


@pytest.fixture
def no_calibration(home: Path) -> None:
    """Each test has a new data directory: trying out the model each time would take seconds."""
    home.mkdir(parents=True)
    settings = {"recognition": {"short_windows": "off"}}
    (home / "settings.json").write_text(json.dumps(settings), encoding="utf-8")
