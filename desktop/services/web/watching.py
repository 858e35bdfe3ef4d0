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
        self._ending: asyncio.TimerHandle | None = None
        self._orders: set[asyncio.Task[None]] = set()

    async def __aenter__(self) -> None:
        self._viewers += 1
        if self._ending is not None:
            self._ending.cancel()
            self._ending = None
        try:
            await asyncio.shield(self._order())
        except BaseException:
            self._leave()
            raise

    async def __aexit__(self, *_: object) -> None:
        self._leave()

    def _leave(self) -> None:
        self._viewers -= 1
        if not self._viewers:
            self._ending = asyncio.get_running_loop().call_later(LINGER_S, self._order)

    def _order(self) -> asyncio.Task[None]:
        """Never cancelled once it has begun: what comes after it comes into force after it."""
        order = asyncio.create_task(self._bring_into_force())
        self._orders.add(order)
        order.add_done_callback(self._orders.discard)
        return order

    async def _bring_into_force(self) -> None:
        async with self._lock:
            wanted = self._viewers > 0
            if wanted != self._on:
                self._on = wanted
                await asyncio.to_thread(self._measure, EVERY_S if wanted else 0.0)
