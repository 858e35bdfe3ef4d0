"""Key chords as people write them, "Ctrl+Alt+R", made comparable.  Pure, any thread.

A chord names physical keys by what they carry on a Latin keyboard: with the Korean layout active
the same keys are meant, and "Ctrl+Alt+ㄱ" is understood as Ctrl+Alt+R.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Flag, auto

from desktop.errors import SettingsError


class Modifier(Flag):
    NONE = 0
    CTRL = auto()
    ALT = auto()
    SHIFT = auto()
    META = auto()  # the Windows or Super key


_MODIFIER_NAMES = {
    "ctrl": Modifier.CTRL,
    "control": Modifier.CTRL,
    "alt": Modifier.ALT,
    "option": Modifier.ALT,
    "shift": Modifier.SHIFT,
    "meta": Modifier.META,
    "super": Modifier.META,
    "win": Modifier.META,
    "windows": Modifier.META,
}
_MODIFIER_LABELS = {
    Modifier.CTRL: "Ctrl",
    Modifier.ALT: "Alt",
    Modifier.SHIFT: "Shift",
    Modifier.META: "Meta",
}
_NAMED_KEYS = (
    *("Space", "Tab", "Return", "Escape", "Backspace", "Insert", "Delete", "Home", "End"),
    *("PageUp", "PageDown", "Left", "Right", "Up", "Down", "Pause", "Print", "ScrollLock"),
)
_ALIASES = {
    "enter": "Return",
    "esc": "Escape",
    "del": "Delete",
    "ins": "Insert",
    "pgup": "PageUp",
    "pgdown": "PageDown",
    "pgdn": "PageDown",
    "스페이스": "Space",
}
_KEYS = {name.lower(): name for name in _NAMED_KEYS} | _ALIASES
_SYMBOLS = "`-=[]\\;',./"
_TWO_SET = dict(
    zip(
        "ㅂㅈㄷㄱㅅㅛㅕㅑㅐㅔㅁㄴㅇㄹㅎㅗㅓㅏㅣㅋㅌㅊㅍㅠㅜㅡ",
        "QWERTYUIOPASDFGHJKLZXCVBNM",
        strict=True,
    )
)
_FUNCTION_KEY = re.compile(r"f([1-9]|1\d|2[0-4])$", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Chord:
    """Modifiers and one key: a capital letter, a digit, a symbol, "F5" or a name as "PageUp"."""

    modifiers: Modifier
    key: str

    def __str__(self) -> str:
        held = [label for modifier, label in _MODIFIER_LABELS.items() if modifier in self.modifiers]
        return "+".join([*held, self.key])


def parse_chord(text: str) -> Chord:
    """Reads a chord.

    Raises:
        SettingsError: it names no key, an unknown key, or a key alone that would be lost to typing.
    """
    parts = [part.strip() for part in text.strip().split("+")]
    modifiers = Modifier.NONE
    for part in parts[:-1]:
        modifier = _MODIFIER_NAMES.get(part.lower())
        if modifier is None:
            raise _bad(text, f'"{part}" is not Ctrl, Alt, Shift or Meta')
        modifiers |= modifier
    key = _key(parts[-1])
    if key is None:
        raise _bad(text, f'"{parts[-1]}" is not a key that can be used')
    is_function = _FUNCTION_KEY.match(key) is not None
    if not is_function and not modifiers & (Modifier.CTRL | Modifier.ALT | Modifier.META):
        raise _bad(text, "it would take the key away from typing")
    return Chord(modifiers, key)


def _key(name: str) -> str | None:
    if name in _TWO_SET:
        return _TWO_SET[name]
    if len(name) == 1 and name.isascii() and (name.isalnum() or name in _SYMBOLS):
        return name.upper()
    if _FUNCTION_KEY.match(name):
        return name.upper()
    return _KEYS.get(name.lower())


def _bad(text: str, reason: str) -> SettingsError:
    return SettingsError(
        f'The shortcut "{text}" cannot be used: {reason}.',
        hint="Write it like Ctrl+Alt+R.",
        code="settings.hotkey",
    )
