"""One try of a chat request over HTTP: sends it and gives the pieces of the answer as they come.

On the caller's thread.  Whatever can go wrong on a network comes out as one of three things: a
`PassingError` (nothing was received, another try may help), another `ServiceError` (it will not),
or `LostError` (the answer had begun).
"""

from __future__ import annotations

import contextlib
import functools
import ssl
from collections.abc import Generator, Iterator
from typing import Any

import httpcore
import httpx

from desktop.services.clients import openai_protocol as protocol
from desktop.services.clients.openai_protocol import LostError, Piece
from desktop.services.clients.request_line import LineTransport, RequestLine
from desktop.services.clients.sse import SseDecoder, TooLongError
from desktop.services.supervisor.spec import Endpoint

MAX_BODY_BYTES = 4 << 20  # of an answer that is not streamed
MAX_REFUSAL_BYTES = 64 << 10
DONE = "[DONE]"

_BROKEN = (
    httpcore.NetworkError,
    httpcore.ProtocolError,
    httpx.HTTPError,
    httpx.StreamError,
    OSError,
)


@functools.cache
def _context() -> ssl.SSLContext:
    return httpx.create_ssl_context()


def exchange(
    endpoint: Endpoint, body: dict[str, Any], line: RequestLine
) -> Generator[Piece, None, None]:
    """The pieces of the answer; ends when the server has said that it is done.

    Raises:
        ServiceError: nothing was received, and why.
        LostError: the answer broke off, or `line` was cancelled.
    """
    host = protocol.host_of(endpoint.url)
    begun = False
    try:
        for piece in _pieces(endpoint, body, line, host):
            begun = begun or bool(piece.text)
            yield piece
    except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
        raise _lost_or(protocol.unreachable(host), line, begun) from error
    except httpcore.TimeoutException as error:
        raise _lost_or(protocol.too_slow(host), line, begun) from error
    except _BROKEN as error:
        raise _lost_or(protocol.cut_off(host), line, begun) from error
    except TooLongError as error:
        raise _lost_or(protocol.nonsense(host, "its answer has no end"), line, begun) from error
    except (httpcore.UnsupportedProtocol, httpx.InvalidURL) as error:
        raise protocol.nonsense(host, "the address is wrong") from error


def _lost_or(error: Exception, line: RequestLine, begun: bool) -> Exception:
    return LostError(str(error)) if begun or line.cancelled else error


def _pieces(
    endpoint: Endpoint, body: dict[str, Any], line: RequestLine, host: str
) -> Iterator[Piece]:
    headers = {"Accept": "text/event-stream", "Accept-Encoding": "identity"}
    if endpoint.key is not None:
        headers["Authorization"] = f"Bearer {endpoint.key.reveal()}"
    tls = endpoint.url.startswith("https:")
    with contextlib.ExitStack() as opened:
        transport = LineTransport(line, _context() if tls else None)
        client = opened.enter_context(httpx.Client(transport=transport, trust_env=False))
        url = protocol.chat_url(endpoint.url)
        response = opened.enter_context(client.stream("POST", url, json=body, headers=headers))
        kind = response.headers.get("content-type", "").partition(";")[0].strip().lower()
        if response.status_code != 200:
            said = _body(response, MAX_REFUSAL_BYTES)
            raise protocol.refusal(response.status_code, said, host)
        if kind == "application/json":
            yield protocol.read_piece(_body(response, MAX_BODY_BYTES), host)
        elif kind == "text/event-stream":
            yield from _events(response, host)
        elif kind:
            raise protocol.nonsense(host, f"it sends {kind} of another kind")
        else:
            raise protocol.nonsense(host, "it sends data of another kind")


def _events(response: httpx.Response, host: str) -> Iterator[Piece]:
    decoder = SseDecoder()
    finished = False
    for received in response.iter_raw():
        for data in decoder.feed(received):
            if data == DONE:
                return
            piece = protocol.read_piece(data, host)
            finished = finished or bool(piece.finish_reason)
            yield piece
    for data in decoder.end():
        if data != DONE:
            yield protocol.read_piece(data, host)
            finished = True
    if not finished:
        raise httpcore.RemoteProtocolError("the stream ended before the answer did")


def _body(response: httpx.Response, limit: int) -> str:
    received = bytearray()
    for part in response.iter_raw():
        received += part
        if len(received) > limit:
            raise TooLongError
    return received.decode("utf-8", "replace")
