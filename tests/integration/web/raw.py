"""HTTP and WebSocket byte by byte, as no well-behaved client would speak them."""

from __future__ import annotations

import base64
import contextlib
import hashlib
import itertools
import os
import socket
import struct
from dataclasses import dataclass

WITHIN_S = 30.0
_sources = itertools.count(2)


def connect(port: int, source: str = "") -> socket.socket:
    """From an address of the loopback network that was not used before: rates are per address."""
    number = next(_sources)
    unused = f"127.{1 + number // 60_000}.{number // 250 % 240 + 1}.{number % 250 + 1}"
    made = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    made.settimeout(WITHIN_S)
    made.bind((source or unused, 0))
    made.connect(("127.0.0.1", port))
    return made


@dataclass(frozen=True)
class Reply:
    status: int
    headers: list[tuple[str, str]]
    body: bytes

    def all(self, name: str) -> list[str]:
        return [value for key, value in self.headers if key == name.lower()]

    def one(self, name: str) -> str:
        found = self.all(name)
        assert len(found) <= 1, found
        return found[0] if found else ""


def read_head(connection: socket.socket) -> tuple[bytes, bytes]:
    """The head of a reply and what came after it."""
    data = b""
    while b"\r\n\r\n" not in data:
        piece = connection.recv(65_536)
        if not piece:
            break
        data += piece
    head, _, rest = data.partition(b"\r\n\r\n")
    return head, rest


def parse(head: bytes, body: bytes = b"") -> Reply:
    first, *lines = head.decode("latin-1").split("\r\n")
    pairs = [line.split(":", 1) for line in lines if ":" in line]
    headers = [(name.strip().lower(), value.strip()) for name, value in pairs]
    return Reply(int(first.split()[1]), headers, body)


def ask(
    port: int,
    method: str,
    target: str,
    headers: list[tuple[str, str]],
    body: bytes = b"",
    *,
    version: str = "1.1",
    source: str = "",
) -> Reply:
    """One request on a connection of its own, from an address of its own unless one is given."""
    lines = [f"{method} {target} HTTP/{version}", *(f"{k}: {v}" for k, v in headers)]
    sized = any(k.lower() in ("content-length", "transfer-encoding") for k, _ in headers)
    if not sized and (body or method in ("POST", "PUT", "PATCH")):
        lines.append(f"Content-Length: {len(body)}")
    lines += ["Connection: close", "", ""]
    with connect(port, source) as connection:
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):
            # Refused before everything was sent: the answer is there all the same.
            connection.sendall("\r\n".join(lines).encode("latin-1") + body)
        data = b""
        with contextlib.suppress(ConnectionResetError):
            while piece := connection.recv(65_536):
                data += piece
    head, _, rest = data.partition(b"\r\n\r\n")
    assert head, "no answer"
    return parse(head, rest)


TEXT, BINARY, CLOSE, PING, PONG = 1, 2, 8, 9, 10


def frame(
    opcode: int, payload: bytes = b"", *, fin: bool = True, rsv: int = 0, mask: bool = True
) -> bytes:
    """One WebSocket frame."""
    first = (0x80 if fin else 0) | (rsv << 4) | opcode
    size = len(payload)
    bit = 0x80 if mask else 0
    if size < 126:
        head = bytes((first, bit | size))
    elif size < 65_536:
        head = bytes((first, bit | 126)) + struct.pack(">H", size)
    else:
        head = bytes((first, bit | 127)) + struct.pack(">Q", size)
    if not mask:
        return head + payload
    # Differs with the payload and is the same in every process: frames name tests.
    key = hashlib.blake2b(payload, digest_size=4).digest()
    long_key = (key * (size // 4 + 1))[:size]
    masked = (int.from_bytes(payload, "big") ^ int.from_bytes(long_key, "big")).to_bytes(
        size, "big"
    )
    return head + key + masked


class RawSocket:
    """A WebSocket without manners."""

    def __init__(
        self, port: int, path: str, headers: list[tuple[str, str]], *, source: str = ""
    ) -> None:
        self.connection = connect(port, source)
        key = base64.b64encode(os.urandom(16)).decode()
        lines = [
            f"GET {path} HTTP/1.1",
            *(f"{k}: {v}" for k, v in headers),
            "Upgrade: websocket",
            "Connection: Upgrade",
            f"Sec-WebSocket-Key: {key}",
            "Sec-WebSocket-Version: 13",
            "",
            "",
        ]
        self.connection.sendall("\r\n".join(lines).encode("latin-1"))
        head, self._rest = read_head(self.connection)
        self.reply = parse(head)

    @property
    def open(self) -> bool:
        return self.reply.status == 101

    def send(self, data: bytes) -> None:
        self.connection.sendall(data)

    def receive(self) -> tuple[int, bytes]:
        """The next frame as (opcode, payload); (CLOSE, b"") when the connection is gone."""
        try:
            first, second = self._take(2)
            size = second & 0x7F
            if size == 126:
                size = struct.unpack(">H", self._take(2))[0]
            elif size == 127:
                size = struct.unpack(">Q", self._take(8))[0]
            assert not second & 0x80, "a server never masks"
            return first & 0x0F, self._take(size)
        except (ConnectionError, EOFError):
            return CLOSE, b""

    def closed_with(self) -> int:
        """Reads on until the close frame; 0 when the connection just ended."""
        while True:
            opcode, payload = self.receive()
            if opcode == CLOSE:
                return struct.unpack(">H", payload[:2])[0] if len(payload) >= 2 else 0

    def text(self) -> str:
        """The next text frame."""
        while True:
            opcode, payload = self.receive()
            if opcode == TEXT:
                return payload.decode()
            assert opcode in (PING, PONG), (opcode, payload)

    def pong(self) -> bytes:
        """The next pong's payload; what comes before is passed over."""
        while True:
            opcode, payload = self.receive()
            assert opcode != CLOSE, payload
            if opcode == PONG:
                return payload

    def close(self) -> None:
        self.connection.close()

    def _take(self, count: int) -> bytes:
        while len(self._rest) < count:
            piece = self.connection.recv(65_536)
            if not piece:
                raise EOFError
            self._rest += piece
        taken, self._rest = self._rest[:count], self._rest[count:]
        return taken
