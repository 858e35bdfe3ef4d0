"""WebSocket frames as strangers send them; the Autobahn suite's case classes are the checklist."""

from __future__ import annotations

import base64
import contextlib
import json
import random
import time
from collections.abc import Callable
from typing import Any

import psutil
import pytest
from mirror_site import Site
from raw import BINARY, CLOSE, PING, PONG, TEXT, RawSocket, frame

pytestmark = pytest.mark.timeout(300)

PROTOCOL, UNSUPPORTED, NOT_TEXT, POLICY, TOO_BIG = 1002, 1003, 1007, 1008, 1009
PATHS = pytest.mark.parametrize("path", ["/live", "/ws"])


@pytest.fixture
def opened(site: Site) -> Any:
    """`opened(path)` gives a connection that is there; all are closed in the end."""
    made: list[RawSocket] = []

    def open_one(path: str) -> RawSocket:
        socket = site.socket(path)
        assert socket.open
        made.append(socket)
        return socket

    yield open_one
    for socket in made:
        socket.close()


Open = Callable[[str], RawSocket]
ASK = b'{"type":"ping"}'


def answered(socket: RawSocket) -> dict[str, Any]:
    """The next answer that is no snapshot."""
    while True:
        message: dict[str, Any] = json.loads(socket.text())
        if "type" in message:
            return message


@PATHS
def test_cases_1_and_5_whole_and_fragmented_text(opened: Open, path: str) -> None:
    socket = opened(path)
    socket.send(frame(TEXT, ASK))
    assert answered(socket)["type"] == "pong"
    for size in (1, 4, 14):  # in fragments, with control frames between
        pieces = [ASK[at : at + size] for at in range(0, len(ASK), size)]
        socket.send(frame(TEXT, pieces[0], fin=False))
        for piece in pieces[1:-1]:
            socket.send(frame(PING, b"between") + frame(0, piece, fin=False))
        socket.send(frame(0, pieces[-1] if len(pieces) > 1 else b""))
        assert answered(socket)["type"] == "pong"
    for byte in frame(TEXT, ASK):  # octet by octet
        socket.send(bytes((byte,)))
    assert answered(socket)["type"] == "pong"
    socket.send(frame(TEXT, b""))
    assert answered(socket)["type"] == "error"


@PATHS
def test_cases_2_pings_and_pongs(opened: Open, path: str) -> None:
    socket = opened(path)
    for payload in (b"", b"hello", bytes(range(125))):
        socket.send(frame(PING, payload))
        assert socket.pong() == payload
    socket.send(frame(PONG, b"unasked"))
    socket.send(frame(PING, b"still there"))
    assert socket.pong() == b"still there"


