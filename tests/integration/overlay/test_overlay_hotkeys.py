"""Global hotkeys on a real X desktop."""

from __future__ import annotations

import time
from pathlib import Path

from fixtures_display import Desktop, wait_until
from overlay_desk import Below, Overlay


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
