"""Nothing leaves the machine, and nothing is written outside the data directory."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from speech.maker import SpeechMaker
from speech.streams import write_wav

TRACE = """
import socket, sys
def refuse(event, arguments):
    if event == "socket.connect" and arguments[0].family in (socket.AF_INET, socket.AF_INET6):
        raise SystemExit(f"a connection to {arguments[1]!r}")
sys.addaudithook(refuse)
from desktop.__main__ import main
sys.argv = ["malgeul", *sys.argv[1:]]
main()
"""


@pytest.mark.timeout(180)
def test_transcribing_connects_to_nothing_and_writes_only_its_own_files(
    tmp_path: Path, speech: SpeechMaker, whisper_fixture_path: Path
) -> None:
    home, data = tmp_path / "home", tmp_path / "data"
    home.mkdir()
    recording = tmp_path / "talk.wav"
    write_wav(recording, speech.sentence("en", 1).samples)
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("XDG_", "MALGEUL_"))}
    done = subprocess.run(
        [
            *(sys.executable, "-c", TRACE, "transcribe", str(recording)),
            *("--model", str(whisper_fixture_path), "--language", "en"),
        ],
        env={**kept, "HOME": str(home), "MALGEUL_HOME": str(data)},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip()
    assert [path for path in home.rglob("*") if path.is_file()] == []
