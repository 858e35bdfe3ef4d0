"""An OpenAI-compatible server that misbehaves on purpose, on a real port.

``Behaviour`` says what the next requests get; each request takes the next one, the last stays.
"""

from __future__ import annotations

import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Reply = Callable[["_Handler", dict[str, Any]], None]


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: FakeLanguageModel

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["content-length"])))
        self.server.requests.append(body)
        self.server.next_reply()(self, body)
        self.close_connection = True

    def log_message(self, *arguments: object) -> None:
        pass

    def begin(self, status: int = 200, kind: str = "text/event-stream") -> None:
        self.send_response(status)
        self.send_header("content-type", kind)
        self.send_header("connection", "close")
        self.end_headers()

    def event(self, text: str = "", reason: str | None = None) -> None:
        choice = {"delta": {"content": text}, "finish_reason": reason}
        self.wfile.write(f"data: {json.dumps({'choices': [choice]})}\n\n".encode())


class FakeLanguageModel(ThreadingHTTPServer):
    daemon_threads = False

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.requests: list[dict[str, Any]] = []
        self.replies: list[Reply] = []
        self.disconnected = threading.Event()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"

    def next_reply(self) -> Reply:
        return self.replies.pop(0) if len(self.replies) > 1 else self.replies[0]


@contextmanager
def fake_language_model(*replies: Reply) -> Iterator[FakeLanguageModel]:
    """Runs one; replies in order, the last for all further requests."""
    server = FakeLanguageModel()
    server.replies = list(replies)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def says(*pieces: str) -> Reply:
    """A good answer."""

    def reply(handler: _Handler, _body: dict[str, Any]) -> None:
        handler.begin()
        for piece in pieces:
            handler.event(piece)
        handler.event(reason="stop")
        usage = {"choices": [], "usage": {"prompt_tokens": 11, "completion_tokens": len(pieces)}}
        handler.wfile.write(f"data: {json.dumps(usage)}\n\ndata: [DONE]\n\n".encode())

    return reply


def dies_after(*pieces: str) -> Reply:
    """The connection is reset in the middle of an answer."""

    def reply(handler: _Handler, _body: dict[str, Any]) -> None:
        handler.begin()
        for piece in pieces:
            handler.event(piece)
        handler.wfile.flush()
        linger = b"\x01\x00\x00\x00\x00\x00\x00\x00"
        handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)

    return reply


def refuses(status: int, body: str = "<html>oh</html>", kind: str = "text/html") -> Reply:
    def reply(handler: _Handler, _body: dict[str, Any]) -> None:
        handler.begin(status, kind)
        handler.wfile.write(body.encode())

    return reply


def streams_for_ever(handler: _Handler, _body: dict[str, Any]) -> None:
    """Until the other side goes away, which is noted."""
    handler.begin()
    try:
        while True:
            handler.event("말 ")
            handler.wfile.flush()
            time.sleep(0.02)
    except OSError:
        handler.server.disconnected.set()


def stays_silent(handler: _Handler, _body: dict[str, Any]) -> None:
    """Takes the request and says nothing until the other side goes away."""
    handler.connection.settimeout(30)
    try:
        if not handler.connection.recv(1):
            handler.server.disconnected.set()
    except OSError:
        handler.server.disconnected.set()
