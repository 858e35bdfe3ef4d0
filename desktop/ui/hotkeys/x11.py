"""Global hotkeys on X11 by passive key grabs on the root window.  GUI thread, no thread of its own.

Keys are grabbed by key code, so they work whatever layout is active, and once for every state of
the locks, for a grab matches its modifiers exactly.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from itertools import combinations
from typing import Any

import xcffib
import xcffib.xproto
from PySide6.QtCore import QSocketNotifier

from desktop.ui.hotkeys.backend import Pressed, Problem, missing_key, taken
from desktop.ui.hotkeys.chord import Chord, Modifier
from desktop.ui.hotkeys.x11_keys import PC_KEY_CODES, keysyms_of

_log = logging.getLogger(__name__)

_LOCK = xcffib.xproto.ModMask.Lock
_KEYSYM_NUM_LOCK = 0xFF7F
_KEYSYM_SCROLL_LOCK = 0xFF14
_MODIFIER_KEYSYMS = {
    Modifier.ALT: (0xFFE9, 0xFFEA),  # Alt_L, Alt_R
    Modifier.META: (0xFFEB, 0xFFEC),  # Super_L, Super_R
}
_USUAL_MASKS = {
    Modifier.CTRL: xcffib.xproto.ModMask.Control,
    Modifier.SHIFT: xcffib.xproto.ModMask.Shift,
    Modifier.ALT: xcffib.xproto.ModMask._1,
    Modifier.META: xcffib.xproto.ModMask._4,
}
_ALL_MODIFIERS = 0xFF
_REPEAT_GAP_MS = 25  # a held key "releases" and presses again within the same moment


class X11Hotkeys:
    """Grabs keys on one X display.

    Args:
        display: as in ``DISPLAY``; None takes the environment's.

    Raises:
        OSError: the display cannot be reached.
    """

    def __init__(self, display: str | None = None) -> None:
        connect: Any = xcffib.connect
        try:
            self._connection: Any = connect(display)
        except xcffib.XcffibException as error:
            raise OSError(f"no X display for hotkeys: {error!r}") from error
        self._root: int = self._connection.get_setup().roots[self._connection.pref_screen].root
        self._keyboard = _Keyboard(self._connection)
        self._chords: dict[str, Chord] = {}
        self._grabs: dict[tuple[int, int], str] = {}  # (key code, modifiers) -> action
        self._released_ms: dict[int, int] = {}
        self._pressed: Pressed | None = None
        self._problem: Problem | None = None
        descriptor: int = self._connection.get_file_descriptor()
        self._notifier = QSocketNotifier(descriptor, QSocketNotifier.Type.Read)
        self._notifier.activated.connect(self._on_readable)

    def bind(self, chords: Mapping[str, Chord], pressed: Pressed, problem: Problem) -> None:
        self._chords = dict(chords)
        self._pressed, self._problem = pressed, problem
        self._grab_all()

    def close(self) -> None:
        self._notifier.setEnabled(False)
        self._notifier.activated.disconnect(self._on_readable)
        self._connection.disconnect()  # the server drops the grabs of a client that leaves
        self._grabs.clear()

    # grabs --------------------------------------------------------------------------------------
    def _grab_all(self) -> None:
        for code, modifiers in self._grabs:
            self._connection.core.UngrabKey(code, self._root, modifiers)
        self._grabs.clear()
        for action, chord in self._chords.items():
            codes = self._keyboard.codes_of(chord.key)
            if not codes and self._problem is not None:
                self._problem(missing_key(action, chord))
            elif codes and not self._grab(action, chord, codes) and self._problem is not None:
                self._problem(taken(action, chord))
        self._connection.flush()
        self._drain()

    def _grab(self, action: str, chord: Chord, codes: list[int]) -> bool:
        """Grabs a chord in all states of the locks; on a conflict nothing of it is kept."""
        modifiers = self._keyboard.mask_of(chord.modifiers)
        wanted = [(code, modifiers | lock) for code in codes for lock in self._keyboard.lock_masks]
        mode = xcffib.xproto.GrabMode.Async
        cookies = [
            self._connection.core.GrabKey(
                False, self._root, mask, code, mode, mode, is_checked=True
            )
            for code, mask in wanted
        ]
        free = True
        for cookie in cookies:
            try:
                cookie.check()
            except xcffib.xproto.AccessError:
                free = False
        for code, mask in wanted:
            if free:
                self._grabs[code, mask] = action
            else:
                self._connection.core.UngrabKey(code, self._root, mask)
        return free

    # events -------------------------------------------------------------------------------------
    def _on_readable(self) -> None:
        self._drain()

    def _drain(self) -> None:
        """Takes all events: replies read earlier may have brought some along."""
        try:
            while (event := self._connection.poll_for_event()) is not None:
                self._take(event)
        except xcffib.ConnectionException as error:
            self._notifier.setEnabled(False)
            _log.warning("the X display went away, hotkeys are off: %r", error)

    def _take(self, event: Any) -> None:
        if isinstance(event, xcffib.xproto.KeyReleaseEvent):
            self._released_ms[event.detail] = event.time
        elif isinstance(event, xcffib.xproto.KeyPressEvent):
            released_ms = self._released_ms.get(event.detail)
            if released_ms is not None and event.time - released_ms < _REPEAT_GAP_MS:
                return
            action = self._grabs.get((event.detail, event.state & _ALL_MODIFIERS))
            if action is not None and self._pressed is not None:
                self._pressed(action)
        elif isinstance(event, xcffib.xproto.MappingNotifyEvent):
            self._on_mapping_changed()

    def _on_mapping_changed(self) -> None:
        before = dict(self._grabs)
        self._keyboard = _Keyboard(self._connection)
        codes = {code for code, _ in before}
        wanted = {c for chord in self._chords.values() for c in self._keyboard.codes_of(chord.key)}
        if codes != wanted:
            self._grab_all()


class _Keyboard:
    """The key codes and modifier bits of the keyboard as it is mapped now."""

    def __init__(self, connection: Any) -> None:
        setup = connection.get_setup()
        count = setup.max_keycode - setup.min_keycode + 1
        mapping = connection.core.GetKeyboardMapping(setup.min_keycode, count).reply()
        width = mapping.keysyms_per_keycode
        self._keysyms = {
            setup.min_keycode + index: tuple(mapping.keysyms[index * width : (index + 1) * width])
            for index in range(count)
        }
        modifiers = connection.core.GetModifierMapping().reply()
        size = modifiers.keycodes_per_modifier
        self._bits: dict[int, int] = {}
        for position in range(8):
            for code in modifiers.keycodes[position * size : (position + 1) * size]:
                for keysym in self._keysyms.get(code, ()):
                    self._bits.setdefault(keysym, 1 << position)
        self._masks = dict(_USUAL_MASKS)
        for modifier, keysyms in _MODIFIER_KEYSYMS.items():
            bits = [self._bits[keysym] for keysym in keysyms if keysym in self._bits]
            if bits:
                self._masks[modifier] = bits[0]

    def codes_of(self, key: str) -> list[int]:
        """Key codes that carry `key` in any group; else where a PC keyboard has it."""
        wanted = keysyms_of(key)
        codes = [
            code
            for code, keysyms in self._keysyms.items()
            if any(keysym in wanted for keysym in keysyms[:4])
        ]
        usual = PC_KEY_CODES.get(key)
        return codes or ([usual] if usual in self._keysyms else [])

    def mask_of(self, modifiers: Modifier) -> int:
        """The core protocol's modifier bits."""
        return sum(mask for modifier, mask in self._masks.items() if modifier in modifiers)

    @property
    def lock_masks(self) -> list[int]:
        """Every combination of the locks that may be on."""
        locks = {_LOCK} | {
            self._bits[keysym]
            for keysym in (_KEYSYM_NUM_LOCK, _KEYSYM_SCROLL_LOCK)
            if keysym in self._bits
        }
        return [
            sum(chosen) for size in range(len(locks) + 1) for chosen in combinations(locks, size)
        ]
