"""The program as a person runs it: a real window, a real sound server, real captions."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from fixtures_display import Desktop, wait_until
from fixtures_sound import SoundServer
from speech.maker import SpeechMaker
from speech.score import error_rate

from desktop.app.window import EXIT_STORAGE
from desktop.engine.store.store import TranscriptStore
from desktop.records import SegmentRecord, SessionState

pytestmark = pytest.mark.timeout(180)
READY = b"malgeul: window ready"


@contextmanager
def running_window(
    desktop: Desktop, home: Path, settings: dict[str, object], *, ends_with: int = 0
) -> Iterator[subprocess.Popen[bytes]]:
    """The real program on the private display, ended by SIGTERM."""
    home.mkdir(parents=True, exist_ok=True)
    (home / "settings.json").write_text(json.dumps(settings), encoding="utf-8")
    environment = {
        **os.environ,
        **desktop.env,
        "MALGEUL_HOME": str(home),
        "OMP_NUM_THREADS": "1",
        "QT_QPA_PLATFORM": "xcb",
    }
    if "XDG_RUNTIME_DIR" in os.environ:
        environment["XDG_RUNTIME_DIR"] = os.environ["XDG_RUNTIME_DIR"]
    log = home / "stderr.txt"
    with log.open("wb") as errors:
        process = subprocess.Popen(
            [sys.executable, "-m", "desktop"], env=environment, stderr=errors
        )
        try:
            wait_until(
                lambda: READY in log.read_bytes() or process.poll() is not None,
                "a window",
                60,
            )
            assert process.poll() is None, log.read_text(errors="replace")
            yield process
        finally:
            if process.poll() is None:
                process.send_signal(signal.SIGTERM)
            code = process.wait(30)
    assert code == ends_with, log.read_text(errors="replace")


def press(desktop: Desktop, keys: str) -> None:
    """Types into the main window."""
    found = desktop.run(
        "xdotool", "search", "--sync", "--onlyvisible", "--name", "^(Malgeul|말글)$"
    )
    desktop.run("xdotool", "windowactivate", "--sync", found.split()[0])
    desktop.run("xdotool", "key", keys)


def start_recording(desktop: Desktop, sound_server: SoundServer, home: Path) -> Path:
    """Starts with the keyboard; returns the microphone's spool once sound comes."""
    press(desktop, "ctrl+r")
    spool = wait_until(lambda: list((home / "sessions").glob("*/mic.spool")), "a recording", 10)[0]
    wait_until(lambda: sound_server.pactl("list", "short", "source-outputs"), "capture", 10)
    return spool


def states(home: Path) -> list[SessionState]:
    """Of all sessions that are stored."""
    with TranscriptStore.open(home / "transcripts.db", read_only=True) as store:
        return [record.state for record in store.sessions()]


def stored(home: Path) -> list[SegmentRecord]:
    with TranscriptStore.open(home / "transcripts.db", read_only=True) as store:
        return [line for record in store.sessions() for line in store.segments(record.session_id)]


def said(home: Path, track: str) -> str:
    return " ".join(line.text for line in stored(home) if line.track == track)


def test_the_window_captions_what_plays_and_what_the_microphone_hears(
    x_desktop: Desktop,
    sound_server: SoundServer,
    speech: SpeechMaker,
    whisper_fixture_path: Path,
    home: Path,
) -> None:
    """Two tracks at once, each with its own words, stored when the program ends."""
    settings = {
        "recognition": {"model": str(whisper_fixture_path), "language": "ko"},
        "overlay": {"enabled": True},
        "interface": {"language": "ko"},
    }
    others = speech.stream("ko", 12.0, seed=4)
    mine = speech.stream("ko", 9.0, seed=9)
    with running_window(x_desktop, home, settings):
        start_recording(x_desktop, sound_server, home)
        sound_server.play("speaker", others.samples)
        sound_server.play("micsink", mine.samples)
        wait_until(
            lambda: (
                len(said(home, "system")) > 0.8 * len(others.text)
                and len(said(home, "mic")) > 0.8 * len(mine.text)
            ),
            "captions of both tracks",
            60,
        )
        press(x_desktop, "ctrl+r")
    assert error_rate(others.text, said(home, "system"), "ko") < 0.1
    assert error_rate(mine.text, said(home, "mic"), "ko") < 0.1
    assert states(home) == [SessionState.FINISHED]


