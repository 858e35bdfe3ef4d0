"""The caption overlay on a real X desktop: translucent, on top, click-through, movable."""

from __future__ import annotations

import json
import os
import select
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fixtures_display import Desktop, wait_until
from PySide6.QtGui import QColor, QImage

xcffib = pytest.importorskip("xcffib")
xproto = pytest.importorskip("xcffib.xproto")

PROGRAM = Path(__file__).with_name("overlay_program.py")
ROOT = Path(__file__).resolve().parents[2]
BRIGHT = QColor(250, 220, 40)
SAMPLE = "다음 분기 매출 목표를 다시 한번"


class Overlay:
    """The overlay program, steered over its standard input."""

    def __init__(self, x_desktop: Desktop, folder: Path, **settings: Any) -> None:
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

    def show_text(self, text: str = SAMPLE) -> dict[str, Any]:
        """Shows one committed line and waits until the fade is over."""
        self.do("clear")
        self.window = self.do("show")["window"]
        self.do("words", text=text)
        wait_until(lambda: self.do("state")["still"], "the captions to stand still")
        time.sleep(0.3)  # until the compositor has painted
        return self.do("state")

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


@pytest.fixture(scope="module")
def program(x_desktop: Desktop) -> Iterator[Overlay]:
    with tempfile.TemporaryDirectory() as folder:
        running = Overlay(x_desktop, Path(folder))
        try:
            yield running
        finally:
            running.stop()


@pytest.fixture
def overlay(program: Overlay, x_desktop: Desktop) -> Overlay:
    """A fresh overlay in the running program, the pointer out of its way."""
    x_desktop.run("xdotool", "mousemove", "5", "5")
    program.do("new", settings={"opacity": 0.6})
    program.hotkeys.clear()
    return program


@pytest.fixture
def below(x_desktop: Desktop) -> Iterator[Below]:
    window = Below(x_desktop, BRIGHT, (0, 0, *x_desktop.size))
    try:
        x_desktop.run(
            "wmctrl", "-i", "-r", hex(window.window), "-b", "add,maximized_vert,maximized_horz"
        )
        yield window
    finally:
        window.stop()


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


def test_what_is_below_shines_through(overlay: Overlay, below: Below, x_desktop: Desktop) -> None:
    overlay.show_text()
    # 60 % of #101418 over the bright window.
    mixed = [0.6 * a + 0.4 * b for a, b in zip((0x10, 0x14, 0x18), BRIGHT.getRgb(), strict=False)]

    def is_mixed() -> bool:
        spot = free_spot(real_box(x_desktop, overlay.window))
        seen = pixel(x_desktop.screenshot("translucent"), *spot)
        return all(abs(a - b) < 8 for a, b in zip(seen, mixed, strict=True))

    wait_until(is_mixed, f"the colour {mixed}")
    box = real_box(x_desktop, overlay.window)
    spot = free_spot(box)
    # The second row is not in use: there the panel is not drawn and nothing is dimmed.
    assert pixel(x_desktop.screenshot(), spot[0], box[1] + 4) == BRIGHT.getRgb()[:3]


