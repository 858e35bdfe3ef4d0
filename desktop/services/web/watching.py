"""Has the machine measured while a browser looks, and not otherwise.  Thread: ``web``."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

EVERY_S = 2.0
LINGER_S = 20.0  # a page that is loaded again does not end it and begin it anew


class Watching:
    """`async with` it as long as somebody looks.

    Args:
        measure: told how often, in seconds; may take a moment.
    """

    def __init__(self, measure: Callable[[float], None]) -> None:
        self._measure = measure
        self._lock = asyncio.Lock()
        self._viewers = 0
        self._on = False
        self._ending: asyncio.Task[None] | None = None

    async def __aenter__(self) -> None:
        self._viewers += 1
        if self._ending is not None:
            self._ending.cancel()
            self._ending = None
        await self._bring_into_force()

    async def __aexit__(self, *_: object) -> None:
        self._viewers -= 1
        if not self._viewers:
            self._ending = asyncio.create_task(self._end_later())

    async def _end_later(self) -> None:
        await asyncio.sleep(LINGER_S)
        await self._bring_into_force()

    async def _bring_into_force(self) -> None:
        async with self._lock:
            wanted = self._viewers > 0
            if wanted != self._on:
                self._on = wanted
                await asyncio.to_thread(self._measure, EVERY_S if wanted else 0.0)