def test_a_second_start_only_calls_the_first(
    x_desktop: Desktop, no_sound_server: Path, whisper_fixture_path: Path, home: Path
) -> None:
    """faults: P13"""
    settings = {"recognition": {"model": str(whisper_fixture_path)}}
    with running_window(x_desktop, home, settings) as first:
        second = subprocess.run(
            [sys.executable, "-m", "desktop"],
            env={**os.environ, **x_desktop.env, "MALGEUL_HOME": str(home)},
            capture_output=True,
            timeout=60,
            check=False,
        )
        assert second.returncode == 0
        assert first.poll() is None


def test_kill_while_recording_is_recovered(
    x_desktop: Desktop,
    sound_server: SoundServer,
    speech: SpeechMaker,
    whisper_fixture_path: Path,
    home: Path,
) -> None:
    """faults: A33, S39: kill -9, then the next start offers the recording and completes it."""
    settings = {"recognition": {"model": str(whisper_fixture_path), "language": "en"}}
    spoken = speech.stream("en", 8.0, seed=2)
    killed = -signal.SIGKILL
    with running_window(x_desktop, home, settings, ends_with=killed) as process:
        start_recording(x_desktop, sound_server, home)
        sound_server.play("speaker", spoken.samples)
        wait_until(lambda: len(said(home, "system")) > 20, "the first captions", 40)
        process.kill()
        process.wait(10)
    recovered = subprocess.run(
        [sys.executable, "-m", "desktop", "sessions", "recover", "last"],
        env={**os.environ, "MALGEUL_HOME": str(home)},
        capture_output=True,
        text=True,
        timeout=90,
        check=False,
    )
    assert recovered.returncode == 0, recovered.stderr
    assert states(home) == [SessionState.RECOVERED]
    heard = said(home, "system")
    beginning = spoken.text[: len(heard)]
    assert error_rate(beginning, heard, "en") < 0.35  # the cut may fall inside a sentence


@pytest.mark.parametrize("trouble", ["in its place", "no such name"])
def test_a_question_at_the_start_ends_with_the_desktop_session(
    x_desktop: Desktop, home: Path, trouble: str
) -> None:
    """SIGTERM, as at a logout, also ends what waits for an answer (faults: S45)."""
    home.mkdir(parents=True)
    if trouble == "in its place":
        data = home
        (data / "transcripts.db").mkdir()
    else:
        data = home / ("n" * 300)  # longer than any file system takes
    log = home / "stderr.txt"
    with log.open("wb") as errors:
        process = subprocess.Popen(
            [sys.executable, "-m", "desktop"],
            env={**os.environ, **x_desktop.env, "MALGEUL_HOME": str(data)},
            stderr=errors,
        )
    try:
        wait_until(lambda: b"Error:" in log.read_bytes(), "the question", 60)
        process.send_signal(signal.SIGTERM)
        assert process.wait(30) == EXIT_STORAGE, log.read_text(errors="replace")
    finally:
        process.kill()
        process.wait()


def asked(desktop: Desktop) -> bool:
    """Whether the question of who closes the window stands on the screen."""
    search = ("xdotool", "search", "--onlyvisible", "--name", "^(Quit Malgeul|말글 끝내기)$")
    found = subprocess.run(search, env=desktop.env, capture_output=True, check=False, timeout=20)
    return bool(found.stdout.strip())


def test_closing_does_not_end_a_recording_by_a_slip(
    x_desktop: Desktop,
    sound_server: SoundServer,
    speech: SpeechMaker,
    whisper_fixture_path: Path,
    home: Path,
) -> None:
    """Where no tray keeps the program, closing the window would; it asks first."""
    settings = {"recognition": {"model": str(whisper_fixture_path), "language": "ko"}}
    with running_window(x_desktop, home, settings) as process:
        spool = start_recording(x_desktop, sound_server, home)
        sound_server.play("micsink", speech.stream("ko", 4.0, seed=3).samples)
        wait_until(lambda: stored(home), "a caption", 60)
        press(x_desktop, "alt+F4")
        wait_until(lambda: asked(x_desktop), "a question")
        recorded = spool.stat().st_size
        wait_until(lambda: spool.stat().st_size > recorded, "the recording to go on")
        x_desktop.run("xdotool", "key", "Escape")
        wait_until(lambda: not asked(x_desktop), "the question to leave")
        assert process.poll() is None
        press(x_desktop, "alt+F4")
        wait_until(lambda: asked(x_desktop), "a question")
        x_desktop.run("xdotool", "key", "Tab", "Return")
        assert process.wait(30) == 0
    assert states(home) == [SessionState.FINISHED]
