"""What the window system must be told beyond Qt's window flags.  GUI thread.

Nothing here may stop the captions: where a hint cannot be given, the overlay is still shown.
"""

from __future__ import annotations

import logging
import sys
from collections.abc import Mapping

from PySide6.QtGui import QGuiApplication

_log = logging.getLogger(__name__)


def preferred_platform(env: Mapping[str, str]) -> str | None:
    """The Qt platform that the overlay needs, to be set before the application object exists.

    A Wayland client may neither place itself nor stay on top unless the compositor has the layer
    shell, which GNOME has not.  Through XWayland both work everywhere.

    Args:
        env: the environment, normally `os.environ`.

    Returns:
        A value for ``QT_QPA_PLATFORM``, or None when Qt's own choice is right.
    """
    if env.get("QT_QPA_PLATFORM"):
        return None  # the user's word counts
    wayland = env.get("XDG_SESSION_TYPE") == "wayland" or bool(env.get("WAYLAND_DISPLAY"))
    return "xcb" if wayland and env.get("DISPLAY") else None


def before_show(window_id: int) -> None:
    """Gives the hints that must be in place when the window appears."""
    if _is_x11():
        from desktop.ui.overlay import x11_hints

        QGuiApplication.sync()  # the window must be there for another connection too
        x11_hints.prepare(window_id)


def after_show(window_id: int, *, click_through: bool) -> None:
    """Gives the hints that the window manager takes once the window is there."""
    if _is_x11():
        from desktop.ui.overlay import x11_hints

        x11_hints.request_states(window_id, click_through=click_through)
    elif sys.platform == "win32":
        from desktop.ui.overlay import win32_hints

        win32_hints.apply(window_id)
        win32_hints.set_click_through(window_id, click_through)


def set_click_through(window_id: int, on: bool) -> None:
    """Follows the switch between captions (clicks pass) and grab mode (clicks are taken)."""
    if sys.platform == "win32":
        from desktop.ui.overlay import win32_hints

        win32_hints.set_click_through(window_id, on)


def active_window() -> int:
    """The window that has the keyboard, also of another program; 0: none, or nobody tells."""
    if _is_x11():
        from desktop.ui.overlay import x11_hints

        return x11_hints.active_window()
    if sys.platform == "win32":
        from desktop.ui.overlay import win32_hints

        return win32_hints.active_window()
    return 0


def give_keyboard(window_id: int, instead_of: int) -> None:
    """Gives the window found by `active_window` the keyboard, which `instead_of` of ours has."""
    if _is_x11():
        from desktop.ui.overlay import x11_hints

        QGuiApplication.sync()  # what was asked for before comes before
        x11_hints.activate(window_id, instead_of)
    elif sys.platform == "win32":
        from desktop.ui.overlay import win32_hints

        win32_hints.activate(window_id)


def can_place_windows() -> bool:
    """Whether a window may put itself somewhere; not so for native Wayland clients."""
    return not QGuiApplication.platformName().startswith("wayland")


def _is_x11() -> bool:
    return sys.platform == "linux" and QGuiApplication.platformName() == "xcb"