@PATHS
@pytest.mark.parametrize(
    ("what", "data", "code"),
    [
        ("2.5 ping of 126 octets", frame(PING, b"x" * 126), PROTOCOL),
        ("3 a reserved bit", frame(TEXT, ASK, rsv=1), PROTOCOL),
        ("3 all reserved bits", frame(PING, b"", rsv=7), PROTOCOL),
        ("4.1 reserved data opcode", frame(3, b"x"), PROTOCOL),
        ("4.2 reserved control opcode", frame(11, b"x"), PROTOCOL),
        ("5 fragmented ping", frame(PING, b"x", fin=False), PROTOCOL),
        ("5.9 continuation of nothing", frame(0, b"x"), PROTOCOL),
        ("5.18 text within a text", frame(TEXT, b"a", fin=False) + frame(TEXT, b"b"), PROTOCOL),
        ("6.3 invalid UTF-8", frame(TEXT, b"\xce\xba\xed\xa0\x80"), NOT_TEXT),
        ("6.4 invalid in a fragment",
         frame(TEXT, b"\xf4\x90", fin=False) + frame(0, b"\x80\x80"), NOT_TEXT),
        ("6.12 overlong", frame(TEXT, b"\xc0\xaf"), NOT_TEXT),
        ("7.3.2 close of one octet", frame(CLOSE, b"\x03"), PROTOCOL),
        ("7.5 close with invalid UTF-8", frame(CLOSE, b"\x03\xe8\xce\xba\xed\xa0\x80"), NOT_TEXT),
        ("7.9 close code 0", frame(CLOSE, b"\x00\x00"), PROTOCOL),
        ("7.9 close code 1005", frame(CLOSE, b"\x03\xed"), PROTOCOL),
        ("7.9 close code 2999", frame(CLOSE, b"\x0b\xb7"), PROTOCOL),
        ("unmasked", frame(TEXT, ASK, mask=False), PROTOCOL),
        ("9 too big", frame(TEXT, b"x" * ((1 << 20) + 1)), TOO_BIG),
        ("9 too big in fragments",
         b"".join(frame(TEXT if i == 0 else 0, b"x" * 70_000, fin=False) for i in range(16)),
         TOO_BIG),
        ("a length that lies", b"\x81\xff\xff\xff\xff\xff\xff\xff\xff\xff", None),
        ("binary", frame(BINARY, b"\x00\x01"), UNSUPPORTED),
    ],
)  # fmt: skip
def test_what_ends_a_connection(
    opened: Open, path: str, what: str, data: bytes, code: int | None
) -> None:
    """faults: N70, N72"""
    socket = opened(path)
    with contextlib.suppress(BrokenPipeError, ConnectionResetError):
        socket.send(data)
    found = socket.closed_with()
    assert found == code if code is not None else found in (0, PROTOCOL, TOO_BIG), what


@PATHS
@pytest.mark.parametrize("code", [1000, 1001, 1003, 1007, 1011, 3000, 4999])
def test_cases_7_closing(opened: Open, path: str, code: int) -> None:
    socket = opened(path)
    socket.send(frame(CLOSE, code.to_bytes(2, "big") + b"done"))
    assert socket.closed_with() == code
    assert socket.receive() == (CLOSE, b"")


@PATHS
def test_case_7_1_nothing_is_answered_after_a_close(opened: Open, path: str) -> None:
    socket = opened(path)
    socket.send(frame(CLOSE, b"\x03\xe8") + frame(PING, b"late") + frame(TEXT, ASK))
    assert socket.closed_with() == 1000


@PATHS
@pytest.mark.parametrize(
    "text",
    [
        b"not json", b"[]", b"1", b"null", b'"x"', b"{", b"[" * 4_000, b'{"a":' * 800,
        b'{"type": NaN}', b'{"type": 1e999}', b'{"type": ' + b"9" * 4_000 + b"}",
        b'{"type": ["audio"]}', b'{"type": {"a": 1}}', b"{}", b'{"type": "\\ud800"}',
    ],
)  # fmt: skip
def test_json_that_is_none_gets_a_typed_error(opened: Open, path: str, text: bytes) -> None:
    """faults: N71"""
    socket = opened(path)
    socket.send(frame(TEXT, text))
    assert answered(socket)["type"] == "error"
    socket.send(frame(TEXT, ASK))
    assert answered(socket)["type"] == "pong"


@pytest.mark.parametrize(
    "message",
    [
        {"data": "***"}, {"data": "QQ"}, {"data": 7}, {"data": None}, {}, {"data": ["QQ=="]},
        {"data": "QUJD"}, {"data": "QUJDRA==", "format": "mp3"},
        {"data": "QUJDRA==", "sample_rate": 44_100}, {"data": "QUJDRA==", "sample_rate": True},
    ],
)  # fmt: skip
def test_sound_that_is_none_keeps_the_connection(opened: Open, message: dict[str, Any]) -> None:
    """faults: N69"""
    socket = opened("/ws")
    socket.send(frame(TEXT, json.dumps({"type": "audio", **message}).encode()))
    assert answered(socket)["type"] == "error"
    socket.send(frame(TEXT, ASK))
    assert answered(socket)["type"] == "pong"


