"""What a way of grabbing keys system-wide must offer.  GUI thread."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol

from PySide6.QtCore import QCoreApplication

from desktop.ui.hotkeys.chord import Chord


@dataclass(frozen=True, slots=True)
class HotkeyProblem:
    """Why a hotkey does not work, in words for people."""

    action: str
    chord: str
    message: str
    hint: str = ""


Pressed = Callable[[str], None]
Problem = Callable[[HotkeyProblem], None]


class HotkeyBackend(Protocol):
    """Grabs chords for the whole desktop."""

    def bind(self, chords: Mapping[str, Chord], pressed: Pressed, problem: Problem) -> None:
        """Replaces all chords.

        Args:
            chords: chord by action.
            pressed: called on the GUI thread with the action, once a press.
            problem: called on the GUI thread for each chord that cannot be had, at once or later.
        """

    def close(self) -> None:
        """Gives all chords back.  The backend cannot be used any more."""


class UnavailableHotkeys:
    """Stands in where the system offers no way to grab keys."""

    def bind(self, chords: Mapping[str, Chord], pressed: Pressed, problem: Problem) -> None:
        for action, chord in chords.items():
            problem(unavailable(action, chord))

    def close(self) -> None:
        """Nothing to give back."""


def taken(action: str, chord: Chord) -> HotkeyProblem:
    """Another program has this chord."""
    return HotkeyProblem(
        action,
        str(chord),
        QCoreApplication.translate(
            "Hotkeys", "The shortcut {chord} is already used by another program."
        ).format(chord=chord),
        QCoreApplication.translate("Hotkeys", "Choose another shortcut in the settings."),
    )


def twice(action: str, chord: Chord) -> HotkeyProblem:
    """Another action has this chord."""
    return HotkeyProblem(
        action,
        str(chord),
        QCoreApplication.translate("Hotkeys", "The shortcut {chord} is set for two things.").format(
            chord=chord
        ),
        QCoreApplication.translate("Hotkeys", "Choose another shortcut in the settings."),
    )


def missing_key(action: str, chord: Chord) -> HotkeyProblem:
    """This keyboard has no such key."""
    return HotkeyProblem(
        action,
        str(chord),
        QCoreApplication.translate(
            "Hotkeys", "The shortcut {chord} does not exist on this keyboard."
        ).format(chord=chord),
        QCoreApplication.translate("Hotkeys", "Choose another shortcut in the settings."),
    )


def unavailable(action: str, chord: Chord) -> HotkeyProblem:
    """The desktop offers no global shortcuts."""
    return HotkeyProblem(
        action,
        str(chord),
        QCoreApplication.translate(
            "Hotkeys", "This desktop does not let programs use shortcuts system-wide ({chord})."
        ).format(chord=chord),
        QCoreApplication.translate(
            "Hotkeys",
            "Use the tray icon or the main window, or bind a key in the desktop's settings.",
        ),
    )
