"""Keys that work while another window has the focus."""

from desktop.ui.hotkeys.backend import HotkeyBackend, HotkeyProblem
from desktop.ui.hotkeys.chord import Chord, Modifier, parse_chord
from desktop.ui.hotkeys.service import GlobalHotkeys

__all__ = [
    "Chord",
    "GlobalHotkeys",
    "HotkeyBackend",
    "HotkeyProblem",
    "Modifier",
    "parse_chord",
]
