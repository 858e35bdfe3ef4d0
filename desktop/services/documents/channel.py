"""A bounded queue between two stages that ends when it is closed.  Any thread."""

from __future__ import annotations

import threading
from collections import deque
from typing import Generic, TypeVar

Item = TypeVar("Item")


class ClosedError(Exception):
    """The channel is closed: the stage ends."""


class Channel(Generic[Item]):
    """At most `bound` items wait; who brings more waits too."""

    def __init__(self, bound: int) -> None:
        self._bound = bound
        self._items: deque[Item] = deque()
        self._changed = threading.Condition()
        self._closed = False

    def put(self, item: Item, *, urgent: bool = False) -> None:
        """Waits for room; an urgent item goes first and never waits.  Raises ClosedError."""
        with self._changed:
            if urgent:
                if self._closed:
                    raise ClosedError
                self._items.appendleft(item)
            else:
                self._changed.wait_for(lambda: self._closed or len(self._items) < self._bound)
                if self._closed:
                    raise ClosedError
                self._items.append(item)
            self._changed.notify_all()

    def get(self) -> Item:
        """Waits for an item.  Raises ClosedError, also when items are left."""
        with self._changed:
            self._changed.wait_for(lambda: self._closed or self._items)
            if self._closed:
                raise ClosedError
            item = self._items.popleft()
            self._changed.notify_all()
            return item

    def get_ready(self, most: int) -> list[Item]:
        """What is there already, at most `most`."""
        with self._changed:
            taken = [self._items.popleft() for _ in range(min(most, len(self._items)))]
            self._changed.notify_all()
            return taken

    def close(self) -> list[Item]:
        """Wakes everyone who waits; returns what nobody will take any more."""
        with self._changed:
            self._closed = True
            left = list(self._items)
            self._items.clear()
            self._changed.notify_all()
            return left
