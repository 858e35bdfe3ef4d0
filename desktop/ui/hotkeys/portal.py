"""Global shortcuts on Wayland through xdg-desktop-portal.  GUI thread, no thread of its own.

The desktop decides: it asks the user once, may give another key than the one preferred, and keeps
the choice.  D-Bus is spoken with jeepney because QtDBus cannot be taught the type ``a(sa{sv})``
from Python.  See "org.freedesktop.portal.GlobalShortcuts" and "org.freedesktop.portal.Request".
"""

from __future__ import annotations

import itertools
import logging
from collections.abc import Callable, Mapping
from typing import Any

from jeepney import DBusAddress, HeaderFields, MatchRule, Message, MessageType, new_method_call
from jeepney.bus_messages import message_bus
from jeepney.io.blocking import DBusConnection, open_dbus_connection
from PySide6.QtCore import QCoreApplication, QSocketNotifier
from PySide6.QtGui import QGuiApplication

from desktop.ui.hotkeys.backend import Pressed, Problem, taken, unavailable
from desktop.ui.hotkeys.chord import Chord, Modifier

_log = logging.getLogger(__name__)

_NAME = "org.freedesktop.portal.Desktop"
_PATH = "/org/freedesktop/portal/desktop"
_SHORTCUTS = DBusAddress(_PATH, _NAME, "org.freedesktop.portal.GlobalShortcuts")
_REGISTRY = DBusAddress(_PATH, _NAME, "org.freedesktop.host.portal.Registry")
_REQUEST_INTERFACE = "org.freedesktop.portal.Request"
_SESSION_INTERFACE = "org.freedesktop.portal.Session"
_GRANTED = 0

_MODIFIERS = {
    Modifier.CTRL: "CTRL",
    Modifier.ALT: "ALT",
    Modifier.SHIFT: "SHIFT",
    Modifier.META: "LOGO",
}
_KEY_NAMES = {  # where a chord's name differs from the XKB keysym name the specification asks for
    "Space": "space",
    "Backspace": "BackSpace",
    "PageUp": "Page_Up",
    "PageDown": "Page_Down",
    "ScrollLock": "Scroll_Lock",
    "`": "grave",
    "-": "minus",
    "=": "equal",
    "[": "bracketleft",
    "]": "bracketright",
    "\\": "backslash",
    ";": "semicolon",
    "'": "apostrophe",
    ",": "comma",
    ".": "period",
    "/": "slash",
}

_Response = Callable[[int, dict[str, Any]], None]


def trigger(chord: Chord) -> str:
    """A chord in the words of the XDG shortcuts specification: ``CTRL+ALT+r``."""
    key = _KEY_NAMES.get(chord.key, chord.key.lower() if len(chord.key) == 1 else chord.key)
    held = [name for modifier, name in _MODIFIERS.items() if modifier in chord.modifiers]
    return "+".join([*held, key])


def description(action: str) -> str:
    """What the desktop shows for an action in its list of shortcuts."""
    texts = {
        "toggle_capture": QCoreApplication.translate("Hotkeys", "Start or stop captions"),
        "toggle_overlay": QCoreApplication.translate("Hotkeys", "Show or hide captions on screen"),
        "grab_overlay": QCoreApplication.translate("Hotkeys", "Move captions"),
    }
    return texts.get(action, action)


