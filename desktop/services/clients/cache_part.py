"""A part of a cache: keys of its own, the same meaning.  Any thread."""

from __future__ import annotations

from desktop.services.clients.cache import Cache


class CachePart:
    """A `Cache` within another that several data directories may use.

    Args:
        cache: the whole; closed by its owner.
        name: tells this part from others.
    """

    def __init__(self, cache: Cache, name: str) -> None:
        self._cache = cache
        self._prefix = f"{name}:"

    def get(self, key: str) -> bytes | None:
        return self._cache.get(self._prefix + key)

    def get_many(self, keys: list[str]) -> list[bytes | None]:
        return self._cache.get_many([self._prefix + key for key in keys])

    def set(self, key: str, value: bytes, ttl_s: int) -> None:
        self._cache.set(self._prefix + key, value, ttl_s)

    def delete(self, key: str) -> None:
        self._cache.delete(self._prefix + key)

    def close(self) -> None:
        """Nothing: the whole has an owner."""
