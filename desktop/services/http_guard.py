"""What stands before every HTTP server of ours: who may ask, from where, and how much.  asyncio.

A plain ASGI middleware of the standard library alone, because the embedding server runs it in
another environment.  In this order: the Host must be this machine, no web page may ask, the key
must be right (compared in constant time), a body must be JSON and not too long.
"""

from __future__ import annotations

import hmac
import json
import logging
import re
import secrets
from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from dataclasses import dataclass
from typing import Any

_log = logging.getLogger(__name__)

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

_HOST = re.compile(r"(?:[A-Za-z0-9.-]{1,253}|\[[0-9A-Fa-f:.]{2,45}\])(?::\d{1,5})?")
_LOCAL = frozenset({"127.0.0.1", "localhost", "[::1]"})
_SAFE_HEADERS = (
    (b"x-content-type-options", b"nosniff"),
    (b"cache-control", b"no-store"),
    (b"referrer-policy", b"no-referrer"),
)


@dataclass(frozen=True, slots=True)
class GuardRules:
    """What a server lets in.

    Attributes:
        key: what clients must show; empty: anybody on this machine may ask.
        max_body_bytes: of a request.
    """

    key: str
    max_body_bytes: int = 4 << 20


class _TooLongError(Exception):
    pass


class HttpGuard:
    """Wraps an ASGI application."""

    def __init__(self, app: App, rules: GuardRules) -> None:
        self._app = app
        self._rules = rules

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        if scope["type"] != "http":
            return  # no WebSocket here
        headers: list[tuple[bytes, bytes]] = scope["headers"]
        refusal = self._refusal(scope, headers)
        if refusal is not None:
            await respond(send, *refusal)
            return
        await self._passed(scope, receive, send)

    def _refusal(
        self, scope: Scope, headers: list[tuple[bytes, bytes]]
    ) -> tuple[int, str, tuple[tuple[bytes, bytes], ...]] | None:
        status = host_status(_all(headers, b"host"))
        if status:
            return status, "This server answers to 127.0.0.1 and localhost only.", ()
        if _all(headers, b"origin"):
            return 403, "Web pages may not use this server.", ()
        if not self._key_is_right(headers):
            return 401, "The key is missing or wrong.", ((b"www-authenticate", b"Bearer"),)
        lengths = _all(headers, b"content-length")
        if lengths and int(lengths[0] or b"0") > self._rules.max_body_bytes:
            return 413, self._too_long(), ()
        has_body = bool(lengths and lengths[0] != b"0") or bool(_all(headers, b"transfer-encoding"))
        if has_body and scope["method"] in ("POST", "PUT", "PATCH"):
            kind = b"".join(_all(headers, b"content-type")[:1]).split(b";")[0].strip().lower()
            if kind != b"application/json":
                return 415, "The body must be application/json.", ()
        return None

    def _key_is_right(self, headers: list[tuple[bytes, bytes]]) -> bool:
        if not self._rules.key:
            return True
        shown = _all(headers, b"authorization")
        if len(shown) != 1:
            return False
        kind, _, key = shown[0].partition(b" ")
        right = hmac.compare_digest(key.strip(), self._rules.key.encode())
        return right and kind.lower() == b"bearer"

    def _too_long(self) -> str:
        return f"The body is longer than {self._rules.max_body_bytes} bytes."

    async def _passed(self, scope: Scope, receive: Receive, send: Send) -> None:
        taken = 0
        begun = False

        async def counted() -> Message:
            nonlocal taken
            message = await receive()
            if message["type"] == "http.request":
                taken += len(message.get("body", b""))
                if taken > self._rules.max_body_bytes:
                    raise _TooLongError
            return message

        async def safe(message: Message) -> None:
            nonlocal begun
            if message["type"] == "http.response.start":
                begun = True
                message["headers"] = [*message.get("headers", ()), *_SAFE_HEADERS]
            await send(message)

        try:
            await self._app(scope, counted, safe)
        except _TooLongError:
            if not begun:
                await respond(send, 413, self._too_long())
        except Exception:
            number = secrets.token_hex(4)
            _log.exception("request failed (%s)", number)
            if begun:
                raise
            await respond(send, 500, f"Something went wrong here. The log has it under {number}.")


def host_status(hosts: list[bytes]) -> int:
    """0 when the Host header names this machine, else the status to refuse with."""
    if len(hosts) != 1:
        return 403
    text = hosts[0].decode("latin-1")
    if not _HOST.fullmatch(text):
        return 400
    name = text if text.startswith("[") and text.endswith("]") else text.rsplit(":", 1)[0]
    return 0 if name.lower() in _LOCAL else 403


def _all(headers: list[tuple[bytes, bytes]], name: bytes) -> list[bytes]:
    return [value for each, value in headers if each.lower() == name]


async def respond(
    send: Send, status: int, detail: str, headers: Iterable[tuple[bytes, bytes]] = ()
) -> None:
    """A refusal as JSON."""
    body = json.dumps({"detail": detail}, ensure_ascii=False).encode()
    await send(
        {
            "type": "http.response.start",
            "status": status,
            "headers": [
                (b"content-type", b"application/json"),
                (b"content-length", str(len(body)).encode()),
                *_SAFE_HEADERS,
                *headers,
            ],
        }
    )
    await send({"type": "http.response.body", "body": body})
