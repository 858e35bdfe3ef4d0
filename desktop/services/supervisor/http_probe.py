"""Probes that speak HTTP: health pages, the right model, a first token (faults: P10).

HTTP/1.0 on purpose: one request, one answer, no chunks.  Answers are read up to 1 MiB.
"""

from __future__ import annotations

import asyncio
import json
import re
import ssl
from dataclasses import dataclass
from typing import Any

from desktop.services.supervisor.probes import ProbeResult, close
from desktop.services.supervisor.spec import Secret

_LIMIT_BYTES = 1 << 20
_STATUS = re.compile(rb"HTTP/1\.[01] (\d{3})\b")


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    body: bytes

    def json(self) -> Any:
        """The body as JSON; ValueError when it is none."""
        return json.loads(self.body)


async def fetch(
    host: str,
    port: int,
    path: str,
    *,
    headers: dict[str, str] | None = None,
    body: bytes | None = None,
    tls: bool = False,
) -> Answer:
    """One request and its answer; OSError or ValueError when there is none."""
    context = ssl.create_default_context() if tls else None
    reader, writer = await asyncio.open_connection(host, port, ssl=context)
    try:
        lines = [f"{'GET' if body is None else 'POST'} {path} HTTP/1.0", f"Host: {host}:{port}"]
        lines += [f"{name}: {value}" for name, value in (headers or {}).items()]
        if body is not None:
            lines += ["Content-Type: application/json", f"Content-Length: {len(body)}"]
        writer.write("\r\n".join([*lines, "", ""]).encode("latin-1") + (body or b""))
        await writer.drain()
        head = await _head(reader)
        match = _STATUS.match(head)
        if match is None:
            raise ValueError("not HTTP")
        return Answer(int(match[1]), await _body(reader, head))
    finally:
        await close(writer)


async def _head(reader: asyncio.StreamReader) -> bytes:
    try:
        return await reader.readuntil(b"\r\n\r\n")
    except asyncio.IncompleteReadError as error:
        raise ValueError("the answer ended early") from error
    except asyncio.LimitOverrunError as error:
        raise ValueError("the answer has no end of headers") from error


async def _body(reader: asyncio.StreamReader, head: bytes) -> bytes:
    """As long as it says it is, else until the connection ends."""
    length = re.search(rb"\r\ncontent-length:\s*(\d{1,9})\r\n", head, re.IGNORECASE)
    wanted = min(int(length[1]), _LIMIT_BYTES) if length else _LIMIT_BYTES
    body = b""
    while len(body) < wanted and (piece := await reader.read(min(65_536, wanted - len(body)))):
        body += piece
    return body


def key_headers(key: Secret | None, header: str = "Authorization") -> dict[str, str]:
    """The header that carries `key`: a bearer token, or the key alone under another name."""
    if key is None:
        return {}
    bearer = "Bearer " if header == "Authorization" else ""
    return {header: bearer + key.reveal()}


@dataclass(frozen=True, slots=True)
class HttpProbe:
    """`path` answers 200; with `contains`, the body has that text."""

    path: str
    key: Secret | None = None
    key_header: str = "Authorization"
    contains: str = ""
    tls: bool = False

    async def ask(self, host: str, port: int) -> ProbeResult:
        headers = key_headers(self.key, self.key_header)
        answer = await fetch(host, port, self.path, headers=headers, tls=self.tls)
        if answer.status != 200:
            return ProbeResult(False, f"{self.path} answers {answer.status}")
        if self.contains and self.contains.encode() not in answer.body:
            return ProbeResult(False, f"{self.path} is not that of the expected program")
        return ProbeResult(True)


@dataclass(frozen=True, slots=True)
class ModelProbe:
    """An OpenAI-compatible server lists `model` (any, when empty) under ``/v1/models``."""

    model: str
    key: Secret | None = None
    tls: bool = False
    prefix: str = "/v1"

    async def ask(self, host: str, port: int) -> ProbeResult:
        path = f"{self.prefix}/models"
        answer = await fetch(host, port, path, headers=key_headers(self.key), tls=self.tls)
        if answer.status != 200:
            return ProbeResult(False, f"{path} answers {answer.status}")
        names = _model_names(answer.json())
        if not names:
            return ProbeResult(False, "the server lists no model")
        if self.model and self.model not in names:
            return ProbeResult(False, f"the server has the model {names[0][:80]}, not {self.model}")
        return ProbeResult(True, f"model {self.model or names[0]}")


def _model_names(value: Any) -> list[str]:
    entries = value.get("data") if isinstance(value, dict) else None
    if not isinstance(entries, list):
        raise ValueError("no list of models")
    return [str(entry["id"]) for entry in entries if isinstance(entry, dict) and "id" in entry]


@dataclass(frozen=True, slots=True)
class CompletionProbe:
    """The model answers with one token: loading, warm-up and memory are all done."""

    model: str
    key: Secret | None = None

    async def ask(self, host: str, port: int) -> ProbeResult:
        body = json.dumps({"model": self.model, "prompt": "a", "max_tokens": 1}).encode()
        answer = await fetch(
            host, port, "/v1/completions", headers=key_headers(self.key), body=body
        )
        if answer.status != 200:
            return ProbeResult(False, f"/v1/completions answers {answer.status}")
        return ProbeResult("choices" in answer.json(), "")


@dataclass(frozen=True, slots=True)
class VersionProbe:
    """`path` answers JSON whose `field` is a version of at least `minimum`, of `product`."""

    path: str
    minimum: tuple[int, ...]
    product: str
    field: str = "version"
    title: str = ""  # the text that ``title`` must begin with, when given

    async def ask(self, host: str, port: int) -> ProbeResult:
        answer = await fetch(host, port, self.path)
        value = answer.json() if answer.status == 200 else None
        if not isinstance(value, dict) or self.field not in value:
            return ProbeResult(False, f"it is not {self.product}")
        if not str(value.get("title", "")).startswith(self.title):
            return ProbeResult(False, f"it is not {self.product}")
        return version_result(self.product, str(value[self.field]), self.minimum)


def version_result(product: str, text: str, minimum: tuple[int, ...]) -> ProbeResult:
    """Passed when the dotted version in `text` is at least `minimum`."""
    release = re.match(r"[\d.]*", text)
    found = re.findall(r"\d+", release[0]) if release else []
    numbers = tuple(int(part) for part in found[: len(minimum)])
    if numbers >= minimum:
        return ProbeResult(True, f"{product} {text[:40]}")
    wanted = ".".join(map(str, minimum))
    return ProbeResult(False, f"{product} {text[:40]} is older than {wanted}")
