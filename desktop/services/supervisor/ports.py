"""Finding out who holds a port, and a free one beside it (faults: P7)."""

from __future__ import annotations

import contextlib
import socket
import sys
from collections.abc import Collection, Iterable
from dataclasses import dataclass

import psutil

from desktop.errors import ServiceError
from desktop.services.supervisor.spec import LOOPBACK

_SPAN = 200


@dataclass(frozen=True, slots=True)
class PortHolder:
    """The program that listens; `pid` 0 when the system does not say which it is."""

    port: int
    pid: int = 0
    program: str = ""

    def __str__(self) -> str:
        if not self.pid:
            return "a program of another user"
        return f"{self.program or 'a program'} (process {self.pid})"


def is_free(port: int) -> bool:
    """Whether a server could bind this port on the loopback address now."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        if sys.platform == "win32":
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_EXCLUSIVEADDRUSE, 1)
        else:
            # As servers do: an ended connection in TIME_WAIT does not count as a holder.
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError:
            return False
    return True


def holder(port: int) -> PortHolder | None:
    """Who listens on `port`; None when nobody does."""
    for pid in _listeners(port):
        program = ""
        if pid:
            with contextlib.suppress(psutil.Error):
                program = psutil.Process(pid).name()
        return PortHolder(port, pid, program)
    return None if is_free(port) else PortHolder(port)


def _listeners(port: int) -> Iterable[int]:
    try:
        connections = psutil.net_connections("tcp")
    except (psutil.AccessDenied, OSError):
        return []
    return [
        connection.pid or 0
        for connection in connections
        if connection.status == psutil.CONN_LISTEN
        and connection.laddr
        and connection.laddr.port == port
    ]


def held_by_other(port: int, ours: Collection[int]) -> PortHolder | None:
    """The program on `port` when it is known and none of `ours`."""
    found = [pid for pid in _listeners(port) if pid]
    if not found or any(pid in ours for pid in found):
        return None
    return holder(port)


def free_port(preferred: int, count: int = 1, avoid: Collection[int] = ()) -> int:
    """The first of `count` free ports in a row at or after `preferred`, none of them in `avoid`.

    Raises:
        ServiceError: none of the next 200 is free.
    """
    for first in range(preferred, min(preferred + _SPAN, 65_536 - count)):
        block = range(first, first + count)
        if not any(port in avoid for port in block) and all(map(is_free, block)):
            return first
    raise ServiceError(
        f"No free port from {preferred} on.",
        hint="Close programs that listen there, or choose another port in settings.json.",
        code="service.port",
    )
