"""The cache: its protocol.  Adapters: Redis, and in process with the same meaning.  Any thread.

Losing the cache costs speed, never an answer: no method raises.
"""

from __future__ import annotations

from typing import Protocol


class Cache(Protocol):
    """Bytes by key, each with a time to live."""

    def get(self, key: str) -> bytes | None: ...

    def get_many(self, keys: list[str]) -> list[bytes | None]: ...

    def set(self, key: str, value: bytes, ttl_s: int) -> None:
        """Keeps `value`; a `ttl_s` of 0 keeps nothing."""
        ...

    def delete(self, key: str) -> None: ...

    def close(self) -> None: ...
