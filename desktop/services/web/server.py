"""Runs the mirror: binds first, then serves on a thread of its own, ``web``.

A busy port is an error before anything is promised: the next free one is taken and said.
"""

from __future__ import annotations

import asyncio
import contextlib
import ipaddress
import logging
import socket
import threading

import uvicorn
from starlette.types import ASGIApp

from desktop.errors import ServiceError
from desktop.services.web.access import Keys
from desktop.services.web.connections import (
    MAX_CONNECTIONS,
    MAX_HEAD_BYTES,
    GuardedConnection,
    GuardedSocket,
)
from desktop.services.web.guard import Guard
from desktop.services.web.meeting import Answers, Meeting
from desktop.services.web.mirror import Mirror
from desktop.services.web.networks import ANY, own_networks
from desktop.services.web.routes import Routes

_log = logging.getLogger(__name__)

PORTS_TRIED = 20
MAX_FRAME_BYTES = 1 << 20
PING_S = 15.0
PONG_WITHIN_S = 15.0  # a peer that is gone is noticed within both (faults: N76)
UNREAD_WITHIN_S = 40.0
STOP_WITHIN_S = 5.0


def bind(host: str, port: int, tried: int = PORTS_TRIED) -> socket.socket:
    """A listening socket on `port`, or on one of the next.

    Raises:
        ServiceError: none of them is free, or the address is not of this machine.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    failure: OSError | None = None
    for number in range(port, port + tried):
        found = socket.socket(family, socket.SOCK_STREAM)
        found.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if hasattr(socket, "TCP_USER_TIMEOUT"):  # accepted sockets inherit it: nobody who stopped
            # reading an answer holds its connection (Linux; elsewhere the limit of connections).
            limit_ms = round(UNREAD_WITHIN_S * 1_000)
            found.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, limit_ms)
        try:
            found.bind((host, number))
            found.listen(128)
        except OSError as error:
            found.close()
            failure = error
            continue
        return found
    raise ServiceError(
        f"The browser mirror cannot listen on {host}, port {port}: {failure}.",
        hint="Choose another port or address in the settings.",
        code="service.web",
    )


def is_loopback(host: str) -> bool:
    """Only this machine can reach it."""
    if host == "localhost":
        return True
    with contextlib.suppress(ValueError):
        return ipaddress.ip_address(host).is_loopback
    return False


def listening(app: ASGIApp, *, max_frame_bytes: int = MAX_FRAME_BYTES) -> uvicorn.Config:
    """How `app` is served: the limits of connections, heads and frames."""
    return uvicorn.Config(
        app,
        log_config=None,
        access_log=False,  # addresses may carry tokens
        server_header=False,
        date_header=False,
        proxy_headers=False,
        lifespan="off",
        http=GuardedConnection,
        ws=GuardedSocket,
        ws_max_size=max_frame_bytes,
        ws_ping_interval=PING_S,
        ws_ping_timeout=PONG_WITHIN_S,
        h11_max_incomplete_event_size=MAX_HEAD_BYTES,
        limit_concurrency=MAX_CONNECTIONS,
        timeout_keep_alive=15,
        timeout_graceful_shutdown=2,
    )


class WebServer:
    """The mirror, from `start` to `stop`.

    Args:
        meeting: the application.
        answers: its documents part, where there is one.
        mirror: subscribed to the bus by whoever makes it.
    """

    def __init__(self, meeting: Meeting, answers: Answers | None, mirror: Mirror) -> None:
        self._meeting = meeting
        self._mirror = mirror
        self.keys = Keys()
        self.port = 0
        self.host = ""
        self._routes = Routes(meeting, answers, mirror, self.keys)
        self._server: uvicorn.Server | None = None
        self._socket: socket.socket | None = None
        self._thread: threading.Thread | None = None

    @property
    def on_loopback(self) -> bool:
        """Only this machine can reach it."""
        return is_loopback(self.host)

    def start(self) -> None:
        """Binds and begins to serve.

        Raises:
            ServiceError: there is no free port.
        """
        settings = self._meeting.settings.web
        self.host = settings.host
        self._socket = bind(settings.host, settings.port)
        self.port = self._socket.getsockname()[1]
        guard = Guard(
            self._routes.application(),
            keys=self.keys,
            port=lambda: self.port,
            allowed_hosts=self._hosts,
        )
        self._server = uvicorn.Server(listening(guard))
        self._thread = threading.Thread(target=self._run, name="web")
        self._thread.start()

    def stop(self) -> None:
        """Ends every connection and the thread."""
        if self._server is not None:
            self._server.should_exit = True
        if self._thread is not None:
            self._thread.join(STOP_WITHIN_S)
            if self._thread.is_alive() and self._server is not None:
                self._server.force_exit = True
                self._thread.join(STOP_WITHIN_S)
            self._thread = None
        if self._socket is not None:
            self._socket.close()
            self._socket = None

    def address(self) -> str:
        """The address for the next browser; its token works once."""
        host = self.host
        if host in ANY:
            host = next((network.address for network in own_networks()), "127.0.0.1")
        return f"http://{self._authority(host)}/?token={self.keys.ticket()}"

    def _hosts(self) -> list[str]:
        """Names beside the loopback ones: what the user allowed, and the chosen interface."""
        names = [self.host]
        if self.host in ANY:
            names = [network.address for network in own_networks()]
        elif self.on_loopback:
            names = []
        allowed = self._meeting.settings.web.allowed_hosts
        return [*allowed, *(self._authority(name) for name in names)]

    def _authority(self, host: str) -> str:
        return f"[{host}]:{self.port}" if ":" in host else f"{host}:{self.port}"

    def _run(self) -> None:
        assert self._server is not None
        assert self._socket is not None
        try:
            asyncio.run(self._server.serve(sockets=[self._socket]))
        except Exception:  # noqa: BLE001 - the end of the thread; captions go on
            _log.exception("the browser mirror ended with an error")
