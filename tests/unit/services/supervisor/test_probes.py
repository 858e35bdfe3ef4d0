"""Probes against real sockets: right answers, wrong ones, and none."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from desktop.services.supervisor.http_probe import (
    CompletionProbe,
    HttpProbe,
    ModelProbe,
    VersionProbe,
    version_result,
)
from desktop.services.supervisor.ports import free_port
from desktop.services.supervisor.probes import AllOf, Probe, ProbeResult, TcpProbe, ask
from desktop.services.supervisor.redis_probe import RedisProbe, RedisVersionProbe, encode
from desktop.services.supervisor.spec import Secret

Answer = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


def asked(probe: Probe, answer: Answer, timeout_s: float = 2.0) -> ProbeResult:
    """What `probe` says of a server that handles each connection with `answer`."""

    async def run() -> ProbeResult:
        server = await asyncio.start_server(answer, "127.0.0.1", 0)
        async with server:
            return await ask(probe, "127.0.0.1", server.sockets[0].getsockname()[1], timeout_s)

    return asyncio.run(run())


def saying(data: bytes) -> Answer:
    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(65_536)
        writer.write(data)
        await writer.drain()
        writer.close()

    return answer


def http(body: bytes, status: str = "200 OK") -> Answer:
    return saying(
        b"HTTP/1.1 %s\r\nContent-Length: %d\r\n\r\n%s" % (status.encode(), len(body), body)
    )


MODELS = b'{"object": "list", "data": [{"id": "small"}, {"id": "other"}]}'


@pytest.mark.parametrize(
    ("probe", "answer", "passed", "detail"),
    [
        (HttpProbe("/health"), http(b"{}"), True, ""),
        (HttpProbe("/health"), http(b"", "503 Loading"), False, "/health answers 503"),
        (HttpProbe("/", contains="qdrant"), http(b"hello"), False, "not that of the expected"),
        (HttpProbe("/"), saying(b"\x00\xff" * 50), False, "ended early"),
        (HttpProbe("/"), saying(b"SSH-2.0-OpenSSH\r\n\r\n"), False, "not HTTP"),
        (HttpProbe("/"), saying(b"x" * 200_000), False, "no end of headers"),
        (ModelProbe("small"), http(MODELS), True, "model small"),
        (ModelProbe(""), http(MODELS), True, "model small"),
        (ModelProbe("large"), http(MODELS), False, "has the model small, not large"),
        (ModelProbe("large"), http(b"<html>"), False, "not understood"),
        (ModelProbe("large"), http(b"[]"), False, "no list of models"),
        (ModelProbe("large"), http(b'{"data": []}'), False, "lists no model"),
        (CompletionProbe("small"), http(b'{"choices": []}'), True, ""),
        (CompletionProbe("small"), http(b"", "500 Oops"), False, "answers 500"),
        (VersionProbe("/", (1, 2), "Q"), http(b'{"version": "1.2.0-dev"}'), True, "Q 1.2.0"),
        (VersionProbe("/", (1, 2), "Q"), http(b'{"version": "1.1"}'), False, "older than 1.2"),
        (VersionProbe("/", (1, 2), "Q"), http(b"[1]"), False, "it is not Q"),
        (VersionProbe("/", (1,), "Q", title="q"), http(b'{"version": "9"}'), False, "not Q"),
        (RedisProbe(), saying(b"+PONG\r\n"), True, ""),
        (RedisProbe(), saying(b"-NOAUTH Authentication required.\r\n"), False, "wants a password"),
        (RedisProbe(), saying(b"-LOADING dataset\r\n"), False, "loading"),
        (RedisProbe(Secret("x")), saying(b"-WRONGPASS\r\n+PONG\r\n"), False, "is refused"),
        (RedisProbe(), saying(b"HTTP/1.1 400 Bad Request\r\n"), False, "not Redis"),
        (RedisProbe(), saying(b"$999999999999\r\n"), False, "impossible length"),
        (RedisVersionProbe((6, 2)), saying(b"$21\r\nredis_version:7.0.15\n\r\n"), True, "7.0.15"),
        (RedisVersionProbe((6, 2)), saying(b"$20\r\nredis_version:5.0.1\n\r\n"), False, "older"),
        (TcpProbe(), saying(b""), True, ""),
        (AllOf((TcpProbe(), HttpProbe("/"))), http(b"", "404 No"), False, "/ answers 404"),
    ],
)  # fmt: skip
def test_answers(probe: Probe, answer: Answer, passed: bool, detail: str) -> None:
    result = asked(probe, answer)
    assert result.passed is passed, result
    assert detail in result.detail


@given(st.binary(max_size=300))
def test_no_answer_makes_a_probe_raise(data: bytes) -> None:
    """faults: N78"""
    for probe in (HttpProbe("/"), ModelProbe("m"), RedisProbe(), RedisVersionProbe((6,))):
        assert isinstance(asked(probe, saying(data)), ProbeResult)


def test_silence_ends_in_time() -> None:
    """faults: P4"""

    async def silent(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await asyncio.sleep(5)
        finally:
            writer.close()

    began_s = time.monotonic()
    result = asked(HttpProbe("/"), silent, timeout_s=0.2)
    assert not result.passed
    assert result.detail == "no answer within 0.2 s"
    assert time.monotonic() - began_s < 5


def test_nobody_there() -> None:
    result = asyncio.run(ask(TcpProbe(), "127.0.0.1", free_port(33_000), 1.0))
    assert result == ProbeResult(False, "nothing listens on the port yet")


def test_the_key_goes_into_its_header_only() -> None:
    heard: list[bytes] = []

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heard.append(await reader.read(65_536))
        writer.close()

    asked(HttpProbe("/", Secret("abc")), answer)
    asked(HttpProbe("/", Secret("abc"), "api-key"), answer)
    assert b"\r\nAuthorization: Bearer abc\r\n" in heard[0]
    assert b"\r\napi-key: abc\r\n" in heard[1]
    assert heard[0].startswith(b"GET / HTTP/1.0\r\n")


@pytest.mark.parametrize(
    ("text", "passed"),
    [("0.23.0", True), ("0.22.9", False), ("1.0", True), ("0.24.1.dev3+g123", True), ("", False)],
)
def test_versions(text: str, passed: bool) -> None:
    assert version_result("X", text, (0, 23)).passed is passed


def test_redis_commands_are_binary_safe() -> None:
    assert encode("AUTH", "가\r\n") == b"*2\r\n$4\r\nAUTH\r\n$5\r\n\xea\xb0\x80\r\n\r\n"
