"""The overlay is moved, resized and found again on a real X desktop."""

from __future__ import annotations

import time
from pathlib import Path

from fixtures_display import Desktop, wait_until
from overlay_desk import Below, Overlay, drag, xproto


def test_grab_moves_resizes_and_remembers(
    overlay: Overlay, below: Below, x_desktop: Desktop
) -> None:
    x, y, width, height = overlay.show_text()
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
    x, y, width, _ = overlay.show_text()
    overlay.do("grab", on=True)
    time.sleep(0.2)
    x_desktop.run("xdotool", "mousemove", str(x + width - 35), str(y + 25), "click", "1")
    wait_until(lambda: not overlay.do("state")["grabbed"], "the button to end the grab")


def test_the_keyboard_goes_back_to_whom_it_was_taken_from(
    overlay: Overlay, below: Below, x_desktop: Desktop
) -> None:
    overlay.show_text()
    overlay.do("grab", on=True)
    wait_until(lambda: overlay.do("state")["active"], "the overlay to take the keyboard")
    below.events(xproto.KeyPressEvent)
    x_desktop.run("xdotool", "key", "Escape")
    wait_until(lambda: not overlay.do("state")["grabbed"], "Esc to end the grab")
    wait_until(lambda: not overlay.do("state")["active"], "the overlay to let the keyboard go")
    assert x_desktop.run("xdotool", "getactivewindow") == str(below.window)
    x_desktop.run("xdotool", "key", "a")
    wait_until(lambda: below.events(xproto.KeyPressEvent), "a key to arrive below")


def test_esc_in_the_middle_of_a_drag_keeps_the_place(
    overlay: Overlay, below: Below, x_desktop: Desktop
) -> None:
    x, y, *_ = overlay.show_text()
    overlay.do("grab", on=True)
    wait_until(lambda: overlay.do("state")["active"], "the overlay to take the keyboard")
    x_desktop.run("xdotool", "mousemove", str(x + 200), str(y + 60), "mousedown", "1")
    x_desktop.run("xdotool", "mousemove", str(x + 150), str(y - 40))
    moved = wait_until(
        lambda: (s := overlay.do("state"))["box"][:2] == [x - 50, y - 100] and s, "the move"
    )
    x_desktop.run("xdotool", "key", "Escape", "mouseup", "1")
    kept = wait_until(lambda: (s := overlay.do("state"))["saves"] and s, "the place to be kept")
    assert list(kept["settings"]["positions"].values()) == [moved["box"]]


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
