"""A stand-in for xdg-desktop-portal's GlobalShortcuts, as a program on a bus of the test's own.

Prints each call as a JSON line.  Commands on standard input: ``press ACTION``, ``close``.
``--refuse ACTION`` leaves a shortcut out, ``--cancel`` is the user saying no.
"""

from __future__ import annotations

import argparse
import json
import os
import selectors
import sys
from typing import Any

from jeepney import (
    DBusAddress,
    HeaderFields,
    Message,
    MessageType,
    new_method_return,
    new_signal,
)
from jeepney.bus_messages import message_bus
from jeepney.io.blocking import Proxy, open_dbus_connection

PATH = "/org/freedesktop/portal/desktop"
SHORTCUTS = "org.freedesktop.portal.GlobalShortcuts"


class Portal:
    def __init__(self, options: argparse.Namespace) -> None:
        self.options = options
        self.connection = open_dbus_connection(options.bus)
        Proxy(message_bus, self.connection).RequestName("org.freedesktop.portal.Desktop")
        self.session = ""

    def say(self, **fields: Any) -> None:
        print(json.dumps(fields), flush=True)

    def signal(self, path: str, interface: str, name: str, signature: str, body: Any) -> None:
        emitter = DBusAddress(path, interface=interface)
        self.connection.send(new_signal(emitter, name, signature, body))

    def respond(self, call: Message, token: str, code: int, results: dict[str, Any]) -> None:
        sender = call.header.fields[HeaderFields.sender].lstrip(":").replace(".", "_")
        path = f"{PATH}/request/{sender}/{token}"
        self.connection.send(new_method_return(call, "o", (path,)))
        request = "org.freedesktop.portal.Request"
        self.signal(path, request, "Response", "ua{sv}", (code, results))

    def take(self, call: Message) -> None:
        if call.header.message_type is not MessageType.method_call:
            return
        member = call.header.fields[HeaderFields.member]
        if member == "CreateSession":
            options = call.body[0]
            self.session = f"{PATH}/session/1/{options['session_handle_token'][1]}"
            self.say(call=member)
            results = {"session_handle": ("s", self.session)}
            self.respond(call, options["handle_token"][1], 0, results)
        elif member == "BindShortcuts":
            session, shortcuts, parent, options = call.body
            self.say(
                call=member,
                own=session == self.session,
                parent=parent,
                shortcuts={name: {k: v[1] for k, v in f.items()} for name, f in shortcuts},
            )
            bound = [(n, {}) for n, _ in shortcuts if n not in self.options.refuse]
            code = 1 if self.options.cancel else 0
            results = {"shortcuts": ("a(sa{sv})", bound)}
            self.respond(call, options["handle_token"][1], code, {} if code else results)
        elif member == "Close":
            self.say(call=member)
            self.connection.send(new_method_return(call))

    def command(self, words: list[str]) -> None:
        if words[0] == "press":
            body = (self.session, words[1], 0, {})
            self.signal(PATH, SHORTCUTS, "Activated", "osta{sv}", body)
        elif words[0] == "close":
            session = "org.freedesktop.portal.Session"
            self.signal(self.session, session, "Closed", "a{sv}", ({},))

    def run(self) -> None:
        selector = selectors.DefaultSelector()
        selector.register(self.connection.sock, selectors.EVENT_READ)
        selector.register(sys.stdin, selectors.EVENT_READ)
        self.say(ready=True)
        while True:
            for key, _ in selector.select():
                if key.fileobj is sys.stdin:
                    line = os.read(0, 4096).decode()
                    if not line:
                        return
                    self.command(line.split())
                else:
                    self.drain()

    def drain(self) -> None:
        try:
            while True:
                self.take(self.connection.receive(timeout=0))
        except TimeoutError:
            pass


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("bus")
    parser.add_argument("--refuse", action="append", default=[])
    parser.add_argument("--cancel", action="store_true")
    Portal(parser.parse_args()).run()


if __name__ == "__main__":
    main()
