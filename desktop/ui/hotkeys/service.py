"""Global hotkeys as the application sees them: names of actions in, a signal out.  GUI thread."""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Mapping

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QGuiApplication

from desktop.errors import SettingsError
from desktop.ui.hotkeys.backend import HotkeyBackend, HotkeyProblem, UnavailableHotkeys, twice
from desktop.ui.hotkeys.chord import Chord, parse_chord

_log = logging.getLogger(__name__)


class GlobalHotkeys(QObject):
    """Binds actions to chords and tells when one is pressed.

    Args:
        backend: how keys are grabbed; None chooses by platform.

    Signals:
        activated: the action whose chord was pressed.
        problem_found: a `HotkeyProblem`, also for those that `apply` returned.
    """

    activated = Signal(str)
    problem_found = Signal(object)

    def __init__(self, backend: HotkeyBackend | None = None, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._backend: HotkeyBackend = backend or choose_backend()
        self._found: list[HotkeyProblem] = []

    def apply(self, chords: Mapping[str, str]) -> tuple[HotkeyProblem, ...]:
        """Binds `chords` (chord text by action; empty means none) in place of those before.

        Returns:
            What is wrong as far as it is known at once.
        """
        self._found = []
        parsed: dict[str, Chord] = {}
        for action, text in chords.items():
            if not text.strip():
                continue
            try:
                chord = parse_chord(text)
            except SettingsError as error:
                self._on_problem(HotkeyProblem(action, text, error.message, error.hint))
                continue
            if chord in parsed.values():  # the system would silently give it to one of them
                self._on_problem(twice(action, chord))
            else:
                parsed[action] = chord
        self._backend.bind(parsed, self.activated.emit, self._on_problem)
        return tuple(self._found)

    def close(self) -> None:
        """Gives all keys back."""
        self._backend.close()
        self._backend = UnavailableHotkeys()

    def _on_problem(self, problem: HotkeyProblem) -> None:
        self._found.append(problem)
        self.problem_found.emit(problem)


def choose_backend(
    platform_name: str | None = None, env: Mapping[str, str] | None = None
) -> HotkeyBackend:
    """The backend for a Qt platform and environment, by default those in force.

    In a Wayland session the portal is asked even by an XWayland client: an X11 grab there works
    only while an X11 window has the focus.
    """
    name = QGuiApplication.platformName() if platform_name is None else platform_name
    env = os.environ if env is None else env
    if name == "windows":
        from desktop.ui.hotkeys.windows import WindowsHotkeys

        return WindowsHotkeys()
    wayland = bool(env.get("WAYLAND_DISPLAY")) or env.get("XDG_SESSION_TYPE") == "wayland"
    if sys.platform == "linux" and wayland and name != "offscreen":
        from desktop.ui.hotkeys.portal import PortalHotkeys

        try:
            return PortalHotkeys()
        except OSError as error:
            _log.warning("%s", error)
            return UnavailableHotkeys()
    if sys.platform == "linux" and name == "xcb":
        from desktop.ui.hotkeys.x11 import X11Hotkeys

        try:
            return X11Hotkeys()
        except OSError as error:
            _log.warning("%s", error)
    return UnavailableHotkeys()
