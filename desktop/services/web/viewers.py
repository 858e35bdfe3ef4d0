"""One viewer's WebSocket: the snapshot or what was missed, then every change.  Thread: ``web``.

A slow viewer never slows captions: its queue is bounded.  Volatile frames replace each other there;
when lossless ones fill it, the connection ends with 1013 and the viewer comes back for a snapshot.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
from collections import OrderedDict, deque
from collections.abc import Iterable

from starlette.websockets import WebSocket, WebSocketDisconnect

from desktop.services.web.mirror import Frame, Mirror
from desktop.services.web.rates import Bucket

_log = logging.getLogger(__name__)

QUEUE_FRAMES = 500
SEND_WITHIN_S = 20.0
MAX_MESSAGE_CHARS = 4_096
MESSAGES_PER_S, MESSAGES_BURST = 10.0, 200.0  # what one connection may say, sound aside
TRY_LATER, POLICY, UNSUPPORTED, TOO_BIG = 1013, 1008, 1003, 1009


class Mailbox:
    """What one viewer has still to be sent.  `put` comes from any thread, the rest from the loop.

    Args:
        loop: where the viewer is served.
        limit: lossless frames it may lag behind.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop, limit: int = QUEUE_FRAMES) -> None:
        self._loop = loop
        self._limit = limit
        self._lossless: deque[Frame] = deque()
        self._volatile: OrderedDict[str, Frame] = OrderedDict()
        self._woken = asyncio.Event()
        self.overflown = False

    def put(self, frame: Frame) -> None:
        if self.overflown:
            return
        if frame.sequence:
            if len(self._lossless) >= self._limit:
                self.overflown = True
            else:
                self._lossless.append(frame)
        else:
            self._volatile[frame.key] = frame
        with contextlib.suppress(RuntimeError):  # the loop has closed: nobody reads any more
            self._loop.call_soon_threadsafe(self._woken.set)

    @property
    def waiting(self) -> int:
        """Frames that are still to be sent."""
        return len(self._lossless) + len(self._volatile)

    async def get(self) -> Frame | None:
        """The next frame, lossless ones first; None when the viewer was too slow."""
        while True:
            if self.overflown:
                return None
            if self._lossless:
                return self._lossless.popleft()
            with contextlib.suppress(KeyError):
                return self._volatile.popitem(last=False)[1]
            self._woken.clear()
            if not self._lossless and not self._volatile:
                await self._woken.wait()


async def serve_viewer(socket: WebSocket, mirror: Mirror, *, limit: int) -> None:
    """Serves one viewer until it goes away, is too slow, or the server ends."""
    await socket.accept()
    if mirror.viewers >= limit:  # nothing is awaited from here until it has joined
        await socket.close(TRY_LATER, "too many viewers")
        return
    box = Mailbox(asyncio.get_running_loop())
    after = socket.query_params.get("after", "0")
    first = mirror.join(
        box.put,
        epoch=socket.query_params.get("epoch", ""),
        after=int(after) if after.isdecimal() and len(after) < 18 else 0,
    )
    reading = asyncio.create_task(_read(socket))
    sending = asyncio.create_task(_send(socket, box, first))
    try:
        await asyncio.wait((reading, sending), return_when=asyncio.FIRST_COMPLETED)
    finally:
        mirror.leave(box.put)
        for task in (reading, sending):
            task.cancel()
        note_faults(await asyncio.gather(reading, sending, return_exceptions=True))


def note_faults(ends: Iterable[object]) -> None:
    """Logs what ended a connection's task and is neither its peer's going away nor our own end."""
    for end in ends:
        # A peer that is gone is told by a RuntimeError as well (starlette's, on sending).
        if isinstance(end, Exception) and not isinstance(end, WebSocketDisconnect | RuntimeError):
            _log.error("a connection ended with an error", exc_info=end)


async def _send(socket: WebSocket, box: Mailbox, first: list[Frame]) -> None:
    try:
        for frame in first:
            await asyncio.wait_for(socket.send_text(frame.text), SEND_WITHIN_S)
        while (next_frame := await box.get()) is not None:
            await asyncio.wait_for(socket.send_text(next_frame.text), SEND_WITHIN_S)
        await socket.close(TRY_LATER, "too slow")
    except (TimeoutError, WebSocketDisconnect, RuntimeError):
        with contextlib.suppress(RuntimeError, WebSocketDisconnect):
            await socket.close(TRY_LATER, "too slow")


async def _read(socket: WebSocket) -> None:
    """A viewer has little to say; what it should not say ends the connection."""
    rate = Bucket(MESSAGES_PER_S, MESSAGES_BURST)
    while True:
        message = await socket.receive()
        if message["type"] == "websocket.disconnect":
            return
        if not rate.take():
            await _close(socket, POLICY, "too much")
            return
        text = message.get("text")
        if text is None:
            await _close(socket, UNSUPPORTED, "text only")
            return
        if len(text) > MAX_MESSAGE_CHARS:
            await _close(socket, TOO_BIG, "too long")
            return
        try:
            known = json.loads(text).get("type") == "ping"
        except (ValueError, AttributeError, RecursionError):
            known = False
        reply = {"type": "pong"} if known else {"type": "error", "message": "not understood"}
        await socket.send_text(json.dumps(reply))


async def _close(socket: WebSocket, code: int, reason: str) -> None:
    with contextlib.suppress(RuntimeError, WebSocketDisconnect):
        await socket.close(code, reason)
