"""Hints for X11 window managers: on every workspace, in no taskbar, past the mouse.  GUI thread.

See the Extended Window Manager Hints, "_NET_WM_STATE" and "_NET_WM_DESKTOP".  A connection of our
own is used for a few requests and closed at once: Qt's may not be shared safely.
"""

from __future__ import annotations

import logging
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import xcffib
import xcffib.shape
import xcffib.xproto

_log = logging.getLogger(__name__)

_ALL_DESKTOPS = 0xFFFFFFFF
_STATE_ADD = 1
_SOURCE_APPLICATION = 1
_SOURCE_PERSON = 2  # a person wants it, so that no focus-stealing prevention stands in the way
_STATES = (
    "_NET_WM_STATE_ABOVE",
    "_NET_WM_STATE_STICKY",
    "_NET_WM_STATE_SKIP_TASKBAR",
    "_NET_WM_STATE_SKIP_PAGER",
)


@contextmanager
def _connected() -> Iterator[Any]:
    connect: Any = xcffib.connect
    connection = connect()
    try:
        yield connection
        connection.flush()
        connection.core.GetInputFocus().reply()  # a round trip: all of it has arrived
    finally:
        connection.disconnect()


def _atom(connection: Any, name: str) -> int:
    return int(connection.core.InternAtom(False, len(name), name).reply().atom)


def prepare(window_id: int) -> None:
    """Asks for all workspaces before the window manager first sees the window."""
    try:
        with _connected() as connection:
            connection.core.ChangeProperty(
                xcffib.xproto.PropMode.Replace,
                window_id,
                _atom(connection, "_NET_WM_DESKTOP"),
                xcffib.xproto.Atom.CARDINAL,
                32,
                1,
                [_ALL_DESKTOPS],
            )
    except xcffib.XcffibException as error:
        _log.warning("the overlay could not ask for all workspaces: %r", error)


def request_states(window_id: int, *, click_through: bool) -> None:
    """Asks the window manager for what the overlay needs, once it has taken the window on.

    Openbox overlooks an input region that was set before: its frame around the window would
    swallow the clicks.  Setting it again tells it.
    """
    try:
        with _connected() as connection:
            root = connection.get_setup().roots[connection.pref_screen].root
            state = _atom(connection, "_NET_WM_STATE")
            for name in _STATES:
                data = (_STATE_ADD, _atom(connection, name), 0, _SOURCE_APPLICATION, 0)
                _send(connection, root, window_id, state, data)
            desktop = (_ALL_DESKTOPS, _SOURCE_APPLICATION, 0, 0, 0)
            _send(connection, root, window_id, _atom(connection, "_NET_WM_DESKTOP"), desktop)
            if click_through:
                connection(xcffib.shape.key).Rectangles(
                    xcffib.shape.SO.Set,
                    xcffib.shape.SK.Input,
                    xcffib.xproto.ClipOrdering.Unsorted,
                    window_id,
                    0,
                    0,
                    0,
                    [],
                )
    except xcffib.XcffibException as error:
        _log.warning("the window manager could not be asked for the overlay's place: %r", error)


def active_window() -> int:
    """The window that has the keyboard, whoever's it is; 0: none, or nobody tells."""
    try:
        with _connected() as connection:
            root = connection.get_setup().roots[connection.pref_screen].root
            kind = xcffib.xproto.Atom.WINDOW
            name = _atom(connection, "_NET_ACTIVE_WINDOW")
            found = connection.core.GetProperty(False, root, name, kind, 0, 1).reply().value
            return next(iter(found.to_atoms()), 0)
    except xcffib.XcffibException as error:
        _log.warning("the active window is not known: %r", error)
        return 0


def activate(window_id: int, instead_of: int) -> None:
    """Asks the window manager to give `window_id` the keyboard, which `instead_of` had."""
    try:
        with _connected() as connection:
            root = connection.get_setup().roots[connection.pref_screen].root
            name = _atom(connection, "_NET_ACTIVE_WINDOW")
            _send(connection, root, window_id, name, (_SOURCE_PERSON, 0, instead_of, 0, 0))
    except xcffib.XcffibException as error:
        _log.warning("the keyboard could not be given back: %r", error)


def _send(
    connection: Any, root: int, window_id: int, kind: int, data: tuple[int, int, int, int, int]
) -> None:
    """Sends a 32-bit client message about `window_id` to the root window."""
    client_message_code = 33
    event = struct.pack("=BBHII5I", client_message_code, 32, 0, window_id, kind, *data)
    mask = xcffib.xproto.EventMask.SubstructureRedirect | xcffib.xproto.EventMask.SubstructureNotify
    connection.core.SendEvent(False, root, mask, event)
