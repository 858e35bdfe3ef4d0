"""The cache without a server: in this process, with Redis's meaning.  Any thread.

Bounded by bytes; the value that was not used for longest goes first (as ``allkeys-lru``).
"""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable

MAX_BYTES = 64 * 1024 * 1024
_OVERHEAD_BYTES = 200  # of an entry, about


class MemoryCache:
    """A `Cache`.

    Args:
        max_bytes: of keys and values together.
        clock: seconds that never go back.
    """

    def __init__(
        self, max_bytes: int = MAX_BYTES, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._max_bytes = max_bytes
        self._clock = clock
        self._lock = threading.Lock()
        self._entries: OrderedDict[str, tuple[bytes, float]] = OrderedDict()
        self._bytes = 0

    @property
    def size_bytes(self) -> int:
        return self._bytes

    def get(self, key: str) -> bytes | None:
        with self._lock:
            return self._get(key)

    def get_many(self, keys: list[str]) -> list[bytes | None]:
        with self._lock:
            return [self._get(key) for key in keys]

    def set(self, key: str, value: bytes, ttl_s: int) -> None:
        with self._lock:
            self._remove(key)
            size = _size(key, value)
            if ttl_s <= 0 or size > self._max_bytes:
                return
            self._entries[key] = (value, self._clock() + ttl_s)
            self._bytes += size
            while self._bytes > self._max_bytes:
                self._remove(next(iter(self._entries)))

    def delete(self, key: str) -> None:
        with self._lock:
            self._remove(key)

    def close(self) -> None:
        with self._lock:
            self._entries.clear()
            self._bytes = 0

    def _get(self, key: str) -> bytes | None:
        entry = self._entries.get(key)
        if entry is None:
            return None
        value, until = entry
        if self._clock() >= until:
            self._remove(key)
            return None
        self._entries.move_to_end(key)
        return value

    def _remove(self, key: str) -> None:
        entry = self._entries.pop(key, None)
        if entry is not None:
            self._bytes -= _size(key, entry[0])


def _size(key: str, value: bytes) -> int:
    return len(key) + len(value) + _OVERHEAD_BYTES
