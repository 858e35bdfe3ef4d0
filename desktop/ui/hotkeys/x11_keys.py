"""Key names in the words of X11: keysyms, and the key codes of a PC keyboard.  Pure."""

from __future__ import annotations

import itertools

_NAMED = {
    "Space": 0x0020,
    "Tab": 0xFF09,
    "Return": 0xFF0D,
    "Escape": 0xFF1B,
    "Backspace": 0xFF08,
    "Insert": 0xFF63,
    "Delete": 0xFFFF,
    "Home": 0xFF50,
    "End": 0xFF57,
    "PageUp": 0xFF55,
    "PageDown": 0xFF56,
    "Left": 0xFF51,
    "Up": 0xFF52,
    "Right": 0xFF53,
    "Down": 0xFF54,
    "Pause": 0xFF13,
    "Print": 0xFF61,
    "ScrollLock": 0xFF14,
}
_F1 = 0xFFBE

# evdev codes + 8: what the keys are where a layout has no Latin letters at all.
_ROWS = ((10, "1234567890-="), (24, "QWERTYUIOP[]"), (38, "ASDFGHJKL;'`"), (52, "ZXCVBNM,./"))
PC_KEY_CODES: dict[str, int] = {
    key: code
    for first, row in _ROWS
    for code, key in zip(itertools.count(first), row, strict=False)
}


def keysyms_of(key: str) -> frozenset[int]:
    """The keysyms that stand for a chord's key."""
    if key in _NAMED:
        return frozenset({_NAMED[key]})
    if len(key) == 1:
        return frozenset({ord(key), ord(key.lower())})
    return frozenset({_F1 + int(key[1:]) - 1})
