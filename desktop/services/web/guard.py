"""The gate before every request: host, token, origin, method, size and rate, then safe headers.

A pure ASGI middleware, so that it sees WebSocket upgrades as well and refuses them before they are
accepted.  Thread: ``web``.
"""

from __future__ import annotations

import asyncio
import logging
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from starlette.datastructures import QueryParams
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from desktop.services.web.access import (
    Keys,
    Refusal,
    bearer_of,
    check_host,
    check_origin,
    cookie_name,
)
from desktop.services.web.connections import MAX_HEAD_BYTES
from desktop.services.web.rates import Bucket
from desktop.services.web.replies import HEADERS, locked_page, refusal

_log = logging.getLogger(__name__)

OPEN_PATHS = frozenset({"/health"})  # says nothing but that the server is there
HIDDEN_PATHS = frozenset({"/docs", "/redoc", "/openapi.json", "/metrics"})
MAX_BODY_BYTES = 1 << 20
BODY_PIECE_WITHIN_S = 20.0
UPLOAD_PATHS = ("/v1/audio/transcriptions", "/api/test-audio")
MAX_UPLOAD_BYTES = 512 << 20
RATE_PER_S = 20.0
RATE_BURST = 200.0
_UNSAFE = frozenset({"POST", "PUT", "PATCH", "DELETE"})
_BUCKETS = 1_024


@dataclass(frozen=True, slots=True)
class _Caller:
    """Who asks: a program with the token, a browser with its cookie, or nobody we know."""

    by_program: bool = False
    cookie: str = ""

    @property
    def known(self) -> bool:
        return self.by_program or bool(self.cookie)


class Guard:
    """Wraps the application.

    Args:
        app: what is behind.
        keys: the run's tokens.
        port: what the server listens on, once it does.
        allowed_hosts: further Host values that the user has named (a tunnel's).
    """

    def __init__(
        self,
        app: ASGIApp,
        *,
        keys: Keys,
        port: Callable[[], int],
        allowed_hosts: Callable[[], Sequence[str]],
    ) -> None:
        self._app = app
        self._keys = keys
        self._port = port
        self._allowed_hosts = allowed_hosts
        self._buckets: OrderedDict[tuple[str, str], Bucket] = OrderedDict()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        refusal = self._judge(scope)
        if refusal is not None:
            await _refuse(scope, receive, send, refusal)
            return
        if scope["type"] == "websocket":
            await self._app(scope, receive, send)
            return
        await self._serve(scope, receive, send)

    def _judge(self, scope: Scope) -> Refusal | None:
        if sum(len(key) + len(value) + 4 for key, value in scope["headers"]) > MAX_HEAD_BYTES:
            return Refusal(431, "headers")
        hosts = _values(scope, b"host")
        refusal = check_host(hosts, self._port(), self._allowed_hosts())
        if refusal is not None:
            return refusal
        caller = self._caller(scope)
        if not self._bucket(scope, caller).take():
            return Refusal(429, "too many requests")
        return self._judge_caller(scope, hosts[0], caller)

    def _caller(self, scope: Scope) -> _Caller:
        bearer = bearer_of(_values(scope, b"authorization"))
        if bearer is not None and self._keys.knows_bearer(bearer):
            return _Caller(by_program=True)
        cookie = _cookie(scope, cookie_name(self._port()))
        return _Caller(cookie=cookie) if self._keys.knows_cookie(cookie) else _Caller()

    def _judge_caller(self, scope: Scope, host: str, caller: _Caller) -> Refusal | None:
        origins = _values(scope, b"origin")
        ours = check_origin(origins, host)
        if scope["type"] == "websocket":
            allowed = (caller.by_program and not origins) or (caller.known and ours)
            return None if allowed else Refusal(403, "websocket")
        if scope["path"] in OPEN_PATHS or _is_ticket(scope):
            return None
        if not caller.known:
            hidden = scope["path"] in HIDDEN_PATHS  # whether they are there is nobody's business
            return Refusal(404, "not found") if hidden else Refusal(401, "token")
        if scope["method"] in _UNSAFE and (origins or caller.cookie) and not ours:
            return Refusal(403, "origin")
        return None

    def _bucket(self, scope: Scope, caller: _Caller) -> Bucket:
        """Each browser has its own: behind a tunnel all come from one address, and a strange page
        that asks without end must not use up what our own page needs."""
        address = (scope.get("client") or ("", 0))[0]
        key = (address, "bearer" if caller.by_program else caller.cookie)
        bucket = self._buckets.setdefault(key, Bucket(RATE_PER_S, RATE_BURST))
        self._buckets.move_to_end(key)
        while len(self._buckets) > _BUCKETS:
            self._buckets.popitem(last=False)
        return bucket

    async def _serve(self, scope: Scope, receive: Receive, send: Send) -> None:
        limit = MAX_UPLOAD_BYTES if scope["path"] in UPLOAD_PATHS else MAX_BODY_BYTES
        lengths = _values(scope, b"content-length")
        if lengths and (not lengths[0].isdigit() or int(lengths[0]) > limit):
            await _refuse(scope, receive, send, Refusal(413, "body"))
            return
        body = _LimitedBody(receive, limit)
        started = False

        async def reply(message: Message) -> None:
            nonlocal started
            if message["type"] == "http.response.start":
                started = True
                message["headers"] = [*message.get("headers", ()), *_missing(message)]
            await send(message)

        try:
            await self._app(scope, body.receive, reply)
        except Exception:  # noqa: BLE001 - the last line: nothing of it reaches the browser
            if not started:  # else it was answered and logged where it happened
                _log.exception("a request failed")
                await _refuse(scope, receive, send, Refusal(500, "error"))


