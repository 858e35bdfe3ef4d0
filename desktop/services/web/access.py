"""Who may ask what: tokens, cookies, Host and Origin.  Pure functions on header values; any thread.

The mirror listens on the machine itself, where every web page of every browser can reach it too:
a request must name this server as its host (DNS rebinding), bring the token (other users), and a
request that changes something must come from our own page (cross-site requests).
"""

from __future__ import annotations

import hmac
import re
import secrets
import threading
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass

MAX_COOKIES = 256  # browsers that opened an address; the oldest must open a new one
_HOST = re.compile(r"^(?:\[[0-9a-fA-F:.]+\]|[A-Za-z0-9._-]+)(?::\d{1,5})?$")


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a request is not served: the status, and a word for the body."""

    status: int
    reason: str


def cookie_name(port: int) -> str:
    """Browsers keep cookies by host, not by port: each of several mirrors needs its own."""
    return f"malgeul-{port}"


class Keys:
    """The run's token, and the cookies it was exchanged for.

    The token in an address works once: it turns into a cookie that scripts cannot read.  As a
    bearer token it works for programs as often as they like.
    """

    def __init__(self, bearer: str | None = None) -> None:
        self.bearer = bearer or secrets.token_urlsafe(32)
        self._lock = threading.Lock()
        self._ticket = ""
        self._cookies: deque[str] = deque(maxlen=MAX_COOKIES)

    def ticket(self) -> str:
        """The token for the next address: the same one until somebody uses it."""
        with self._lock:
            if not self._ticket:
                self._ticket = secrets.token_urlsafe(24)
            return self._ticket

    def redeem(self, ticket: str) -> str | None:
        """The cookie for the ticket, once."""
        with self._lock:
            if not self._ticket or not _same(self._ticket, ticket):
                return None
            self._ticket = ""
            cookie = secrets.token_urlsafe(32)
            self._cookies.append(cookie)
            return cookie

    def knows_cookie(self, value: str) -> bool:
        with self._lock:
            return sum(_same(cookie, value) for cookie in self._cookies) > 0  # all, in equal time

    def knows_bearer(self, value: str) -> bool:
        return _same(self.bearer, value)


def _same(a: str, b: str) -> bool:
    return hmac.compare_digest(a.encode(), b.encode())


def check_host(values: list[str], port: int, allowed: Iterable[str]) -> Refusal | None:
    """The Host header must be there once, be well formed, and name this server."""
    if len(values) != 1:
        return Refusal(403, "host")
    if not _HOST.match(values[0]):
        return Refusal(400, "host")
    name = values[0].lower()
    ours = {f"127.0.0.1:{port}", f"localhost:{port}", f"[::1]:{port}"}
    if name in ours or name in {host.lower() for host in allowed}:
        return None
    return Refusal(403, "host")


def check_origin(values: list[str], host: str, scheme: str = "http") -> bool:
    """The request comes from our own page."""
    if len(values) != 1:
        return False
    origin = values[0].lower()
    return origin == f"{scheme}://{host.lower()}" or origin == f"https://{host.lower()}"


def bearer_of(values: list[str]) -> str | None:
    """The token of an Authorization header; None when there is none, "" when it is malformed."""
    if not values:
        return None
    scheme, _, token = values[0].partition(" ")
    return token.strip() if len(values) == 1 and scheme.lower() == "bearer" else ""
