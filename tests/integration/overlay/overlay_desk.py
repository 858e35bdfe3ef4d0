"""The overlay program, a window below it, and what the screen shows, for the tests beside this."""

from __future__ import annotations

import json
import os
import select
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from fixtures_display import Desktop, wait_until
from PySide6.QtGui import QColor, QImage

xcffib = pytest.importorskip("xcffib")
xproto = pytest.importorskip("xcffib.xproto")

PROGRAM = Path(__file__).with_name("overlay_program.py")
ROOT = Path(__file__).resolve().parents[3]
BRIGHT = QColor(250, 220, 40)
SAMPLE = "다음 분기 매출 목표를 다시 한번"


class Overlay:
    """The overlay program, steered over its standard input."""

    def __init__(self, x_desktop: Desktop, folder: Path, **settings: Any) -> None:
        self._desktop = x_desktop
        self.errors = folder / "overlay.err"
        env = x_desktop.env | {
            "PYTHONPATH": os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")]),
            "QT_QPA_PLATFORM": "xcb",
        }
        self._err = open(self.errors, "wb")  # noqa: SIM115 - closed by `_end`
        self.process = subprocess.Popen(
            [sys.executable, str(PROGRAM), json.dumps(settings)],
            env=env,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._err,
            bufsize=0,  # select() must see all there is
        )
        self.hotkeys: list[str] = []
        try:
            assert self._read(20.0) == {"ready": True}
        except BaseException:
            self._end()
            raise

    def _read(self, timeout_s: float = 10.0) -> dict[str, Any]:
        assert self.process.stdout is not None
        ready, _, _ = select.select([self.process.stdout], [], [], timeout_s)
        assert ready, f"no answer: {self.errors.read_text()}"
        line = self.process.stdout.readline()
        assert line, f"the program ended: {self.errors.read_text()}"
        answer: dict[str, Any] = json.loads(line)
        return answer

    def do(self, name: str, **arguments: Any) -> dict[str, Any]:
        assert self.process.stdin is not None
        self.process.stdin.write(json.dumps({"do": name, **arguments}).encode() + b"\n")
        self.process.stdin.flush()
        while True:
            answer = self._read()
            if "hotkey" not in answer:
                return answer
            self.hotkeys.append(answer["hotkey"])

    def presses(self) -> list[str]:
        self.do("state")
        return self.hotkeys

    def show_text(self, text: str = SAMPLE) -> list[int]:
        """Shows one committed line and waits until the fade is over; returns its real place."""
        self.do("clear")
        self.window = self.do("show")["window"]
        self.do("words", text=text)
        wait_until(lambda: self.do("state")["still"], "the captions to stand still")
        time.sleep(0.3)  # until the compositor has painted
        return real_box(self._desktop, self.window)

    def stop(self) -> None:
        assert self.process.stdin is not None
        self.process.stdin.close()
        try:
            assert self.process.wait(10) == 0, self.errors.read_text()
        finally:
            self._end()
        assert self.errors.read_text() == ""

    def _end(self) -> None:
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.kill()
        self.process.wait()
        self.process.stdin.close()
        self.process.stdout.close()
        self._err.close()


class Below:
    """A plain window of one colour that counts the clicks it gets."""

    def __init__(self, x_desktop: Desktop, colour: QColor, box: tuple[int, int, int, int]) -> None:
        self._connection = xcffib.connect(x_desktop.display)
        screen = self._connection.get_setup().roots[0]
        self.window = self._connection.generate_id()
        events = xproto.EventMask.ButtonPress | xproto.EventMask.KeyPress
        self._connection.core.CreateWindow(
            screen.root_depth,
            self.window,
            screen.root,
            *box,
            0,
            xproto.WindowClass.InputOutput,
            screen.root_visual,
            xproto.CW.BackPixel | xproto.CW.EventMask,
            [colour.rgb() & 0xFFFFFF, events],
        )
        self._connection.core.MapWindow(self.window)
        self._connection.flush()
        wait_until(self._viewable, "the window below")
        x_desktop.run("xdotool", "windowactivate", "--sync", str(self.window))
        time.sleep(0.2)

    def _viewable(self) -> bool:
        attributes = self._connection.core.GetWindowAttributes(self.window).reply()
        return bool(attributes.map_state == xproto.MapState.Viewable)

    def events(self, kind: type[Any]) -> list[Any]:
        self._connection.core.GetInputFocus().reply()
        found = []
        while (event := self._connection.poll_for_event()) is not None:
            if isinstance(event, kind):
                found.append(event)
        return found

    def stop(self) -> None:
        self._connection.disconnect()


def pixel(path: Path, x: int, y: int) -> tuple[int, int, int]:
    colour = QImage(str(path)).pixelColor(x, y)
    return (colour.red(), colour.green(), colour.blue())


def free_spot(box: list[int]) -> tuple[int, int]:
    """A point on the panel's bottom line, right of the text."""
    x, y, width, height = box
    return x + width - 12, y + height - 24


def real_box(x_desktop: Desktop, window: int) -> list[int]:
    """Where the X server has a window: Qt may not have heard of its first place yet."""
    told = x_desktop.run("xdotool", "getwindowgeometry", "--shell", str(window))
    values = dict(line.split("=") for line in told.split())
    return [int(values[name]) for name in ("X", "Y", "WIDTH", "HEIGHT")]


def properties(x_desktop: Desktop, window: int, name: str) -> str:
    return x_desktop.run("xprop", "-id", str(window), name)


def drag(x_desktop: Desktop, start: tuple[int, int], end: tuple[int, int]) -> None:
    x_desktop.run("xdotool", "mousemove", str(start[0]), str(start[1]), "mousedown", "1")
    for step in range(1, 5):
        x = start[0] + (end[0] - start[0]) * step // 4
        y = start[1] + (end[1] - start[1]) * step // 4
        x_desktop.run("xdotool", "mousemove", str(x), str(y), "sleep", "0.03")
    x_desktop.run("xdotool", "mouseup", "1")
