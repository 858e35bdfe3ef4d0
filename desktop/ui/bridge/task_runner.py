"""Runs slow calls on small thread pools and brings their result back to the GUI thread.

What may take minutes (an export, an import) has threads of its own: a question never waits for it.
"""

from __future__ import annotations

import itertools
import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from PySide6.QtCore import QObject, QRunnable, Qt, QThreadPool, Signal, Slot

from desktop.errors import MalgeulError

_log = logging.getLogger(__name__)
T = TypeVar("T")
MAX_THREADS = 4
MAX_LONG_THREADS = 2


@dataclass(frozen=True, slots=True)
class _Callbacks:
    success: Callable[[Any], None] | None
    failure: Callable[[MalgeulError], None] | None


class _Job(QRunnable):
    def __init__(self, runner: TaskRunner, number: int, work: Callable[[], Any]) -> None:
        super().__init__()
        self._runner = runner
        self._number = number
        self._work = work

    def run(self) -> None:
        result: Any = None
        error: MalgeulError | None = None
        try:
            result = self._work()
        except MalgeulError as expected:
            error = expected
        except Exception as unexpected:  # noqa: BLE001 - the end of the thread; shown and logged
            _log.exception("a background task failed")
            error = MalgeulError(
                f"Something unexpected went wrong: {unexpected}",
                hint="The log holds the details.",
                code="unexpected",
            )
        self._runner.finished.emit(self._number, result, error)


class TaskRunner(QObject):
    """`run(work, on_success, on_failure)`; callbacks are called in the GUI thread.

    A task without its own `on_failure` reports through `failed`, which the window shows as a
    banner.  After `close` no callback is called any more.
    """

    failed = Signal(object)
    finished = Signal(int, object, object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._pool = QThreadPool(self)
        self._pool.setMaxThreadCount(MAX_THREADS)
        self._long_pool = QThreadPool(self)
        self._long_pool.setMaxThreadCount(MAX_LONG_THREADS)
        self._numbers = itertools.count(1)
        self._waiting: dict[int, _Callbacks] = {}
        self._closed = False
        self.finished.connect(self._on_finished, Qt.ConnectionType.QueuedConnection)

    @property
    def busy(self) -> bool:
        """True while a task has not yet reported."""
        return bool(self._waiting)

    def run(
        self,
        work: Callable[[], T],
        on_success: Callable[[T], None] | None = None,
        on_failure: Callable[[MalgeulError], None] | None = None,
        *,
        long: bool = False,
    ) -> None:
        """Calls `work` on a pool thread; `long`: it may take minutes."""
        if self._closed:
            return
        number = next(self._numbers)
        self._waiting[number] = _Callbacks(on_success, on_failure)
        pool = self._long_pool if long else self._pool
        pool.start(_Job(self, number, work))

    def close(self, timeout_s: float = 5.0) -> bool:
        """Drops what has not begun and waits for what runs; False when something still runs."""
        self._closed = True
        self._waiting.clear()
        ends_s = time.monotonic() + timeout_s
        pools = (self._pool, self._long_pool)
        for pool in pools:
            pool.clear()
        left = [pool.waitForDone(max(0, round((ends_s - time.monotonic()) * 1000)))
                for pool in pools]  # fmt: skip
        return all(left)

    @Slot(int, object, object)
    def _on_finished(self, number: int, result: object, error: MalgeulError | None) -> None:
        callbacks = self._waiting.pop(number, None)
        if callbacks is None:
            return
        if error is None:
            if callbacks.success is not None:
                callbacks.success(result)
        elif callbacks.failure is not None:
            callbacks.failure(error)
        else:
            self.failed.emit(error)
