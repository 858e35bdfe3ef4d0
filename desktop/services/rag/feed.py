"""Events of the documents for whoever listens: a snapshot first, then every change.

Published on any thread, read on the server's loop.  Each listener has a queue of 4,096 events;
one that falls behind is let go, comes again and begins with a new snapshot.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Callable, Sequence

from desktop.events import DocumentChanged, Event, IngestProgressed, event_to_json

MAX_WAITING = 4_096
MAX_LISTENERS = 32
BEAT_S = 15.0

Published = DocumentChanged | IngestProgressed


def sse(event: Event) -> str:
    """An event as the text of a server-sent event."""
    return f"event: {type(event).__name__}\ndata: {event_to_json(event)}\n\n"


class _Listener:
    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.loop = loop
        self.queue: asyncio.Queue[Event | None] = asyncio.Queue()  # bounded by `waiting`
        self.waiting = 0
        self.ended = False


class EventFeed:
    """Fans events out to the listeners of the server."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._listeners: set[_Listener] = set()
        self._closed = False
        self._progress: IngestProgressed | None = None

    def publish(self, event: Published) -> None:
        """Hands an event to all listeners; any thread, at once."""
        with self._lock:
            if isinstance(event, IngestProgressed):
                self._progress = event
            for listener in list(self._listeners):
                self._offer(listener, event)

    def close(self) -> None:
        """Ends every listener's stream; later ones end at once."""
        with self._lock:
            self._closed = True
            for listener in list(self._listeners):
                self._let_go(listener)

    def listen(self, snapshot: Callable[[], Sequence[Event]]) -> AsyncIterator[str]:
        """The stream of one listener, from when it is first read.

        Args:
            snapshot: what is there now; called after the listener is known, on another thread, so
                that nothing between is missed.
        """
        return self._stream(snapshot)

    async def _stream(self, snapshot: Callable[[], Sequence[Event]]) -> AsyncIterator[str]:
        listener = _Listener(asyncio.get_running_loop())
        with self._lock:
            if self._closed or len(self._listeners) >= MAX_LISTENERS:
                return
            self._listeners.add(listener)
        try:
            for event in await asyncio.to_thread(snapshot):
                yield sse(event)
            if self._progress is not None:
                yield sse(self._progress)
            yield "event: ready\ndata: {}\n\n"
            while True:
                try:
                    async with asyncio.timeout(BEAT_S):
                        next_one = await listener.queue.get()
                except TimeoutError:
                    yield ": still here\n\n"
                    continue
                if next_one is None:
                    return
                with self._lock:
                    listener.waiting -= 1
                yield sse(next_one)
        finally:
            with self._lock:
                self._listeners.discard(listener)

    def _offer(self, listener: _Listener, event: Event) -> None:
        """The lock is held."""
        if listener.waiting >= MAX_WAITING:
            self._let_go(listener)
            return
        listener.waiting += 1
        self._put(listener, event)

    def _let_go(self, listener: _Listener) -> None:
        self._listeners.discard(listener)
        if not listener.ended:
            listener.ended = True
            self._put(listener, None)

    @staticmethod
    def _put(listener: _Listener, event: Event | None) -> None:
        if not listener.loop.is_closed():
            listener.loop.call_soon_threadsafe(listener.queue.put_nowait, event)
