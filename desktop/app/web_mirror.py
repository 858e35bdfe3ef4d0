"""The browser mirror as part of the application: on and off with the settings.

`apply` may come from any thread; the server itself runs on the thread ``web``.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING

from desktop.app.application import Application
from desktop.errors import MalgeulError
from desktop.events import NoticeCleared, NoticeRaised, Severity
from desktop.services.web.meeting import Answers
from desktop.services.web.mirror import Mirror
from desktop.settings import WebSettings

if TYPE_CHECKING:
    from desktop.services.web.server import WebServer

_log = logging.getLogger(__name__)

NOTICE = "web"


class WebMirror:
    """Serves what the application's bus says.

    Args:
        application: whose meeting is shown.
        answers: its documents part, where it has one.
        forced: on whatever the settings say (without a window).
    """

    def __init__(
        self, application: Application, answers: Answers | None = None, *, forced: bool = False
    ) -> None:
        self._application = application
        self._answers = answers
        self._forced = forced
        self._mirror = Mirror()
        self._lock = threading.Lock()
        self._server: WebServer | None = None
        self._served: WebSettings | None = None
        self._unsubscribe: Callable[[], None] | None = None

    @property
    def server(self) -> WebServer | None:
        """The running server."""
        return self._server

    def apply(self) -> None:
        """Brings the settings into force; a failure is told as a notice."""
        with self._lock:
            wanted = self._application.settings.web
            on = wanted.enabled or self._forced
            same = self._served == wanted
            if on and self._server is not None and same:
                return
            self._stop()
            if on:
                self._start(wanted.model_copy(deep=True))
            else:
                self._application.bus.publish(NoticeCleared(NOTICE))

    def close(self) -> None:
        with self._lock:
            self._stop()

    def _start(self, wanted: WebSettings) -> None:
        from desktop.services.web.server import WebServer  # a server takes its time to load

        server = WebServer(self._application, self._answers, self._mirror)
        if self._unsubscribe is None:
            self._unsubscribe = self._application.bus.subscribe(self._mirror.hear)
        try:
            server.start()
        except MalgeulError as error:
            _log.warning("the browser mirror: %s", error)
            notice = NoticeRaised(Severity.ERROR, NOTICE, error.message, error.hint, "settings")
            self._application.bus.publish(notice)
            return
        self._server, self._served = server, wanted
        self._tell(server)

    def _stop(self) -> None:
        server, self._server, self._served = self._server, None, None
        if server is not None:
            server.stop()
        if self._unsubscribe is not None:
            self._unsubscribe()
            self._unsubscribe = None

    def _tell(self, server: WebServer) -> None:
        if server.on_loopback:
            message = f"The browser mirror is on: {server.address()}"
            notice = NoticeRaised(
                Severity.INFO, NOTICE, message, "The address works once, in one browser."
            )
        else:
            message = f"The browser mirror can be reached from the network: {server.address()}"
            notice = NoticeRaised(
                Severity.WARNING,
                NOTICE,
                message,
                "Whoever opens the address first sees the meeting; it is not encrypted.",
                "settings",
            )
        self._application.bus.publish(notice)
