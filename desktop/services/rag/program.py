"""The process of the RAG server: opens the documents, serves until SIGTERM.  Main thread.

The key comes in MALGEUL_RAG_KEY and leaves the environment at once.  The port is bound before the
documents are opened, so that a taken one is found at once.
"""

from __future__ import annotations

import logging
import os
import signal
import socket
import sys
from types import FrameType

import uvicorn

from desktop.errors import MalgeulError
from desktop.paths import Paths
from desktop.services.http_guard import GuardRules
from desktop.services.rag.opening import Documents
from desktop.services.rag.server import create_app
from desktop.services.rag.surroundings import Surroundings
from desktop.services.stack.rag import KEY_VARIABLE

_log = logging.getLogger(__name__)

LOOPBACK = "127.0.0.1"
MAX_BODY_BYTES = 16 << 20
MAX_CONNECTIONS = 128
_GRACE_S = 3


class _Server(uvicorn.Server):
    """Ends the streams first: they would hold a shutdown up."""

    def __init__(self, config: uvicorn.Config, documents: Documents) -> None:
        super().__init__(config)
        self._documents = documents

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        self._documents.feed.close()
        super().handle_exit(sig, frame)


def serve(paths: Paths, port: int, *, open_to_all: bool) -> int:
    """Serves; returns the exit code."""
    key = os.environ.pop(KEY_VARIABLE, "")
    if not key and not open_to_all:
        print(f"{KEY_VARIABLE} is not set", file=sys.stderr)
        return 2
    listening = socket.create_server((LOOPBACK, port), backlog=128)
    documents = Documents(Surroundings(paths))
    try:
        documents.open(watch=True, korean=True)
    except MalgeulError as error:
        listening.close()
        documents.close()
        print(f"{error.message} {error.hint}", file=sys.stderr)
        return 1
    rules = GuardRules("" if open_to_all else key, MAX_BODY_BYTES)
    config = uvicorn.Config(
        create_app(documents, rules),
        log_config=None,
        access_log=False,
        server_header=False,
        limit_concurrency=MAX_CONNECTIONS,
        timeout_graceful_shutdown=_GRACE_S,
        h11_max_incomplete_event_size=16_384,
        ws="none",
        lifespan="off",
    )
    server = _Server(config, documents)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, server.handle_exit)
    print(f"rag: listening on {LOOPBACK}:{port}", flush=True)
    try:
        server.run(sockets=[listening])
    finally:
        documents.close()
        listening.close()
    return 0
