"""Cycles are collected on the GUI thread, whichever thread makes the garbage."""

from __future__ import annotations

import gc
import threading
from collections.abc import Iterator

import pytest
from pytestqt.qtbot import QtBot

from desktop.ui.bridge.garbage import GuiGarbageCollector


class Cycle:
    """Garbage that only the cycle collector finds; tells on which thread it went."""

    def __init__(self, gone: list[threading.Thread]) -> None:
        self._me = self
        self._gone = gone

    def __del__(self) -> None:
        self._gone.append(threading.current_thread())


def litter() -> None:
    """Enough allocations to make the interpreter collect, many times."""
    kept: list[list[object]] = []
    for _ in range(20_000):
        piece: list[object] = []
        piece.append(piece)
        kept.append(piece)


@pytest.fixture
def collector(qapp: object) -> Iterator[GuiGarbageCollector]:
    collector = GuiGarbageCollector()
    collector.start()
    yield collector
    collector.stop()
    assert gc.isenabled()


def test_a_worker_never_collects(collector: GuiGarbageCollector, qtbot: QtBot) -> None:
    gone: list[threading.Thread] = []

    def work() -> None:
        Cycle(gone)
        litter()

    worker = threading.Thread(target=work)
    worker.start()
    worker.join()
    assert gone == []
    qtbot.waitUntil(lambda: bool(gone))
    assert gone == [threading.main_thread()]


def test_stopping_gives_collection_back(collector: GuiGarbageCollector) -> None:
    assert not gc.isenabled()
    collector.stop()
    collector.stop()
    gone: list[threading.Thread] = []
    Cycle(gone)
    litter()
    assert gone
