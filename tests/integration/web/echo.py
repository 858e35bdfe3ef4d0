"""An echo behind the mirror's own listening, for suites that judge a server by its echo.

Run as a program (``python -P tests/integration/web/echo.py 9001``) for suites that run elsewhere.
Thread: one of its own.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
import sys
import threading
from collections.abc import Iterator

import uvicorn
from starlette.types import Receive, Scope, Send

from desktop.services.web.server import listening

MAX_MESSAGE_BYTES = 32 << 20  # the suites send up to 16 MiB; the mirror itself takes 1 MiB


async def echo(_scope: Scope, receive: Receive, send: Send) -> None:
    """Says everything again, as the mirror's handlers receive and send it."""
    while True:
        message = await receive()
        if message["type"] == "websocket.connect":
            await send({"type": "websocket.accept"})
        elif message["type"] == "websocket.receive":
            message["type"] = "websocket.send"
            await send(message)
        else:
            return


@contextlib.contextmanager
def echoing(port: int = 0) -> Iterator[int]:
    """The port of an echo that runs until the end of the block."""
    bound = socket.create_server(("127.0.0.1", port))
    config = listening(echo, max_frame_bytes=MAX_MESSAGE_BYTES)
    config.ws_ping_interval = None  # the suites count every frame and do not expect ours
    server = uvicorn.Server(config)

    def run() -> None:
        asyncio.run(server.serve(sockets=[bound]))

    thread = threading.Thread(target=run, name="echo")
    thread.start()
    try:
        yield bound.getsockname()[1]
    finally:
        server.should_exit = True
        thread.join()
        bound.close()


if __name__ == "__main__":
    with echoing(int(sys.argv[1])):
        threading.Event().wait()
