"""Measuring begins with the first viewer and ends a while after the last one has gone."""

from __future__ import annotations

import asyncio
import threading

import pytest

from desktop.services.web import watching
from desktop.services.web.watching import EVERY_S, Watching


async def until_told(told: list[float], wanted: list[float]) -> None:
    async with asyncio.timeout(20):
        while told != wanted:
            await asyncio.sleep(0.005)


def test_it_lingers_and_begins_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watching, "LINGER_S", 0.05)
    told: list[float] = []

    async def look() -> None:
        room = Watching(told.append)
        async with room:
            async with room:
                assert told == [EVERY_S]
            assert told == [EVERY_S]
        await until_told(told, [EVERY_S, 0.0])
        async with room:
            assert told == [EVERY_S, 0.0, EVERY_S]

    asyncio.run(look())


def test_who_comes_while_it_ends_is_measured_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watching, "LINGER_S", 0.0)
    told: list[float] = []
    ending, go_on = threading.Event(), threading.Event()

    def measure(every_s: float) -> None:
        if not every_s and not ending.is_set():
            ending.set()
            go_on.wait(20)  # an order that takes its time
        told.append(every_s)

    async def look() -> None:
        room = Watching(measure)
        async with room:
            pass
        await asyncio.to_thread(ending.wait, 20)
        asyncio.get_running_loop().call_later(0.05, go_on.set)
        async with room:
            assert told == [EVERY_S, 0.0, EVERY_S]

    asyncio.run(look())


def test_a_viewer_that_goes_before_it_began_is_not_counted(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(watching, "LINGER_S", 0.0)
    told: list[float] = []
    begun, go_on = threading.Event(), threading.Event()

    def measure(every_s: float) -> None:
        begun.set()
        go_on.wait(20)
        told.append(every_s)

    async def look() -> None:
        room = Watching(measure)
        entering = asyncio.create_task(room.__aenter__())
        await asyncio.to_thread(begun.wait, 20)
        entering.cancel()
        go_on.set()
        with pytest.raises(asyncio.CancelledError):
            await entering
        await until_told(told, [EVERY_S, 0.0])

    asyncio.run(look())
