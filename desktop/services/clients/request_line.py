"""The connection of one HTTP request: with limits that hold, and ended from any thread.

httpx's own limits are per read, so a server that sends a byte now and then is waited for without
end, and a read that waits cannot be called off.  Here every read is bounded by what is expected
next (`RequestLine.expect_within`) and by the whole request's deadline, and `cancel` shuts the
socket down, which the server sees at once.  A connection serves one request: over the loopback a
new one costs nothing, and a server that was restarted meanwhile cannot be met on a dead one.
"""

from __future__ import annotations

import contextlib
import socket
import ssl
import threading
import time
from collections.abc import Iterable, Iterator
from typing import Any

import httpcore
import httpx


class RequestLine:
    """Deadlines and the switch of one request; `cancel` from any thread, the rest on one.

    Args:
        total_s: seconds from now to the end of the whole request, retries included.
        connect_s: seconds for one attempt to connect.
    """

    def __init__(self, *, total_s: float, connect_s: float) -> None:
        self.connect_s = connect_s
        self._ends_s = time.monotonic() + total_s
        self._due_s = self._ends_s
        self._lock = threading.Lock()
        self._cancelled = threading.Event()
        self._socket: socket.socket | None = None

    @property
    def cancelled(self) -> bool:
        return self._cancelled.is_set()

    @property
    def expired(self) -> bool:
        """The whole request's time is over."""
        return time.monotonic() >= self._ends_s

    def expect_within(self, seconds: float) -> None:
        """What is read next must come within `seconds` from now, or with the request's end."""
        self._due_s = min(time.monotonic() + seconds, self._ends_s)

    def left_s(self) -> float:
        """Seconds until what is expected next is overdue; not below 0."""
        return max(0.0, self._due_s - time.monotonic())

    def total_left_s(self) -> float:
        """Seconds until the whole request is overdue; not below 0."""
        return max(0.0, self._ends_s - time.monotonic())

    def wait(self, seconds: float) -> None:
        """Sleeps; a cancel or the end of the request's time ends it."""
        self._cancelled.wait(min(seconds, self.total_left_s()))

    def cancel(self) -> None:
        """Ends the request, here and at the server; any thread, any number of times."""
        with self._lock:
            self._cancelled.set()
            self._shut_down()

    def hold(self, connected: socket.socket) -> None:
        """Remembers the socket in use; one that comes after a cancel is shut down at once."""
        with self._lock:
            self._socket = connected
            if self.cancelled:
                self._shut_down()

    def let_go(self) -> None:
        """The socket is about to be closed."""
        with self._lock:
            self._socket = None

    def _shut_down(self) -> None:
        if self._socket is not None:
            with contextlib.suppress(OSError):  # the other side was first
                self._socket.shutdown(socket.SHUT_RDWR)


class _LineStream(httpcore.NetworkStream):
    """A connected socket whose reads end when the line says so."""

    def __init__(self, stream: httpcore.NetworkStream, line: RequestLine) -> None:
        self._stream = stream
        self._line = line
        line.hold(stream.get_extra_info("socket"))

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        left_s = self._line.left_s()
        if left_s <= 0.0:
            raise httpcore.ReadTimeout
        return self._stream.read(max_bytes, left_s)

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._stream.write(buffer, max(0.001, self._line.total_left_s()))

    def close(self) -> None:
        self._line.let_go()
        self._stream.close()

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> httpcore.NetworkStream:
        secured = self._stream.start_tls(ssl_context, server_hostname, self._line.connect_s)
        return _LineStream(secured, self._line)

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)


class _LineBackend(httpcore.NetworkBackend):
    def __init__(self, line: RequestLine) -> None:
        self._line = line
        self._real = httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        limit_s = min(self._line.connect_s, self._line.total_left_s())
        if limit_s <= 0.0:
            raise httpcore.ConnectTimeout
        stream = self._real.connect_tcp(host, port, limit_s, local_address, socket_options)
        return _LineStream(stream, self._line)


class LineTransport(httpx.BaseTransport):
    """Carries httpx's requests over a `RequestLine`; raises httpcore's exceptions as they are."""

    def __init__(self, line: RequestLine, context: ssl.SSLContext | None) -> None:
        self._pool = httpcore.ConnectionPool(
            ssl_context=context,
            max_connections=1,
            max_keepalive_connections=0,
            network_backend=_LineBackend(line),
        )

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        url = request.url
        response = self._pool.handle_request(
            httpcore.Request(
                method=request.method,
                url=httpcore.URL(
                    scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path
                ),
                headers=request.headers.raw,
                content=request.stream,
            )
        )
        return httpx.Response(
            response.status, headers=response.headers, stream=_Body(response.stream)
        )

    def close(self) -> None:
        self._pool.close()


class _Body(httpx.SyncByteStream):
    def __init__(self, stream: Any) -> None:
        self._stream = stream

    def __iter__(self) -> Iterator[bytes]:
        yield from self._stream

    def close(self) -> None:
        self._stream.close()