class PortalHotkeys:
    """Binds chords through the portal.

    Args:
        bus: address of the session bus; "SESSION" takes the environment's.

    Raises:
        OSError: there is no session bus.
    """

    def __init__(self, bus: str = "SESSION") -> None:
        try:
            self._connection: DBusConnection = open_dbus_connection(bus)
        except (OSError, KeyError, RuntimeError, ValueError) as error:
            raise OSError(f"no session bus for shortcuts: {error}") from error
        self._tokens = itertools.count(1)
        self._chords: dict[str, Chord] = {}
        self._pressed: Pressed | None = None
        self._problem: Problem | None = None
        self._session = ""
        self._calls: dict[int, None] = {}  # serials whose reply may be an error that matters
        self._requests: dict[str, _Response] = {}
        self._notifier = QSocketNotifier(self._connection.sock.fileno(), QSocketNotifier.Type.Read)
        self._notifier.activated.connect(self._on_readable)
        self._listen()

    def bind(self, chords: Mapping[str, Chord], pressed: Pressed, problem: Problem) -> None:
        self._chords = dict(chords)
        self._pressed, self._problem = pressed, problem
        self._requests.clear()
        self._calls.clear()
        try:
            self._close_session()  # a session may bind only once
            if self._chords:
                self._create_session()
        except OSError as error:
            _log.warning("the session bus went away, shortcuts are off: %s", error)
            self._refuse(set(self._chords))

    def _create_session(self) -> None:
        options = {
            "handle_token": ("s", self._expect(self._on_session_created)),
            "session_handle_token": ("s", self._token()),
        }
        self._call(new_method_call(_SHORTCUTS, "CreateSession", "a{sv}", (options,)))

    def close(self) -> None:
        self._notifier.setEnabled(False)
        self._notifier.activated.disconnect(self._on_readable)
        self._connection.close()  # the portal ends the sessions of a client that leaves

    # talking ------------------------------------------------------------------------------------
    def _listen(self) -> None:
        for interface, member in (
            (_REQUEST_INTERFACE, "Response"),
            (_SHORTCUTS.interface, "Activated"),
            (_SESSION_INTERFACE, "Closed"),
        ):
            rule = MatchRule(type="signal", sender=_NAME, interface=interface, member=member)
            self._connection.send(message_bus.AddMatch(rule))
        app_id = QGuiApplication.desktopFileName()
        if app_id:  # lets the portal know us outside a sandbox; older ones lack it, no harm done
            body: tuple[Any, ...] = (app_id, {})
            self._connection.send(new_method_call(_REGISTRY, "Register", "sa{sv}", body))

    def _token(self) -> str:
        return f"malgeul{next(self._tokens)}"

    def _expect(self, response: _Response) -> str:
        """A new request token whose answer goes to `response`."""
        token = self._token()
        sender = self._connection.unique_name.lstrip(":").replace(".", "_")
        self._requests[f"{_PATH}/request/{sender}/{token}"] = response
        return token

    def _call(self, message: Message) -> None:
        serial = next(self._connection.outgoing_serial)
        self._calls[serial] = None
        self._connection.send(message, serial=serial)

    def _close_session(self) -> None:
        if self._session:
            address = DBusAddress(self._session, _NAME, _SESSION_INTERFACE)
            self._connection.send(new_method_call(address, "Close"))
            self._session = ""

    # listening ----------------------------------------------------------------------------------
    def _on_readable(self) -> None:
        try:
            while True:
                self._take(self._connection.receive(timeout=0))
        except TimeoutError:
            return  # all read
        except OSError as error:
            self._notifier.setEnabled(False)
            _log.warning("the session bus went away, shortcuts are off: %s", error)

    def _take(self, message: Message) -> None:
        fields = message.header.fields
        kind = message.header.message_type
        serial = fields.get(HeaderFields.reply_serial)
        if kind is MessageType.error and serial in self._calls:
            _log.info("no shortcut portal: %s", fields.get(HeaderFields.error_name))
            self._refuse(set(self._chords))
        elif kind is MessageType.method_return and serial in self._calls:
            self._note_handle(message.body)
        elif kind is MessageType.signal:
            self._take_signal(fields.get(HeaderFields.path, ""), fields, message.body)
        if serial is not None:
            self._calls.pop(serial, None)

    def _note_handle(self, body: tuple[Any, ...]) -> None:
        """Old portals choose the request's path themselves: follow them."""
        if body and body[0] not in self._requests and len(self._requests) == 1:
            self._requests = {body[0]: next(iter(self._requests.values()))}

    def _take_signal(self, path: str, fields: Mapping[Any, Any], body: tuple[Any, ...]) -> None:
        member = fields.get(HeaderFields.member)
        if member == "Response" and path in self._requests:
            response = self._requests.pop(path)
            response(body[0], {name: value for name, (_, value) in body[1].items()})
        elif member == "Activated" and body[0] == self._session:
            if body[1] in self._chords and self._pressed is not None:
                self._pressed(body[1])
        elif member == "Closed" and path == self._session:
            self._session = ""
            self._refuse(set(self._chords))

    def _on_session_created(self, code: int, results: dict[str, Any]) -> None:
        if code != _GRANTED:
            self._refuse(set(self._chords))
            return
        self._session = results["session_handle"]
        shortcuts = [
            (
                action,
                {
                    "description": ("s", description(action)),
                    "preferred_trigger": ("s", trigger(chord)),
                },
            )
            for action, chord in self._chords.items()
        ]
        options = {"handle_token": ("s", self._expect(self._on_bound))}
        body = (self._session, shortcuts, "", options)
        signature = "oa(sa{sv})sa{sv}"
        self._call(new_method_call(_SHORTCUTS, "BindShortcuts", signature, body))

    def _on_bound(self, code: int, results: dict[str, Any]) -> None:
        if code != _GRANTED:
            self._refuse(set(self._chords))
            return
        bound = {action for action, _ in results.get("shortcuts", [])}
        for action, chord in self._chords.items():
            if action not in bound and self._problem is not None:
                self._problem(taken(action, chord))

    def _refuse(self, actions: set[str]) -> None:
        for action, chord in self._chords.items():
            if action in actions and self._problem is not None:
                self._problem(unavailable(action, chord))
