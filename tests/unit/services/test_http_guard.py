"""Who may ask a server of ours: hosts, origins, keys, bodies (faults: N71, localhost security)."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterable
from typing import Any

import pytest

from desktop.services.http_guard import GuardRules, HttpGuard, host_status

KEY = "right-key"
GOOD = ((b"host", b"127.0.0.1:8003"), (b"authorization", b"Bearer right-key"))


async def _app(scope: Any, receive: Any, send: Any) -> None:
    body = b""
    while True:
        message = await receive()
        body += message.get("body", b"")
        if not message.get("more_body"):
            break
    if scope["path"] == "/fails":
        raise RuntimeError("secret detail")
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": body})


def ask(
    headers: Iterable[tuple[bytes, bytes]],
    *,
    key: str = KEY,
    method: str = "GET",
    path: str = "/x",
    chunks: tuple[bytes, ...] = (b"",),
    limit: int = 100,
) -> tuple[int, dict[bytes, bytes], bytes]:
    """One request straight through the guard: status, headers, body."""
    guard = HttpGuard(_app, GuardRules(key, limit))
    waiting = [
        {"type": "http.request", "body": chunk, "more_body": at + 1 < len(chunks)}
        for at, chunk in enumerate(chunks)
    ]
    sent: list[Any] = []

    async def receive() -> Any:
        return waiting.pop(0)

    async def send(message: Any) -> None:
        sent.append(message)

    scope = {"type": "http", "method": method, "path": path, "headers": list(headers)}
    asyncio.run(guard(scope, receive, send))
    body = b"".join(message.get("body", b"") for message in sent)
    return sent[0]["status"], dict(sent[0]["headers"]), body


@pytest.mark.parametrize(
    ("hosts", "status"),
    [
        ([b"127.0.0.1:8003"], 0),
        ([b"localhost"], 0),
        ([b"LOCALHOST:1"], 0),
        ([b"[::1]:8003"], 0),
        ([b"evil.com"], 403),
        ([b"x.local:8003"], 403),
        ([b"127.0.0.1.evil.com"], 403),
        ([b"localhost:80:80"], 400),
        ([b"foo?"], 400),
        ([b"foo/"], 400),
        ([b"foo#"], 400),
        ([b""], 400),
        ([], 403),
        ([b"localhost", b"localhost"], 403),
    ],
)
def test_hosts(hosts: list[bytes], status: int) -> None:
    assert host_status(hosts) == status


def test_the_right_key_passes_and_answers_are_not_kept() -> None:
    status, headers, _ = ask(GOOD)

    assert status == 200
    assert headers[b"cache-control"] == b"no-store"
    assert headers[b"x-content-type-options"] == b"nosniff"


@pytest.mark.parametrize(
    "authorization",
    [
        (),
        ((b"authorization", b"Bearer wrong"),),
        ((b"authorization", b"Basic right-key"),),
        ((b"authorization", b"right-key"),),
        ((b"authorization", b"Bearer right-key"), (b"authorization", b"Bearer wrong")),
        ((b"authorization", "Bearer 키".encode()),),
    ],
)
def test_no_or_a_wrong_key_is_refused(authorization: tuple[tuple[bytes, bytes], ...]) -> None:
    status, headers, body = ask((GOOD[0], *authorization))

    assert status == 401
    assert headers[b"www-authenticate"] == b"Bearer"
    assert KEY.encode() not in body


def test_without_a_key_anybody_on_this_machine_may_ask_but_no_web_page() -> None:
    assert ask(GOOD[:1], key="")[0] == 200
    assert ask((*GOOD[:1], (b"origin", b"https://evil.com")), key="")[0] == 403
    assert ask((*GOOD[:1], (b"origin", b"null")), key="")[0] == 403
    assert ask(((b"host", b"evil.com"),), key="")[0] == 403


def test_a_body_must_be_json() -> None:
    form = (b"content-type", b"application/x-www-form-urlencoded")
    json_type = (b"content-type", b"application/json; charset=utf-8")
    length = (b"content-length", b"2")

    assert ask((*GOOD, form, length), method="POST", chunks=(b"{}",))[0] == 415
    assert ask((*GOOD, length), method="POST", chunks=(b"{}",))[0] == 415
    assert ask((*GOOD, json_type, length), method="POST", chunks=(b"{}",))[0] == 200


def test_a_body_over_the_limit_is_refused_declared_or_not() -> None:
    json_type = (b"content-type", b"application/json")
    declared = (b"content-length", b"101")
    chunked = (b"transfer-encoding", b"chunked")

    assert ask((*GOOD, json_type, declared), method="POST")[0] == 413
    chunks = (b"x" * 60, b"x" * 60)
    assert ask((*GOOD, json_type, chunked), method="POST", chunks=chunks)[0] == 413


def test_an_error_inside_shows_a_number_and_nothing_else() -> None:
    status, _, body = ask(GOOD, path="/fails")

    assert status == 500
    assert b"secret" not in body
    assert "log" in json.loads(body)["detail"]
