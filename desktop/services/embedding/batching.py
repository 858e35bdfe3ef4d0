"""Many small requests to few full batches: one worker, a queue with an order, out of memory met.

Standard library alone.  Texts wait up to 5 ms for company, questions go before documents, texts of
like length go together, and a batch that does not fit into memory is halved, for good.  The worker
is the thread ``embedding``; `submit` is called from any thread.  The queue is bounded; what does
not fit in is refused at once.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from enum import IntEnum
from typing import Generic, TypeVar

_log = logging.getLogger(__name__)
Item = TypeVar("Item")
Result = TypeVar("Result")

WINDOW_S = 0.005
MAX_WAITING = 4_096
GROW_AFTER = 200  # batches without trouble before a halved size is tried doubled again


class Priority(IntEnum):
    """Lower goes first."""

    QUERY = 0
    INGEST = 1


class OutOfMemory(Exception):  # noqa: N818 - it is what it is called everywhere
    """The device's memory was not enough for a batch."""


class BusyError(Exception):
    """Too much waits already."""


class EndingError(Exception):
    """The worker ends before this was done."""


@dataclass(slots=True)
class _Waiting(Generic[Item, Result]):
    item: Item
    length: int
    priority: Priority
    order: int
    future: Future[Result]


class Batcher(Generic[Item, Result]):
    """One worker in front of a model.

    Args:
        work: does one batch, a result for each in order; raises `OutOfMemory` when it was too
            large.
        length: of an item, in about tokens: what a batch costs is its longest times their number.
        batch_size: the most items of a batch.
        budget: the most tokens of a batch, padding included; a longer item goes alone.
        window_s: how long the first item waits for company.
        max_waiting: the most items that wait.
    """

    def __init__(
        self,
        work: Callable[[Sequence[Item]], Sequence[Result]],
        length: Callable[[Item], int],
        *,
        batch_size: int = 32,
        budget: int = 16_384,
        window_s: float = WINDOW_S,
        max_waiting: int = MAX_WAITING,
    ) -> None:
        self._work = work
        self._length = length
        self._batch_size = self._wanted_size = batch_size
        self._budget = budget
        self._window_s = window_s
        self._max_waiting = max_waiting
        self._condition = threading.Condition()
        self._waiting: list[_Waiting[Item, Result]] = []
        self._count = 0
        self._untroubled = 0
        self._closed = False
        self._thread = threading.Thread(target=self._run, name="embedding", daemon=True)
        self._thread.start()

    @property
    def waiting(self) -> int:
        return len(self._waiting)

    @property
    def batch_size(self) -> int:
        """The size in force: smaller than asked for after running out of memory."""
        return self._batch_size

    def submit(self, items: Sequence[Item], priority: Priority) -> list[Future[Result]]:
        """A future for each item, in order.

        Raises:
            BusyError: too much waits; none of them was taken.
        """
        made: list[_Waiting[Item, Result]] = []
        with self._condition:
            if self._closed or len(self._waiting) + len(items) > self._max_waiting:
                raise BusyError
            for item in items:
                self._count += 1
                made.append(_Waiting(item, self._length(item), priority, self._count, Future()))
            self._waiting += made
            self._condition.notify_all()
        return [each.future for each in made]

    def close(self) -> None:
        """Refuses what waits and ends the worker after its batch."""
        with self._condition:
            self._closed = True
            waiting, self._waiting = self._waiting, []
            self._condition.notify_all()
        for each in waiting:
            if each.future.set_running_or_notify_cancel():
                each.future.set_exception(EndingError())
        self._thread.join()

    # on the worker's thread -----------------------------------------------------------------------

    def _run(self) -> None:
        while (batch := self._next()) is not None:
            self._do(batch)

    def _next(self) -> list[_Waiting[Item, Result]] | None:
        with self._condition:
            while not self._waiting and not self._closed:
                self._condition.wait()
            ends_s = time.monotonic() + self._window_s
            while not self._closed and len(self._waiting) < self._batch_size:
                left_s = ends_s - time.monotonic()
                if left_s <= 0.0:
                    break
                self._condition.wait(left_s)
            if self._closed:
                return None
            return self._cut()

    def _cut(self) -> list[_Waiting[Item, Result]]:
        """The next batch: of the most urgent, the oldest and what is most like it in length."""
        first = min(self._waiting, key=lambda each: (each.priority, each.order))
        urgent = [each for each in self._waiting if each.priority is first.priority]
        urgent.sort(key=lambda each: (abs(each.length - first.length), each.order))
        batch: list[_Waiting[Item, Result]] = []
        longest = 0
        for each in urgent:
            widest = max(longest, each.length)
            full = len(batch) >= self._batch_size
            if batch and (full or widest * (len(batch) + 1) > self._budget):
                break
            batch.append(each)
            longest = widest
        taken = {each.order for each in batch}
        self._waiting = [each for each in self._waiting if each.order not in taken]
        return [each for each in batch if each.future.set_running_or_notify_cancel()]

    def _do(self, batch: list[_Waiting[Item, Result]]) -> None:
        if not batch:
            return
        batch.sort(key=lambda each: each.length, reverse=True)
        try:
            results = self._work([each.item for each in batch])
            answered = list(zip(batch, results, strict=True))
        except OutOfMemory as error:
            self._halve(batch, error)
            return
        except Exception as error:  # noqa: BLE001 - whoever waits must hear of it
            _log.exception("a batch of %d failed", len(batch))
            for each in batch:
                each.future.set_exception(error)
            return
        for each, result in answered:
            each.future.set_result(result)
        self._recover()

    def _halve(self, batch: list[_Waiting[Item, Result]], error: OutOfMemory) -> None:
        self._untroubled = 0
        if len(batch) == 1:
            batch[0].future.set_exception(error)
            return
        half = (len(batch) + 1) // 2
        self._batch_size = max(1, min(self._batch_size, half))
        _log.warning("out of memory: batches of %d from now on", self._batch_size)
        self._do(batch[:half])
        self._do(batch[half:])

    def _recover(self) -> None:
        """Memory that others held may be free again: the size grows back, carefully."""
        self._untroubled += 1
        if self._batch_size < self._wanted_size and self._untroubled >= GROW_AFTER:
            self._untroubled = 0
            self._batch_size = min(self._wanted_size, 2 * self._batch_size)
