"""`malgeul record` and `malgeul sessions recover` on a private sound server."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from fixtures_sound import SoundServer

from tests.speech import SpeechMaker, error_rate

Program = Any
PLAYED_S = 6.0


@pytest.fixture
def recorder(
    program: Program, sound_server: SoundServer, whisper_fixture_path: Path, home: Path
) -> Program:
    """A program that finds the sound server and uses the fixture model."""
    program.extra = {"XDG_RUNTIME_DIR": str(sound_server.runtime)}
    home.mkdir(parents=True)
    settings = {
        "recognition": {
            "model": str(whisper_fixture_path),
            "language": "en",
            "threads": 1,
            "short_windows": "off",
        },
        "interface": {"language": "en"},
    }
    (home / "settings.json").write_text(json.dumps(settings), encoding="utf-8")
    return program


def _wait_for(process: subprocess.Popen[str], kind: str) -> dict[str, Any]:
    """The next event of a kind that the program prints."""
    assert process.stdout is not None
    for line in process.stdout:
        event: dict[str, Any] = json.loads(line)
        if event["type"] == kind:
            return event
    raise AssertionError(f"no {kind} came")


def test_what_plays_is_captioned_and_kept(
    recorder: Program, sound_server: SoundServer, speech: SpeechMaker
) -> None:
    made = speech.stream("en", PLAYED_S, seed=2)
    process = recorder.start("record", "--source", "system", "--seconds", "9", "--events")
    _wait_for(process, "SourceChanged")
    sound_server.play("speaker", made.samples)
    out, err = process.communicate(timeout=60)
    assert process.returncode == 0, err
    kinds = {json.loads(line)["type"] for line in out.splitlines()}
    assert {"HypothesisUpdated", "SegmentCommitted", "LedgerUpdated", "SessionFinished"} <= kinds
    (session,) = json.loads(recorder("sessions", "list", "--json").stdout)
    assert session["state"] == "finished"
    assert session["has_audio"]
    shown = json.loads(recorder("sessions", "show", "last", "--json").stdout)
    heard = " ".join(line["text"] for line in shown["segments"])
    assert error_rate(made.text_between(0.5, PLAYED_S - 0.5), heard, "en") <= 0.5
    assert "Saved" in err


def test_ctrl_c_is_the_usual_end(recorder: Program, sound_server: SoundServer) -> None:
    """Without --seconds it is how a recording ends: nothing was interrupted."""
    process = recorder.start("record", "--source", "both", "--events")
    _wait_for(process, "LedgerUpdated")
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=30)
    assert process.returncode == 0, err
    assert "Traceback" not in err
    (session,) = json.loads(recorder("sessions", "list", "--json").stdout)
    assert session["state"] == "finished"
    assert [track["track"] for track in session["tracks"]] == ["mic", "system"]


def test_a_closed_terminal_ends_it_in_order(recorder: Program, sound_server: SoundServer) -> None:
    """The kernel and the shell may both tell of it."""
    process = recorder.start("record", "--source", "mic", "--events")
    _wait_for(process, "LedgerUpdated")
    process.send_signal(signal.SIGHUP)
    process.send_signal(signal.SIGHUP)
    _, err = process.communicate(timeout=30)
    assert process.returncode == 0, err
    (session,) = json.loads(recorder("sessions", "list", "--json").stdout)
    assert session["state"] == "finished"


def test_a_microphone_that_goes_and_comes_back_is_told_once_each(
    recorder: Program, sound_server: SoundServer
) -> None:
    """faults: A22"""
    [number] = [
        line.split()[0]
        for line in sound_server.pactl("list", "short", "modules").splitlines()
        if "remap" in line
    ]
    process = recorder.start("record", "--source", "mic", "--device", "mic", "--events")
    _wait_for(process, "LedgerUpdated")
    sound_server.pactl("unload-module", number)
    while _wait_for(process, "SourceChanged")["state"] != "lost":
        pass
    sound_server.pactl(
        "load-module", "module-remap-source", "source_name=mic", "master=micsink.monitor"
    )
    while _wait_for(process, "SourceChanged")["state"] != "live":
        pass
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=30)
    assert process.returncode == 0, err
    assert err.count("lost") == 1, err
    assert "The sound of mic is back: mic" in err
    shown = json.loads(recorder("sessions", "show", "last", "--json").stdout)
    assert [gap["cause"] for gap in shown["gaps"]] == ["unplugged"]


def test_after_a_kill_everything_comes_back(
    recorder: Program, sound_server: SoundServer, speech: SpeechMaker
) -> None:
    """faults: S39, A33 - the sound on disk is transcribed to its end."""
    made = speech.stream("en", PLAYED_S, seed=3)
    process = recorder.start("record", "--source", "system", "--events")
    _wait_for(process, "SourceChanged")
    sound_server.play("speaker", made.samples)
    _wait_for(process, "SegmentCommitted")
    process.kill()
    process.communicate(timeout=10)
    (before,) = json.loads(recorder("sessions", "list", "--json").stdout)
    assert before["state"] == "recording"
    findings = json.loads(recorder("doctor", "--json").stdout)["findings"]
    (database,) = [finding for finding in findings if finding["name"] == "database"]
    assert "sessions recover" in database["fix"]
    done = recorder("sessions", "recover")
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == before["session_id"]
    (after,) = json.loads(recorder("sessions", "list", "--json").stdout)
    assert after["state"] == "recovered"
    assert after["segment_count"] >= before["segment_count"]
    assert "No session was interrupted" in recorder("sessions", "recover").stderr


def test_a_device_by_name(recorder: Program, sound_server: SoundServer) -> None:
    sound_server.add_sink("headset")
    names = [d["name"] for d in json.loads(recorder("devices", "--json").stdout)]
    assert "headset.monitor" in names
    done = recorder(
        "record", "--source", "system", "--device", "headset.monitor", "--seconds", "1.5"
    )
    assert done.returncode == 0, done.stderr
    shown = json.loads(recorder("sessions", "show", "last", "--json").stdout)
    assert "headset" in shown["tracks"][0]["device"]


def test_sound_that_the_disk_does_not_take_is_6(
    recorder: Program, sound_server: SoundServer
) -> None:
    """faults: S40 - what is lost is said, and a script knows of it."""
    bounded = 'ulimit -f 250; exec "$@"'  # kB: eight seconds of sound
    done = subprocess.run(
        [
            *("bash", "-c", bounded, "-", sys.executable, "-P", "-m", "desktop"),
            *("record", "--source", "system", "--seconds", "11"),
        ],
        cwd=recorder.folder,
        env=recorder.variables(),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        encoding="utf-8",
        timeout=60,
        check=False,
    )
    assert "of the recording are not kept" in done.stderr
    assert done.returncode == 6, done.stderr


def test_a_data_directory_that_cannot_be_written_is_6(recorder: Program, tmp_path: Path) -> None:
    """faults: S43 - refused before anything is said, naming the path."""
    (tmp_path / "a file").write_text("", encoding="utf-8")
    recorder.home = tmp_path / "a file" / "home"
    done = recorder("record", "--source", "mic", "--seconds", "1")
    assert done.returncode == 6
    assert str(recorder.home) in done.stderr
