"""`malgeul transcribe` ended by a signal, or left by whoever read its output."""

from __future__ import annotations

import json
import signal
from pathlib import Path
from typing import Any

import pytest

from tests.speech import SpeechMaker, write_wav

pytestmark = pytest.mark.usefixtures("no_calibration")
Program = Any


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_it_cleanly_and_writes_what_was_heard(
    program: Program, speech: SpeechMaker, whisper_fixture_path: Path, tmp_path: Path, number: int
) -> None:
    path = tmp_path / "long.wav"
    write_wav(path, speech.stream("en", 30.0).samples)
    process = program.start(
        *("transcribe", path, "-m", whisper_fixture_path, "-l", "en"),
        *("--live", "--realtime", "--events", "--output", tmp_path / "out"),
    )
    assert process.stdout is not None
    for line in process.stdout:
        if json.loads(line)["type"] == "SegmentCommitted":
            break
    process.send_signal(number)
    _, err = process.communicate(timeout=30)
    assert process.returncode == 130
    assert "Traceback" not in err
    assert (tmp_path / "out" / "long.txt").read_text(encoding="utf-8").strip()
    assert "long.wav: only the first 0:" in err  # nobody takes it for all that was said
    assert "100%" not in err


def test_a_signal_before_anything_was_heard_replaces_no_file(
    program: Program, english: tuple[Path, str], whisper_fixture_path: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "out"
    folder.mkdir()
    (folder / "talk.txt").write_text("of an earlier run", encoding="utf-8")
    process = program.start(
        *("transcribe", english[0], "-m", whisper_fixture_path, "-l", "en", "-o", folder)
    )
    assert process.stderr is not None
    assert "model" in process.stderr.readline()
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=30)
    assert process.returncode == 130, err
    assert (folder / "talk.txt").read_text(encoding="utf-8") == "of an earlier run"


def test_a_signal_while_it_starts_is_130(program: Program, english: tuple[Path, str]) -> None:
    process = program.start("transcribe", english[0], english[0], english[0])
    assert process.stderr is not None
    assert "model" in process.stderr.readline()  # it runs, and is far from done
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=30)
    assert process.returncode == 130
    assert "Traceback" not in err


def test_a_reader_that_goes_away_is_no_error(
    program: Program, english: tuple[Path, str], whisper_fixture_path: Path
) -> None:
    process = program.start(
        "transcribe", english[0], "-m", whisper_fixture_path, "-l", "en", "--live", "--events"
    )
    assert process.stdout is not None
    process.stdout.readline()
    process.stdout.close()
    process.stdout = None
    _, err = process.communicate(timeout=60)
    assert process.returncode == 0, err
    assert "Traceback" not in err
    assert "BrokenPipe" not in err
    assert "Exception ignored" not in err
