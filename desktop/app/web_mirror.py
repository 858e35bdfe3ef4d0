"""The browser mirror as part of the application: on and off with the settings.

`apply` may come from any thread; the server itself runs on the thread ``web``.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Sequence
from typing import TYPE_CHECKING

from desktop.app.application import Application
from desktop.errors import MalgeulError
from desktop.events import NoticeCleared, NoticeRaised, Severity
from desktop.records import MirrorRecord, MirrorState, NetworkRecord
from desktop.services.web.meeting import Answers
from desktop.services.web.mirror import Mirror

if TYPE_CHECKING:
    from desktop.services.web.server import WebServer

_log = logging.getLogger(__name__)

NOTICE = "web"


class WebMirror:
    """Serves what the application's bus says; `desktop.ui.ports.MirrorBackend` for the window.

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
        self._served: tuple[str, int] | None = None
        self._state = MirrorRecord(MirrorState.OFF)
        self._closed = False
        # Also while it is off: whoever opens it in mid-meeting sees the meeting from its beginning.
        self._unsubscribe = application.bus.subscribe(self._mirror.hear)

    @property
    def server(self) -> WebServer | None:
        """The running server."""
        return self._server

    def status(self) -> MirrorRecord:
        """What the settings page shows; never waits."""
        server = self._server
        if server is None:
            return self._state
        return MirrorRecord(
            MirrorState.ON,
            server.address(),
            server.port,
            not server.on_loopback,
            self._mirror.viewers,
        )

    def networks(self) -> Sequence[NetworkRecord]:
        """This machine's addresses on its networks."""
        from desktop.services.web.networks import own_networks

        return own_networks()

    def apply(self) -> None:
        """Brings the settings into force; a failure is told as a notice.

        Browsers that are there stay, unless it listens somewhere else afterwards: what else is in
        the settings is asked at every request.
        """
        with self._lock:
            wanted = self._application.settings.web
            on = (wanted.enabled or self._forced) and not self._closed
            where = (wanted.host, wanted.port)
            if on and self._server is not None and self._served == where:
                return
            self._stop()
            if on:
                self._start(where)
            else:
                self._state = MirrorRecord(MirrorState.OFF)
                self._application.bus.publish(NoticeCleared(NOTICE))

    def close(self) -> None:
        """Ends it for good."""
        with self._lock:
            self._closed = True
            self._stop()
        self._unsubscribe()

    def _start(self, where: tuple[str, int]) -> None:
        self._state = MirrorRecord(MirrorState.STARTING)
        from desktop.services.web.server import WebServer  # a server takes its time to load

        server = WebServer(self._application, self._answers, self._mirror)
        try:
            server.start()
        except MalgeulError as error:
            _log.warning("the browser mirror: %s", error)
            self._state = MirrorRecord(MirrorState.FAILED, reason=error.message, hint=error.hint)
            notice = NoticeRaised(Severity.ERROR, NOTICE, error.message, error.hint, "settings")
            self._application.bus.publish(notice)
            return
        self._server, self._served = server, where
        self._tell(server)

    def _stop(self) -> None:
        server, self._server, self._served = self._server, None, None
        if server is not None:
            server.stop()
            self._application.measure_machine(0.0, "browser")

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
