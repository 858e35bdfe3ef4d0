"""The cache in Redis: ours, or one that others run.  Any thread.

A Redis that dies, restarts or hangs costs speed, never an answer (faults: P20): short time limits,
one try more on a fresh connection, and after a failure no asking at all for a while that doubles
from 1 s to 30 s.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from redis import Redis

_log = logging.getLogger(__name__)
_T = TypeVar("_T")

PREFIX = "malgeul:"  # a shared Redis has other people's keys too
CONNECT_WITHIN_S = 0.5
ANSWER_WITHIN_S = 0.5
FIRST_PAUSE_S = 1.0
LONGEST_PAUSE_S = 30.0


def connect(url: str, password: str = "") -> Redis:
    """A client of the server at ``redis://host:port``.  Does not connect yet."""
    from redis import Redis
    from redis.backoff import NoBackoff
    from redis.retry import Retry

    return Redis.from_url(
        url,
        password=password or None,
        socket_connect_timeout=CONNECT_WITHIN_S,
        socket_timeout=ANSWER_WITHIN_S,
        retry=Retry(NoBackoff(), 1),  # a connection from before a restart is dead
        max_connections=32,
    )


class RedisCache:
    """A `Cache`.

    Args:
        client: see `connect`.
        clock: seconds that never go back.
    """

    def __init__(self, client: Any, clock: Callable[[], float] = time.monotonic) -> None:
        self._client = client
        self._clock = clock
        self._lock = threading.Lock()
        self._pause_s = 0.0
        self._not_before = 0.0

    @property
    def available(self) -> bool:
        """Whether the next call asks Redis."""
        return self._clock() >= self._not_before

    def get(self, key: str) -> bytes | None:
        return self._try(lambda: _bytes(self._client.get(PREFIX + key)), None)

    def get_many(self, keys: list[str]) -> list[bytes | None]:
        nothing: list[bytes | None] = [None] * len(keys)
        if not keys:
            return nothing
        names = [PREFIX + key for key in keys]
        return self._try(lambda: [_bytes(value) for value in self._client.mget(names)], nothing)

    def set(self, key: str, value: bytes, ttl_s: int) -> None:
        if ttl_s <= 0:
            self.delete(key)
            return
        self._try(lambda: self._client.set(PREFIX + key, value, ex=ttl_s), None)

    def delete(self, key: str) -> None:
        self._try(lambda: self._client.delete(PREFIX + key), None)

    def close(self) -> None:
        self._client.close()

    def _try(self, call: Callable[[], _T], otherwise: _T) -> _T:
        from redis.exceptions import RedisError

        if not self.available:
            return otherwise
        try:
            value = call()
        except (RedisError, OSError, ValueError) as error:
            self._failed(error)
            return otherwise
        self._worked()
        return value

    def _failed(self, error: Exception) -> None:
        with self._lock:
            first = self._pause_s == 0.0
            self._pause_s = min(max(2 * self._pause_s, FIRST_PAUSE_S), LONGEST_PAUSE_S)
            self._not_before = self._clock() + self._pause_s
        if first:  # said once, not with every question
            _log.warning("going on without the cache: %s", error)

    def _worked(self) -> None:
        if self._pause_s:
            with self._lock:
                self._pause_s = 0.0
            _log.info("the cache is there again")


def _bytes(value: Any) -> bytes | None:
    return value if isinstance(value, bytes) else None
