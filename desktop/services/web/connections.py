"""One TCP connection of the mirror: how many there may be, and how long one may dawdle.

uvicorn's protocols with what they leave open: they wait without end for a request's head (faults:
N74), take any number of silent connections (N73), answer an endless head or an absent Host with
400, and wait without end for a peer that no longer takes what it is sent (N76).  Thread: ``web``.
"""

from __future__ import annotations

import asyncio
import codecs
import sys
from typing import Any

from uvicorn.protocols.http.h11_impl import H11Protocol
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.frames import CloseCode, Frame, Opcode
from websockets.server import ServerProtocol

from desktop.services.web.replies import whole_refusal

MAX_CONNECTIONS = 256
MAX_HEAD_BYTES = 16_384
HEAD_WITHIN_S = 10.0
CLOSE_WITHIN_S = 10.0  # for the last frames to leave and the other side's goodbye
MAX_FRAGMENTS = 1_024

_UTF8 = codecs.getincrementaldecoder("utf-8")


class GuardedConnection(H11Protocol):
    """Closes what does not speak in time, and what comes beyond the limit."""

    _head_timer: asyncio.TimerHandle | None = None

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.access_log = False  # whatever handlers the root logger has: addresses carry tokens

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        if len(self.connections) > MAX_CONNECTIONS:
            transport.close()
            return
        self._head_timer = self.loop.call_later(HEAD_WITHIN_S, transport.close)

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        upgraded = self.transport.get_protocol() is not self
        answering = self.cycle is not None and not self.cycle.response_complete
        if upgraded or answering:
            self._stop_timer()
        elif self._head_timer is None:  # a head has begun, on a connection that is kept alive
            self._head_timer = self.loop.call_later(HEAD_WITHIN_S, self.transport.close)

    def connection_lost(self, exc: Exception | None) -> None:
        self._stop_timer()
        super().connection_lost(exc)

    def send_400_response(self, msg: str) -> None:
        """What h11 gave up on, by its reason: a head too long, no Host or several, no HTTP."""
        error = str(sys.exc_info()[1])  # uvicorn calls this while it handles h11's exception
        if len(self.conn.trailing_data[0]) > MAX_HEAD_BYTES:
            answer = whole_refusal(431, "headers")
        elif "Host" in error:
            answer = whole_refusal(403, "host")
        else:
            answer = whole_refusal(400, "malformed")
        self.transport.write(answer)
        self.transport.close()

    def _stop_timer(self) -> None:
        if self._head_timer is not None:
            self._head_timer.cancel()
            self._head_timer = None


class GuardedSocket(WebSocketsSansIOProtocol):
    """A WebSocket whose end comes, whether or not the other side takes part in it.

    Text is looked at as it comes, so that what is no UTF-8 ends the connection at once and quietly:
    uvicorn would wait for the whole message and log a traceback.
    """

    _abort_timer: asyncio.TimerHandle | None = None

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.conn = _Frames(
            extensions=self.conn.available_extensions,
            max_size=self.config.ws_max_size,
            logger=self.logger,
        )
        self._decoder = _UTF8()

    async def send(self, message: Any) -> None:
        """A goodbye does not wait until the peer has read what came before."""
        if message["type"] == "websocket.close" and self.handshake_complete:
            self._end_within(CLOSE_WITHIN_S)
            self.writable.set()
        await super().send(message)
        if message["type"] == "websocket.http.response.body":
            self.handshake_complete = True  # refused, which uvicorn would log as a fault of ours

    def handle_text(self, event: Frame) -> None:
        self._decoder = _UTF8()
        if self._is_text(event):
            super().handle_text(event)

    def handle_cont(self, event: Frame) -> None:
        if self.curr_msg_data_type == "text" and not self._is_text(event):
            return
        if len(self.frames) >= MAX_FRAGMENTS:  # a flood of tiny ones costs their bytes, not more
            self.frames = [b"".join(self.frames)]
        super().handle_cont(event)

    def keepalive_timeout(self) -> None:
        """faults: N76"""
        super().keepalive_timeout()
        self._end_within(1.0)

    def connection_lost(self, exc: Exception | None) -> None:
        if self._abort_timer is not None:
            self._abort_timer.cancel()
        super().connection_lost(exc)

    def _is_text(self, frame: Frame) -> bool:
        if self.close_sent:
            return False
        try:
            self._decoder.decode(frame.data, frame.fin)
        except UnicodeDecodeError:
            self.conn.fail(CloseCode.INVALID_DATA, "no UTF-8")
            self.handle_parser_exception()
            return False
        return True

    def _end_within(self, seconds: float) -> None:
        if self._abort_timer is None:
            self._abort_timer = self.loop.call_later(seconds, self.transport.abort)


class _Frames(ServerProtocol):
    """A goodbye in the middle of a message is a goodbye, not an error."""

    def recv_frame(self, frame: Frame) -> None:
        if frame.opcode is Opcode.CLOSE:
            self.current_size = None
        super().recv_frame(frame)
