"""The cache that is there now: Redis while it runs, in process while it does not.  Any thread.

Both mean the same, so a change between them costs what was kept, never an answer.
"""

from __future__ import annotations

import threading
from collections.abc import Callable

from desktop.services.clients.cache import Cache
from desktop.services.clients.memory_cache import MemoryCache
from desktop.services.supervisor.spec import Endpoint


class CacheInForce:
    """A `Cache` in front of the one that is there.

    Args:
        endpoint: where Redis is; None while it is not there.
    """

    def __init__(self, endpoint: Callable[[], Endpoint | None]) -> None:
        self._endpoint = endpoint
        self._memory = MemoryCache()
        self._lock = threading.Lock()
        self._redis: tuple[Endpoint, Cache] | None = None

    @property
    def way(self) -> str:
        """What is in force, for people."""
        return "in process" if self._endpoint() is None else "Redis"

    def get(self, key: str) -> bytes | None:
        return self._now().get(key)

    def get_many(self, keys: list[str]) -> list[bytes | None]:
        return self._now().get_many(keys)

    def set(self, key: str, value: bytes, ttl_s: int) -> None:
        self._now().set(key, value, ttl_s)

    def delete(self, key: str) -> None:
        self._now().delete(key)

    def close(self) -> None:
        with self._lock:
            before, self._redis = self._redis, None
        if before is not None:
            before[1].close()
        self._memory.close()

    def _now(self) -> Cache:
        endpoint = self._endpoint()
        if endpoint is None:
            return self._memory
        with self._lock:
            before = self._redis
            if before is not None and before[0] == endpoint:
                return before[1]
            made = _connected(endpoint)
            self._redis = (endpoint, made)
        if before is not None:
            before[1].close()
        return made


def _connected(endpoint: Endpoint) -> Cache:
    from desktop.services.clients.redis_cache import RedisCache, connect

    password = endpoint.key.reveal() if endpoint.key is not None else ""
    return RedisCache(connect(endpoint.url, password))