class _LimitedBody:
    """Not too much, and not drop by drop."""

    def __init__(self, receive: Receive, limit: int) -> None:
        self._receive = receive
        self._left = limit
        self._more = True

    async def receive(self) -> Message:
        try:
            # After the body, what is waited for is the end of the connection.
            within_s = BODY_PIECE_WITHIN_S if self._more else None
            message = await asyncio.wait_for(self._receive(), within_s)
        except TimeoutError as error:
            raise HTTPException(408, "body") from error
        self._more = bool(message.get("more_body"))
        if message["type"] == "http.request":
            self._left -= len(message.get("body", b""))
            if self._left < 0:
                raise HTTPException(413, "body")
        return message


def _is_ticket(scope: Scope) -> bool:
    """The address with a one-time token; it is checked where it is redeemed."""
    if scope["path"] != "/" or scope["method"] != "GET":
        return False
    return "token" in QueryParams(scope["query_string"])


def _values(scope: Scope, name: bytes) -> list[str]:
    return [value.decode("latin-1") for key, value in scope["headers"] if key == name]


def _cookie(scope: Scope, wanted: str) -> str:
    for header in _values(scope, b"cookie"):
        for part in header.split(";"):
            name, _, value = part.strip().partition("=")
            if name == wanted:
                return value
    return ""


def _by_a_person(scope: Scope) -> bool:
    """A browser that shows what comes."""
    return any("text/html" in value for value in _values(scope, b"accept"))


def _missing(message: Message) -> list[tuple[bytes, bytes]]:
    there = {key.lower() for key, _ in message.get("headers", ())}
    return [(key, value) for key, value in HEADERS if key not in there]


async def _refuse(scope: Scope, receive: Receive, send: Send, found: Refusal) -> None:
    headers, body = refusal(found.status, found.reason)
    if found.status == 401 and scope["path"] == "/" and _by_a_person(scope):
        headers, body = locked_page()
    kind = "http.response"
    if scope["type"] == "websocket":
        if (await receive())["type"] != "websocket.connect":
            return
        kind = "websocket.http.response"  # before it is accepted: an answer as to any request
    await send({"type": f"{kind}.start", "status": found.status, "headers": headers})
    await send({"type": f"{kind}.body", "body": body})