def test_text_is_painted_bright(overlay: Overlay, below: Below, x_desktop: Desktop) -> None:
    x, y, width, height = overlay.show_text()["box"]
    image = QImage(str(x_desktop.screenshot("text"))).copy(x, y + height // 2, width, height // 2)
    white = sum(
        image.pixelColor(column, row).lightness() > 245
        for column in range(image.width())
        for row in range(image.height())
    )
    assert white > 500


def test_stays_above_a_maximised_window_that_is_raised(
    overlay: Overlay, below: Below, x_desktop: Desktop
) -> None:
    box = overlay.show_text()["box"]
    assert "_NET_WM_STATE_ABOVE" in properties(x_desktop, overlay.window, "_NET_WM_STATE")
    x_desktop.run("xdotool", "windowactivate", "--sync", str(below.window))
    x_desktop.run("xdotool", "windowraise", str(below.window))
    time.sleep(0.3)
    assert pixel(x_desktop.screenshot(), *free_spot(box)) != BRIGHT.getRgb()[:3]
    stacking = x_desktop.run("xprop", "-root", "_NET_CLIENT_LIST_STACKING")
    assert stacking.endswith(hex(overlay.window))


def test_is_on_all_workspaces_and_in_no_taskbar(
    overlay: Overlay, below: Below, x_desktop: Desktop
) -> None:
    overlay.show_text()
    states = properties(x_desktop, overlay.window, "_NET_WM_STATE")
    assert "_NET_WM_STATE_SKIP_TASKBAR" in states
    assert "_NET_WM_STATE_SKIP_PAGER" in states
    assert properties(x_desktop, overlay.window, "_NET_WM_DESKTOP").endswith("= 4294967295")
    overlay.do("hide")
    overlay.do("show")
    wait_until(
        lambda: "= 4294967295" in properties(x_desktop, overlay.window, "_NET_WM_DESKTOP"),
        "the overlay on all workspaces after it was hidden",
    )


def test_click_reaches_the_window_below(overlay: Overlay, below: Below, x_desktop: Desktop) -> None:
    box = overlay.show_text()["box"]
    x, y = box[0] + box[2] // 4, box[1] + box[3] - 20
    below.events(xproto.ButtonPressEvent)
    x_desktop.run("xdotool", "mousemove", str(x), str(y), "click", "1")
    clicks = wait_until(
        lambda: below.events(xproto.ButtonPressEvent), "the click on the window below"
    )
    assert (clicks[0].root_x, clicks[0].root_y) == (x, y)


def test_lets_one_look_beneath_it(overlay: Overlay, below: Below, x_desktop: Desktop) -> None:
    """While the pointer is on it, the overlay all but disappears; it comes back after."""
    x, y = free_spot(overlay.show_text()["box"])
    x_desktop.run("xdotool", "mousemove", str(x - 40), str(y))
    wait_until(lambda: pixel(x_desktop.screenshot(), x, y)[0] > 210, "the window below to show")
    x_desktop.run("xdotool", "mousemove", "5", "5")
    wait_until(lambda: pixel(x_desktop.screenshot(), x, y)[0] < 120, "the captions to come back")


def test_takes_no_focus(overlay: Overlay, below: Below, x_desktop: Desktop) -> None:
    before = x_desktop.run("xdotool", "getactivewindow")
    overlay.show_text()
    assert x_desktop.run("xdotool", "getactivewindow") == before == str(below.window)
    assert overlay.do("state")["active"] is False


def drag(x_desktop: Desktop, start: tuple[int, int], end: tuple[int, int]) -> None:
    x_desktop.run("xdotool", "mousemove", str(start[0]), str(start[1]), "mousedown", "1")
    for step in range(1, 5):
        x = start[0] + (end[0] - start[0]) * step // 4
        y = start[1] + (end[1] - start[1]) * step // 4
        x_desktop.run("xdotool", "mousemove", str(x), str(y), "sleep", "0.03")
    x_desktop.run("xdotool", "mouseup", "1")


def test_grab_moves_resizes_and_remembers(
    overlay: Overlay, below: Below, x_desktop: Desktop
) -> None:
    x, y, width, height = overlay.show_text()["box"]
    overlay.do("grab", on=True)
    wait_until(lambda: overlay.do("state")["active"], "the overlay to take the keyboard")
    x_desktop.screenshot("grabbed")
    drag(x_desktop, (x + 200, y + 60), (x + 140, y - 240))
    moved = wait_until(lambda: (s := overlay.do("state"))["saves"] and s, "the position to be kept")
    assert moved["box"] == [x - 60, y - 300, width, height]
    assert list(moved["settings"]["positions"].values()) == [moved["box"]]
    assert below.events(xproto.ButtonPressEvent) == []

    x, y = moved["box"][:2]
    drag(x_desktop, (x + width - 3, y + height // 2), (x + width - 203, y + height // 2))
    wait_until(lambda: overlay.do("state")["box"] == [x, y, width - 200, height], "the new width")
    drag(x_desktop, (x + 300, y + height - 3), (x + 300, y + height + 57))
    taller = overlay.do("state")
    assert taller["settings"]["font_size_pt"] > 28
    assert taller["box"][3] > height

    x_desktop.run("xdotool", "key", "Escape")
    wait_until(lambda: not overlay.do("state")["grabbed"], "Esc to end the grab")

    def click_arrives() -> bool:
        x_desktop.run("xdotool", "mousemove", str(x + 60), str(y + 60), "click", "1")
        return bool(below.events(xproto.ButtonPressEvent))

    wait_until(click_arrives, "clicks to pass through again")


def test_done_button_ends_the_grab(overlay: Overlay, below: Below, x_desktop: Desktop) -> None:
    x, y, width, _ = overlay.show_text()["box"]
    overlay.do("grab", on=True)
    time.sleep(0.2)
    x_desktop.run("xdotool", "mousemove", str(x + width - 35), str(y + 25), "click", "1")
    wait_until(lambda: not overlay.do("state")["grabbed"], "the button to end the grab")


def test_comes_back_where_it_was(x_desktop: Desktop, tmp_path: Path) -> None:
    """A second start finds the place again; one that is off the screen is pulled back."""
    first = Overlay(x_desktop, tmp_path)
    state = first.do("state")
    name = next(iter(state["screens"]))
    first.stop()
    key = f"{name}/{x_desktop.size[0]}x{x_desktop.size[1]}"
    width, height = state["box"][2:]
    again = Overlay(x_desktop, tmp_path, positions={key: [40, 30, width, height]})
    assert again.do("state")["box"] == [40, 30, width, height]
    again.stop()
    lost = Overlay(x_desktop, tmp_path, positions={key: [5000, -900, width, height]})
    assert lost.do("state")["box"] == [x_desktop.size[0] - width, 0, width, height]
    lost.stop()


def test_fades_after_silence(overlay: Overlay, below: Below, x_desktop: Desktop) -> None:
    spot = free_spot(overlay.show_text()["box"])
    assert pixel(x_desktop.screenshot(), *spot) != BRIGHT.getRgb()[:3]
    wait_until(
        lambda: pixel(x_desktop.screenshot(), *spot) == BRIGHT.getRgb()[:3], "the fade", 12.0
    )


def test_hotkey_works_while_another_window_has_the_focus(
    overlay: Overlay, below: Below, x_desktop: Desktop
) -> None:
    answer = overlay.do("hotkeys", chords={"toggle_capture": "Ctrl+Alt+R", "grab": "Ctrl+Alt+ㅎ"})
    assert answer == {"problems": {}}
    assert x_desktop.run("xdotool", "getactivewindow") == str(below.window)
    x_desktop.run("xdotool", "key", "ctrl+alt+r")
    wait_until(lambda: overlay.presses() == ["toggle_capture"], "the hotkey")
    x_desktop.run("xdotool", "key", "Num_Lock", "ctrl+alt+g", "Num_Lock")
    wait_until(lambda: overlay.presses() == ["toggle_capture", "grab"], "it with NumLock on")
    x_desktop.run("xdotool", "key", "r")
    time.sleep(0.1)
    assert len(overlay.presses()) == 2
    overlay.do("hotkeys", chords={"grab": "Ctrl+Alt+G"})
    x_desktop.run("xdotool", "key", "ctrl+alt+r", "ctrl+alt+g")
    wait_until(lambda: overlay.presses()[2:] == ["grab"], "only the chord that is left")


def test_held_hotkey_fires_once(overlay: Overlay, below: Below, x_desktop: Desktop) -> None:
    overlay.do("hotkeys", chords={"a": "Ctrl+Alt+R"})
    x_desktop.run("xdotool", "keydown", "ctrl", "keydown", "alt", "keydown", "r", "sleep", "1.2")
    x_desktop.run("xdotool", "keyup", "r", "keyup", "alt", "keyup", "ctrl")
    wait_until(overlay.presses, "the hotkey")
    time.sleep(0.2)
    assert overlay.presses() == ["a"]


def test_taken_hotkey_is_named(overlay: Overlay, x_desktop: Desktop, tmp_path: Path) -> None:
    overlay.do("hotkeys", chords={"a": "Ctrl+Alt+R"})
    other = Overlay(x_desktop, tmp_path)
    problems = other.do("hotkeys", chords={"b": "Ctrl+Alt+R", "c": "Ctrl+Alt+K"})["problems"]
    other.stop()
    assert list(problems) == ["b"]
    assert "Ctrl+Alt+R" in problems["b"]


def test_hotkey_survives_a_change_to_the_korean_layout(
    overlay: Overlay, below: Below, x_desktop: Desktop
) -> None:
    overlay.do("hotkeys", chords={"a": "Ctrl+Alt+R"})
    x_desktop.run("setxkbmap", "kr")
    try:
        time.sleep(0.3)
        x_desktop.run("xdotool", "key", "ctrl+alt+r")
        wait_until(lambda: overlay.presses() == ["a"], "the hotkey under the Korean layout")
    finally:
        x_desktop.run("setxkbmap", "us")
