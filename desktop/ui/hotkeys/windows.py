"""Global hotkeys on Windows: RegisterHotKey on the GUI thread's message queue.  GUI thread."""

from __future__ import annotations

import sys
from collections.abc import Mapping

from PySide6.QtCore import QAbstractNativeEventFilter, QByteArray, QCoreApplication

from desktop.ui.hotkeys.backend import Pressed, Problem, missing_key, taken
from desktop.ui.hotkeys.chord import Chord, Modifier

# Windows API, winuser.h
_WM_HOTKEY = 0x0312
_MOD_NOREPEAT = 0x4000
_MODIFIERS = {
    Modifier.ALT: 0x0001,
    Modifier.CTRL: 0x0002,
    Modifier.SHIFT: 0x0004,
    Modifier.META: 0x0008,
}
_VIRTUAL_KEYS = {
    "Space": 0x20,
    "Tab": 0x09,
    "Return": 0x0D,
    "Escape": 0x1B,
    "Backspace": 0x08,
    "Insert": 0x2D,
    "Delete": 0x2E,
    "Home": 0x24,
    "End": 0x23,
    "PageUp": 0x21,
    "PageDown": 0x22,
    "Left": 0x25,
    "Up": 0x26,
    "Right": 0x27,
    "Down": 0x28,
    "Pause": 0x13,
    "Print": 0x2C,
    "ScrollLock": 0x91,
    ";": 0xBA,
    "=": 0xBB,
    ",": 0xBC,
    "-": 0xBD,
    ".": 0xBE,
    "/": 0xBF,
    "`": 0xC0,
    "[": 0xDB,
    "\\": 0xDC,
    "]": 0xDD,
    "'": 0xDE,
}


def virtual_key(key: str) -> int | None:
    """The virtual-key code of a chord's key."""
    if key in _VIRTUAL_KEYS:
        return _VIRTUAL_KEYS[key]
    if len(key) == 1 and key.isascii() and key.isalnum():
        return ord(key)
    return 0x70 + int(key[1:]) - 1 if key.startswith("F") and key[1:].isdigit() else None


def modifier_bits(modifiers: Modifier) -> int:
    """MOD_* bits; held keys do not repeat."""
    bits = (bit for modifier, bit in _MODIFIERS.items() if modifier in modifiers)
    return sum(bits) | _MOD_NOREPEAT


class _HotkeyFilter(QAbstractNativeEventFilter):
    """Picks WM_HOTKEY out of the thread's messages."""

    def __init__(self, owner: WindowsHotkeys) -> None:
        super().__init__()
        self._owner = owner

    def nativeEventFilter(
        self, event_type: QByteArray | bytes | bytearray | memoryview, message: int
    ) -> object:
        if sys.platform == "win32" and event_type == b"windows_generic_MSG":
            from ctypes import wintypes

            msg = wintypes.MSG.from_address(int(message))
            if msg.message == _WM_HOTKEY and self._owner.take(int(msg.wParam)):
                return True, 0
        return False, 0


class WindowsHotkeys:
    """Registers chords with Windows for the GUI thread."""

    def __init__(self) -> None:
        self._actions: dict[int, str] = {}
        self._pressed: Pressed | None = None
        self._filter = _HotkeyFilter(self)
        self._installed = False

    def bind(self, chords: Mapping[str, Chord], pressed: Pressed, problem: Problem) -> None:
        self._release()
        self._pressed = pressed
        app = QCoreApplication.instance()
        if not self._installed and app is not None:
            app.installNativeEventFilter(self._filter)
            self._installed = True
        for number, (action, chord) in enumerate(chords.items(), start=1):
            key = virtual_key(chord.key)
            if key is None:
                problem(missing_key(action, chord))
            elif _register(number, modifier_bits(chord.modifiers), key):
                self._actions[number] = action
            else:
                problem(taken(action, chord))

    def take(self, number: int) -> bool:
        """Passes a press on; returns whether the number is one of ours."""
        action = self._actions.get(number)
        if action is not None and self._pressed is not None:
            self._pressed(action)
        return action is not None

    def close(self) -> None:
        self._release()
        app = QCoreApplication.instance()
        if self._installed and app is not None:
            app.removeNativeEventFilter(self._filter)
            self._installed = False

    def _release(self) -> None:
        for number in self._actions:
            _unregister(number)
        self._actions.clear()


def _register(number: int, modifiers: int, key: int) -> bool:
    if sys.platform == "win32":
        import ctypes

        user32 = ctypes.WinDLL("user32", use_last_error=True)
        return bool(user32.RegisterHotKey(None, number, modifiers, key))
    return False


def _unregister(number: int) -> None:
    if sys.platform == "win32":
        import ctypes

        ctypes.WinDLL("user32").UnregisterHotKey(None, number)