@PATHS
def test_who_talks_without_end_is_shown_out(opened: Open, path: str) -> None:
    """Pings and nonsense cost work: a few a second are enough for anybody."""
    socket = opened(path)
    with contextlib.suppress(BrokenPipeError, ConnectionResetError):
        socket.send(frame(TEXT, ASK) * 400)
    assert socket.closed_with() == POLICY


@PATHS
def test_fragments_of_nothing_cost_nothing(opened: Open, path: str) -> None:
    socket = opened(path)
    socket.send(frame(TEXT, ASK[:5], fin=False) + frame(0, b"", fin=False) * 20_000)
    for byte in ASK[5:-1]:
        socket.send(frame(0, bytes((byte,)), fin=False))
    socket.send(frame(0, ASK[-1:]))
    assert answered(socket)["type"] == "pong"


@PATHS
def test_no_utf8_is_no_fault_of_ours(
    opened: Open, path: str, caplog: pytest.LogCaptureFixture
) -> None:
    socket = opened(path)
    socket.send(frame(TEXT, b"\xff", fin=False))  # told before the message is whole
    assert socket.closed_with() == NOT_TEXT
    assert "Traceback" not in caplog.text


def noise(chance: random.Random) -> bytes:
    """One message: JSON of many kinds, or nearly."""
    kinds = ("audio", "config", "ping", "", None, 7, "stop ", [], {})
    values = (None, 1e308, -1, 2**80, "x" * chance.randrange(300), [[]], {"a": {}}, True, "\u0000")
    keys = ("data", "format", "sample_rate", "language", "type", "\ud800", "")
    message = {chance.choice(keys): chance.choice(values) for _ in range(chance.randrange(4))}
    message["type"] = chance.choice(kinds)
    if message["type"] == "audio" and chance.random() < 0.5:
        raw = chance.randbytes(chance.randrange(64))
        message["data"] = base64.b64encode(raw).decode()[: chance.randrange(90)]
    text = json.dumps(message).encode()
    if chance.random() < 0.3:
        at = chance.randrange(len(text))
        text = text[:at] + chance.randbytes(chance.randrange(3)).hex().encode() + text[at + 1 :]
    return text


def fuzz(site: Site, count: int, seed: int = 7) -> tuple[int, list[int]]:
    """Sends `count` messages; returns how many connections it took, and memory on the way."""
    chance = random.Random(seed)
    memory, connections, sent = [], 0, 0
    process = psutil.Process()
    while sent < count:
        path = ("/live", "/ws")[connections % 2]
        socket = site.socket(path)
        assert socket.open, socket.reply
        connections += 1
        burst = min(chance.randrange(20, 90), count - sent)
        data = b"".join(frame(TEXT, noise(chance)) for _ in range(burst))
        try:
            socket.send(data + frame(CLOSE, b"\x03\xe8"))
            socket.closed_with()
        except OSError:
            pass
        socket.close()
        sent += burst
        if connections % 200 == 0:
            memory.append(process.memory_info().rss)
    return connections, memory


def healthy(site: Site, log: pytest.LogCaptureFixture) -> None:
    deadline = time.monotonic() + 20
    while site.ask("GET", "/health").status != 200:
        assert time.monotonic() < deadline
    assert not [r for r in log.records if r.levelname in ("ERROR", "CRITICAL")], log.text[-2_000:]


def test_fuzzed_messages(site: Site, caplog: pytest.LogCaptureFixture) -> None:
    connections, _ = fuzz(site, 5_000)
    assert connections > 50
    healthy(site, caplog)


@pytest.mark.slow
@pytest.mark.timeout(3_600)
def test_a_million_fuzzed_messages(site: Site, caplog: pytest.LogCaptureFixture) -> None:
    _, memory = fuzz(site, 1_000_000)
    healthy(site, caplog)
    warm, last = memory[len(memory) // 4], memory[-1]
    assert last - warm < 16 << 20, [m >> 20 for m in memory[:: max(1, len(memory) // 20)]]
