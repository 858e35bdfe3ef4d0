"""Standard streams that lead nowhere, to a full disk, or to a reader that has gone."""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import re
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from fixtures_sound import SoundServer

from tests.speech import SpeechMaker, write_wav

pytestmark = pytest.mark.skipif(not os.path.exists("/dev/full"), reason="a file always full")
Program = Any
QUIET = ("models", "list", "--quiet")


def _shell(
    program: Program, redirection: str, *command: str | Path
) -> subprocess.CompletedProcess[str]:
    """``malgeul COMMAND REDIRECTION`` as a shell does it; a pipe's failure is the failure."""
    return subprocess.run(
        [
            *("bash", "-o", "pipefail", "-c", f'"$@" {redirection}', "-"),
            *(sys.executable, "-P", "-m", "desktop", *map(str, command)),
        ],
        cwd=program.folder,
        env=program.variables(),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        encoding="utf-8",
        timeout=90,
        check=False,
    )


def test_a_reader_that_has_enough_is_no_failure(program: Program) -> None:
    done = _shell(program, "| true", "models", "list")
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("redirection", [">&-", "2>&-", ">&- 2>&- <&-", "2>/dev/full"])
def test_closed_streams_are_no_failure(program: Program, redirection: str) -> None:
    done = _shell(program, redirection, *QUIET)
    assert (done.returncode, done.stderr) == (0, "")


def test_what_fails_without_a_place_to_say_it_still_has_its_code(program: Program) -> None:
    assert _shell(program, "2>&-", "transcribe", "nothing.wav").returncode == 3
    assert _shell(program, "2>/dev/full", "transcribe", "nothing.wav").returncode == 3


def test_a_full_disk_behind_stdout_is_said(program: Program) -> None:
    """faults: S40"""
    done = _shell(program, ">/dev/full", *QUIET)
    assert done.returncode == 6
    assert done.stderr.startswith("Error: The output cannot be written: No space left on device.")
    assert "Exception ignored" not in done.stderr


def _in_a_terminal(program: Program, command: tuple[Any, ...], stdout: Path | None) -> str:
    """What a terminal gets of a command; stdout goes there too, or into a file."""
    ours, theirs = os.openpty()
    with contextlib.ExitStack() as files:
        process = subprocess.Popen(
            [sys.executable, "-P", "-m", "desktop", *map(str, command)],
            cwd=program.folder,
            env=program.variables() | {"TERM": "xterm", "COLUMNS": "80"},
            stdin=subprocess.DEVNULL,
            stdout=theirs if stdout is None else files.enter_context(stdout.open("wb")),
            stderr=theirs,
        )
        os.close(theirs)
    killer = threading.Timer(60, process.kill)
    killer.start()
    drawn = b""
    with contextlib.suppress(OSError):  # EIO: the program has left the terminal
        while piece := os.read(ours, 1 << 16):
            drawn += piece
    os.close(ours)
    assert process.wait(60) == 0, drawn
    killer.cancel()
    return drawn.decode()


BAR = "\N{BOX DRAWINGS HEAVY HORIZONTAL}"


@pytest.mark.parametrize("way", [(), ("--events",)])
def test_lines_go_past_the_bar_to_where_stdout_leads(
    program: Program, spoken: Any, whisper_fixture_path: Path, tmp_path: Path, way: tuple[str, ...]
) -> None:
    talk = spoken("en", "we agreed on the budget")
    command = ("transcribe", talk, "-m", whisper_fixture_path, "-l", "en", "--live", *way)
    printed = tmp_path / "printed"
    drawn = _in_a_terminal(program, command, printed)
    assert BAR in drawn
    assert "budget" not in drawn
    lines = printed.read_text(encoding="utf-8").splitlines()
    assert any("budget" in line for line in lines)
    if way:
        assert {"SessionStarted", "SessionFinished"} <= {json.loads(line)["type"] for line in lines}


def test_lines_on_the_terminal_stand_alone_and_whole(
    program: Program, spoken: Any, whisper_fixture_path: Path
) -> None:
    talk = spoken("en", "we agreed on the budget")
    command = ("transcribe", talk, "-m", whisper_fixture_path, "-l", "en", "--live", "--events")
    drawn = _in_a_terminal(program, command, None)
    assert BAR in drawn
    events = [line[line.index("{") :] for line in drawn.splitlines() if '{"type"' in line]
    assert "SessionFinished" in {json.loads(line)["type"] for line in events}
    before = [line[: line.index("{")] for line in drawn.splitlines() if '{"type"' in line]
    assert all(not left.rpartition("\x1b[2K")[2] for left in before), "the bar was taken off"


