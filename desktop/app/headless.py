"""Runs everything without a window: the browser mirror is its face.  Main thread.

Announces the address with its one-time token, and another when that was used; ends on SIGTERM or
Ctrl+C, in order, as the window does.
"""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Callable

from PySide6.QtCore import QCoreApplication, QTimer

from desktop.app.application import Application
from desktop.app.exit_signals import ExitSignals
from desktop.app.web_mirror import WebMirror
from desktop.errors import ServiceError
from desktop.events import Event, NoticeRaised, Severity
from desktop.logs import hook_exceptions
from desktop.paths import Paths
from desktop.ui.bridge.recogniser_thread import RecogniserThread

READY_LINE = "malgeul: ready at"
NEXT_LINE = "malgeul: the next browser opens"
LOOK_EVERY_S = 1.0


Announce = Callable[[str], None]


def run(paths: Paths, announce: Announce, *, capture: bool = False) -> int:
    """Runs until it is told to end; returns the exit code.

    Args:
        announce: prints a line for whoever started it; never raises.
        capture: begin to listen at once.

    Raises:
        StorageError: the data directory cannot be used, or another Malgeul uses it.
        ServiceError: the mirror finds no port.
    """
    hook_exceptions()
    existing = QCoreApplication.instance()
    qt = existing if existing is not None else QCoreApplication(sys.argv[:1])
    application = Application.open(paths)
    mirror = WebMirror(application, application, forced=True)
    recogniser = RecogniserThread(application.worker.run)
    signals = ExitSignals()
    signals.received.connect(qt.quit)
    unsubscribe = application.bus.subscribe(_tell)
    with contextlib.ExitStack() as down:  # in reverse, whatever one of the steps may raise
        down.callback(application.close_store)
        down.callback(unsubscribe)
        down.callback(recogniser.stop)
        down.callback(application.worker.wake)
        down.callback(application.close)
        down.callback(mirror.close)
        down.callback(signals.close)
        signals.watch()
        application.start()
        recogniser.start()
        mirror.apply()
        if mirror.server is None:
            raise ServiceError(
                "The browser mirror could not start.",
                hint="The message above says why.",
                code="service.web",
            )
        printed = mirror.status().address
        announce(f"{READY_LINE} {printed}")
        teller = _NextAddress(mirror, printed, announce)
        down.callback(teller.stop)
        teller.start(round(LOOK_EVERY_S * 1_000))
        if capture:
            application.start_capture()
        return qt.exec()


class _NextAddress(QTimer):
    """An address works once: when it was used, the one for the next browser is printed."""

    def __init__(self, mirror: WebMirror, printed: str, announce: Announce) -> None:
        super().__init__()
        self._mirror = mirror
        self._printed = printed
        self._announce = announce
        self.timeout.connect(self._on_look_due)

    def _on_look_due(self) -> None:
        address = self._mirror.status().address
        if address and address != self._printed:
            self._printed = address
            self._announce(f"{NEXT_LINE} {address}")


def _tell(event: Event) -> None:
    """Without a window, what a person must know goes to standard error."""
    if isinstance(event, NoticeRaised) and event.severity is not Severity.INFO:
        print(f"malgeul: {event.message} {event.hint}".rstrip(), file=sys.stderr, flush=True)
