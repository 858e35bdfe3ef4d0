"""How the overlay looks and stays on a real X desktop: translucent, on top, click-through."""

from __future__ import annotations

import time

from fixtures_display import Desktop, wait_until
from overlay_desk import BRIGHT, Below, Overlay, free_spot, pixel, properties, real_box, xproto
from PySide6.QtGui import QImage


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
    x, y, width, height = overlay.show_text()
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
    box = overlay.show_text()
    assert "_NET_WM_STATE_ABOVE" in properties(x_desktop, overlay.window, "_NET_WM_STATE")
    x_desktop.run("xdotool", "windowactivate", "--sync", str(below.window))
    x_desktop.run("xdotool", "windowraise", str(below.window))
    time.sleep(0.3)
    assert pixel(x_desktop.screenshot(), *free_spot(box)) != BRIGHT.getRgb()[:3]
    stacking = x_desktop.run("xprop", "-root", "_NET_CLIENT_LIST_STACKING")
    assert stacking.endswith(hex(overlay.window))


def test_a_pointer_that_was_left_on_the_captions_does_not_hide_them(
    overlay: Overlay, below: Below, x_desktop: Desktop
) -> None:
    """They thin out while somebody looks what is beneath them, and come back for who reads."""
    x, y, width, height = overlay.show_text()
    shown = lambda: overlay.do("state")["still"]  # noqa: E731

    def point(right: int) -> None:
        place = x + width // 2 + right, y + height - 20
        x_desktop.run("xdotool", "mousemove", *map(str, place))

    point(0)
    wait_until(lambda: not shown(), "the captions to thin out")
    overlay.do("words", text="그리고", at_s=1.0)
    wait_until(shown, "the captions to come back")
    point(5)
    wait_until(lambda: not shown(), "the captions to thin out again")


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
    box = overlay.show_text()
    x, y = box[0] + box[2] // 4, box[1] + box[3] - 20
    below.events(xproto.ButtonPressEvent)
    x_desktop.run("xdotool", "mousemove", str(x), str(y), "click", "1")
    clicks = wait_until(
        lambda: below.events(xproto.ButtonPressEvent), "the click on the window below"
    )
    assert (clicks[0].root_x, clicks[0].root_y) == (x, y)


def test_lets_one_look_beneath_it(overlay: Overlay, below: Below, x_desktop: Desktop) -> None:
    """While the pointer is on it, the overlay all but disappears; it comes back after."""
    x, y = free_spot(overlay.show_text())
    x_desktop.run("xdotool", "mousemove", str(x - 40), str(y))
    wait_until(lambda: pixel(x_desktop.screenshot(), x, y)[0] > 210, "the window below to show")
    x_desktop.run("xdotool", "mousemove", "5", "5")
    wait_until(lambda: pixel(x_desktop.screenshot(), x, y)[0] < 120, "the captions to come back")


def test_takes_no_focus(overlay: Overlay, below: Below, x_desktop: Desktop) -> None:
    before = x_desktop.run("xdotool", "getactivewindow")
    overlay.show_text()
    assert x_desktop.run("xdotool", "getactivewindow") == before == str(below.window)
    assert overlay.do("state")["active"] is False


def test_fades_after_silence(overlay: Overlay, below: Below, x_desktop: Desktop) -> None:
    spot = free_spot(overlay.show_text())
    assert pixel(x_desktop.screenshot(), *spot) != BRIGHT.getRgb()[:3]
    wait_until(
        lambda: pixel(x_desktop.screenshot(), *spot) == BRIGHT.getRgb()[:3], "the fade", 12.0
    )