def test_without_a_window_it_serves_though_its_address_finds_no_room(program: Program) -> None:
    """faults: S40 - the address is said on stderr, and Ctrl+C is the usual end."""
    with open("/dev/full", "w") as full:
        process = subprocess.Popen(
            [sys.executable, "-P", "-m", "desktop", "--headless"],
            cwd=program.folder,
            env=program.variables(),
            stdin=subprocess.DEVNULL,
            stdout=full,
            stderr=subprocess.PIPE,
            encoding="utf-8",
        )
    killer = threading.Timer(60, process.kill)
    killer.start()
    told = []
    try:
        assert process.stderr is not None
        for line in process.stderr:
            told.append(line)
            if "malgeul: ready at" in line:
                break
        found = re.search(r"http://127\.0\.0\.1:(\d+)(/\?token=\S+)", told[-1])
        assert found, told
        assert any("cannot be written: No space left on device" in line for line in told)
        client = http.client.HTTPConnection("127.0.0.1", int(found[1]), timeout=30)
        client.request("GET", found[2])
        assert client.getresponse().status == 303
        client.close()
        following = next(line for line in process.stderr if "the next browser opens" in line)
        assert "token=" in following
        process.send_signal(signal.SIGINT)
        rest = process.stderr.read()
        assert process.wait(60) == 0, rest
        assert "Traceback" not in rest
    finally:
        killer.cancel()
        process.kill()
        process.wait(10)
        process.stderr.close()


def test_the_window_stays_open_though_nobody_takes_what_it_says(program: Program) -> None:
    """faults: S40"""
    program.extra = {"QT_QPA_PLATFORM": "offscreen"}
    with open("/dev/full", "w") as full:
        process = subprocess.Popen(
            [sys.executable, "-P", "-m", "desktop"],
            cwd=program.folder,
            env=program.variables(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=full,
        )
    try:
        deadline_s = time.monotonic() + 60
        while not (program.home / "endpoints.json").exists() and process.poll() is None:
            assert time.monotonic() < deadline_s
            time.sleep(0.05)
        process.send_signal(signal.SIGTERM)
        assert process.wait(60) == 0
    finally:
        process.kill()
        process.wait(10)


def test_live_lines_that_find_no_room_are_kept_elsewhere(
    program: Program, spoken: Any, whisper_fixture_path: Path
) -> None:
    """faults: S40"""
    talk = spoken("en", "we agreed on the budget")
    command = ("transcribe", talk, "-m", whisper_fixture_path, "-l", "en", "--live")
    printed = _shell(program, "", *command).stdout
    done = _shell(program, ">/dev/full", *command)
    assert done.returncode == 6, done.stderr
    [kept] = (program.home / "exports").iterdir()
    assert str(kept) in done.stderr
    assert kept.read_text("utf-8").split("]")[-1].split() == printed.split("]")[-1].split()


@pytest.mark.parametrize(
    ("redirection", "code"),
    [("--events >/dev/full", 6), ("2>/dev/full", 0), (">&- 2>&-", 0)],
)
def test_a_recording_outlives_its_output(
    program: Program,
    sound_server: SoundServer,
    speech: SpeechMaker,
    redirection: str,
    code: int,
) -> None:
    """faults: S40 - what is said is worth more than what is printed."""
    program.extra = {"XDG_RUNTIME_DIR": str(sound_server.runtime)}
    sound_server.play("speaker", speech.stream("en", 30.0, seed=2).samples)
    done = _shell(program, redirection, "record", "--source", "system", "--seconds", "5")
    assert done.returncode == code, done.stderr
    assert "Traceback" not in done.stderr
    [session] = json.loads(program("sessions", "list", "--json").stdout)
    assert session["state"] == "finished"
    assert session["duration_s"] >= 4.5
    shown = json.loads(program("sessions", "show", "last", "--json").stdout)
    assert shown["segments"] or shown["suppressed"]


def test_files_are_written_though_nobody_reads_their_names(
    program: Program, whisper_fixture_path: Path, tmp_path: Path
) -> None:
    """A reader that has enough of the list has not had enough of the files."""
    files = [tmp_path / f"{number}.wav" for number in range(3)]
    for file in files:
        write_wav(file, np.zeros(16_000, dtype=np.float32))
    command = ("transcribe", *files, "-m", whisper_fixture_path, "-o", tmp_path / "out")
    done = _shell(program, "| true", *command)
    assert done.returncode == 0, done.stderr
    assert len(list((tmp_path / "out").iterdir())) == 3
