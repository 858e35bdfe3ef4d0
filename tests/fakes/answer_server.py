"""The answer server itself on a real port, in this process, and its documents."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import uvicorn

from desktop.services.http_guard import GuardRules
from desktop.services.rag.opening import Documents
from desktop.services.rag.server import create_app
from desktop.services.supervisor.spec import Endpoint, Secret

KEY = "key-of-this-test"
_WITHIN_S = 20.0


@contextmanager
def answer_server(documents: Documents) -> Iterator[Endpoint]:
    """Serves open documents; gives where."""
    listening = socket.create_server(("127.0.0.1", 0))
    rules = GuardRules(KEY, 1 << 20)
    config = uvicorn.Config(
        create_app(documents, rules), log_config=None, lifespan="off", ws="none",
        timeout_graceful_shutdown=1,
    )  # fmt: skip
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
    thread.start()
    ends_s = time.monotonic() + _WITHIN_S
    while not server.started:
        assert time.monotonic() < ends_s
        time.sleep(0.01)
    try:
        yield Endpoint(f"http://127.0.0.1:{listening.getsockname()[1]}", Secret(KEY))
    finally:
        documents.feed.close()
        server.should_exit = True
        thread.join(_WITHIN_S)
        listening.close()
