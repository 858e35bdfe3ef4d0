"""Probes that speak Redis's protocol (RESP): AUTH, PING, the version."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from desktop.services.supervisor.http_probe import version_result
from desktop.services.supervisor.probes import ProbeResult, close
from desktop.services.supervisor.spec import Secret

_LIMIT_BYTES = 1 << 20


def encode(*words: str) -> bytes:
    """A command as an array of bulk strings."""
    parts = [f"*{len(words)}\r\n".encode()]
    for word in words:
        data = word.encode()
        parts.append(b"$%d\r\n%s\r\n" % (len(data), data))
    return b"".join(parts)


async def _reply(reader: asyncio.StreamReader) -> str:
    """A simple string, an error (with its ``-``) or a bulk string."""
    line = await reader.readline()
    if not line.endswith(b"\r\n"):
        raise ValueError("the answer ended early")
    if line[:1] == b"$":
        length = int(line[1:])
        if not 0 <= length <= _LIMIT_BYTES:
            raise ValueError("an answer of impossible length")
        return (await reader.readexactly(length + 2))[:-2].decode("utf-8", "replace")
    if line[:1] not in (b"+", b"-", b":"):
        raise ValueError("not Redis")
    kept = line if line[:1] == b"-" else line[1:]
    return kept.strip().decode("utf-8", "replace")


async def exchange(host: str, port: int, password: Secret | None, *words: str) -> tuple[str, str]:
    """The answers to AUTH (empty without a password) and to one command."""
    reader, writer = await asyncio.open_connection(host, port)
    try:
        auth = ""
        if password is not None:
            writer.write(encode("AUTH", password.reveal()))
            auth = await _reply(reader)
        writer.write(encode(*words))
        return auth, await _reply(reader)
    finally:
        await close(writer)


@dataclass(frozen=True, slots=True)
class RedisProbe:
    """AUTH succeeds and PING answers PONG (not while data is being loaded)."""

    password: Secret | None = None

    async def ask(self, host: str, port: int) -> ProbeResult:
        auth, answer = await exchange(host, port, self.password, "PING")
        if auth.startswith("-"):
            return ProbeResult(False, "the password is refused")
        if answer.startswith("-LOADING"):
            return ProbeResult(False, "it is loading its data")
        if answer.startswith("-NOAUTH"):
            return ProbeResult(False, "it wants a password")
        return ProbeResult(answer == "PONG", "" if answer == "PONG" else answer[:80])


@dataclass(frozen=True, slots=True)
class RedisVersionProbe:
    """The server is a Redis of at least `minimum` that lets us in."""

    minimum: tuple[int, ...]
    password: Secret | None = None

    async def ask(self, host: str, port: int) -> ProbeResult:
        auth, answer = await exchange(host, port, self.password, "INFO", "server")
        if auth.startswith("-") or answer.startswith("-NOAUTH"):
            return ProbeResult(False, "a Redis whose password is not known")
        for line in answer.splitlines():
            name, _, value = line.partition(":")
            if name == "redis_version":
                return version_result("Redis", value.strip(), self.minimum)
        return ProbeResult(False, "it is not Redis")
