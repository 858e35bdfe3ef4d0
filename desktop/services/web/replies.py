"""What every answer of the mirror carries, whoever gives it: headers that keep a browser careful.

Data and pure functions; any thread.
"""

from __future__ import annotations

import base64
import functools
import hashlib
import http
import json
from typing import Any

from desktop.paths import RESOURCES

CONTENT_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
)
HEADERS = (
    (b"x-content-type-options", b"nosniff"),
    (b"cache-control", b"no-store"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"x-frame-options", b"DENY"),
    (b"content-security-policy", CONTENT_POLICY.encode()),
)
RETRY_AFTER_S = 5


def records_json(value: Any) -> bytes:
    """JSON of what the store keeps; several times faster than by `dataclasses.asdict`."""
    text = json.dumps(
        value, ensure_ascii=False, allow_nan=False, separators=(",", ":"), default=fields_of
    )
    return text.encode()


def fields_of(record: Any) -> dict[str, Any]:
    """The fields of a dataclass, as they are."""
    return {name: getattr(record, name) for name in record.__dataclass_fields__}


def refusal(status: int, reason: str) -> tuple[list[tuple[bytes, bytes]], bytes]:
    """Headers and body of an answer that refuses."""
    body = json.dumps({"error": reason}).encode()
    headers = [
        (b"content-type", b"application/json"),
        (b"content-length", str(len(body)).encode()),
        *HEADERS,
    ]
    if status == 429:
        headers.append((b"retry-after", str(RETRY_AFTER_S).encode()))
    if status == 401:
        headers.append((b"www-authenticate", b"Bearer"))
    return headers, body


def locked_page() -> tuple[list[tuple[bytes, bytes]], bytes]:
    """The same for a person who opens the page without an address that works: what to do."""
    body, policy = _locked_page()
    headers = [
        *((name, value) for name, value in HEADERS if name != b"content-security-policy"),
        (b"content-type", b"text/html; charset=utf-8"),
        (b"content-length", str(len(body)).encode()),
        (b"content-security-policy", policy.encode()),
        (b"www-authenticate", b"Bearer"),
    ]
    return headers, body


@functools.cache
def _locked_page() -> tuple[bytes, str]:
    """The page and its policy: files are refused without a token, so its style stands inside."""
    text = (RESOURCES / "web" / "locked.html").read_text(encoding="utf-8")
    style = text.partition("<style>")[2].partition("</style>")[0]
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    return text.encode(), CONTENT_POLICY.replace("style-src", f"style-src 'sha256-{digest}'")


def whole_refusal(status: int, reason: str) -> bytes:
    """The same as the bytes of an HTTP/1.1 answer, for what is no request an application sees."""
    headers, body = refusal(status, reason)
    head = [f"HTTP/1.1 {status} {http.HTTPStatus(status).phrase}".encode()]
    head += [name + b": " + value for name, value in (*headers, (b"connection", b"close"))]
    return b"\r\n".join(head) + b"\r\n\r\n" + body
