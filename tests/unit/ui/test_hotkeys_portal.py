"""Shortcuts through the portal's contract, on a real D-Bus daemon with a stand-in portal."""

from __future__ import annotations

import json
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from pytestqt.qtbot import QtBot

from desktop.ui.hotkeys import GlobalHotkeys, parse_chord
from desktop.ui.hotkeys.portal import PortalHotkeys, trigger

PROGRAM = Path(__file__).resolve().parents[2] / "fakes" / "shortcut_portal.py"
CHORDS = {"toggle_capture": "Ctrl+Alt+R", "grab_overlay": "Meta+Shift+PageUp"}


@pytest.fixture
def bus(tmp_path: Path) -> Iterator[str]:
    """The address of a message bus of our own."""
    program = shutil.which("dbus-daemon")
    if program is None:
        pytest.skip("dbus-daemon is not installed")
    config = tmp_path / "bus.conf"
    config.write_text(
        f"<busconfig><type>session</type><listen>unix:path={tmp_path}/bus</listen>"
        "<auth>EXTERNAL</auth><policy context='default'><allow send_destination='*'/>"
        "<allow receive_sender='*'/><allow own='*'/></policy></busconfig>"
    )
    with subprocess.Popen(
        [program, f"--config-file={config}", "--nofork", "--print-address=1"],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as daemon:
        assert daemon.stdout is not None
        address = daemon.stdout.readline().strip()
        assert address
        yield address
        daemon.terminate()


class Portal:
    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process

    def heard(self) -> dict[str, Any]:
        assert self._process.stdout is not None
        heard: dict[str, Any] = json.loads(self._process.stdout.readline())
        return heard

    def tell(self, command: str) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(command + "\n")
        self._process.stdin.flush()


@contextmanager
def portal(bus: str, *options: str) -> Iterator[Portal]:
    with subprocess.Popen(
        [sys.executable, str(PROGRAM), bus, *options],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        stand_in = Portal(process)
        assert stand_in.heard() == {"ready": True}
        yield stand_in
        assert process.stdin is not None
        process.stdin.close()
        assert process.wait(5) == 0


@pytest.fixture
def hotkeys(bus: str) -> Iterator[GlobalHotkeys]:
    service = GlobalHotkeys(PortalHotkeys(bus))
    yield service
    service.close()


def wait_bound(qtbot: QtBot, stand_in: Portal, hotkeys: GlobalHotkeys) -> dict[str, Any]:
    assert stand_in.heard() == {"call": "CreateSession"}
    qtbot.wait(150)  # our loop must run for the answer to be taken
    return stand_in.heard()


def test_binds_and_hears_presses(bus: str, hotkeys: GlobalHotkeys, qtbot: QtBot) -> None:
    with portal(bus) as stand_in:
        assert hotkeys.apply(CHORDS) == ()
        bound = wait_bound(qtbot, stand_in, hotkeys)
        assert bound["own"] is True
        assert bound["shortcuts"] == {
            "toggle_capture": {
                "description": "Start or stop captions",
                "preferred_trigger": "CTRL+ALT+r",
            },
            "grab_overlay": {
                "description": "Move captions",
                "preferred_trigger": "SHIFT+LOGO+Page_Up",
            },
        }
        with qtbot.waitSignal(hotkeys.activated) as signal:
            stand_in.tell("press toggle_capture")
        assert signal.args == ["toggle_capture"]


def test_binding_again_closes_the_session_before(
    bus: str, hotkeys: GlobalHotkeys, qtbot: QtBot
) -> None:
    with portal(bus) as stand_in:
        hotkeys.apply(CHORDS)
        wait_bound(qtbot, stand_in, hotkeys)
        hotkeys.apply({"toggle_overlay": "Ctrl+Alt+O"})
        assert stand_in.heard() == {"call": "Close"}
        assert list(wait_bound(qtbot, stand_in, hotkeys)["shortcuts"]) == ["toggle_overlay"]


def test_shortcut_left_out_is_a_problem(bus: str, hotkeys: GlobalHotkeys, qtbot: QtBot) -> None:
    with portal(bus, "--refuse", "grab_overlay") as stand_in:
        with qtbot.waitSignal(hotkeys.problem_found) as signal:
            hotkeys.apply(CHORDS)
        assert signal.args is not None
        assert signal.args[0].action == "grab_overlay"
        assert stand_in.heard()


def test_user_who_says_no_is_told_what_is_left(
    bus: str, hotkeys: GlobalHotkeys, qtbot: QtBot
) -> None:
    with portal(bus, "--cancel"), qtbot.waitSignals([hotkeys.problem_found] * 2):
        hotkeys.apply(CHORDS)


def test_no_portal_on_the_bus(hotkeys: GlobalHotkeys, qtbot: QtBot) -> None:
    with qtbot.waitSignals([hotkeys.problem_found] * 2):
        hotkeys.apply(CHORDS)


def test_a_bus_that_went_away_is_a_problem_and_no_crash(
    bus: str, hotkeys: GlobalHotkeys, qtbot: QtBot
) -> None:
    with portal(bus) as stand_in:
        hotkeys.apply(CHORDS)
        wait_bound(qtbot, stand_in, hotkeys)
    backend = hotkeys._backend
    assert isinstance(backend, PortalHotkeys)
    backend._connection.sock.shutdown(socket.SHUT_RDWR)
    problems = hotkeys.apply(CHORDS)
    assert {problem.action for problem in problems} == set(CHORDS)


def test_no_bus_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="session bus"):
        PortalHotkeys(f"unix:path={tmp_path}/none")


@pytest.mark.parametrize(
    ("chord", "text"), [("Ctrl+Alt+R", "CTRL+ALT+r"), ("F9", "F9"), ("Ctrl+,", "CTRL+comma")]
)
def test_trigger(chord: str, text: str) -> None:
    assert trigger(parse_chord(chord)) == text
