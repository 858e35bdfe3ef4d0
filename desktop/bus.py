"""The event fan-out.  Thread-safe; subscribers are called on the publisher's thread, in order.

A subscriber must return quickly (queue, signal or mailbox) and may never stop another one from
hearing: its exception is logged and swallowed here, the one place where that is right.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable

from desktop.events import Event

_log = logging.getLogger(__name__)

Subscriber = Callable[[Event], None]


class EventBus:
    """Publishes events to every subscriber."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._subscribers: tuple[Subscriber, ...] = ()

    def subscribe(self, subscriber: Subscriber) -> Callable[[], None]:
        """Adds a subscriber and returns the function that removes it."""
        with self._lock:
            self._subscribers = (*self._subscribers, subscriber)

        def unsubscribe() -> None:
            with self._lock:
                self._subscribers = tuple(s for s in self._subscribers if s is not subscriber)

        return unsubscribe

    def publish(self, event: Event) -> None:
        """Calls every subscriber with `event` on this thread."""
        for subscriber in self._subscribers:
            try:
                subscriber(event)
            except Exception:  # noqa: BLE001 - one listener's fault must not silence the others
                _log.exception("a subscriber failed on %s", type(event).__name__)
