"""Turns the byte counts of a long task into events, ten a second at most."""

from __future__ import annotations

import time
from collections.abc import Callable

from desktop.events import Event, ProgressReported

REPORT_PERIOD_S = 0.1


class ByteReporter:
    """Reports one task.  Used by one thread.

    Args:
        task: as in `ProgressReported.task`.
        title: shown to people.
        publish: receives the events.
    """

    def __init__(self, task: str, title: str, publish: Callable[[Event], None]) -> None:
        self._task = task
        self._title = title
        self._publish = publish
        self._done = 0
        self._total = 0
        self._due_s = 0.0

    def report(self, done: int, total: int) -> None:
        """`done` of `total` bytes."""
        self._done, self._total = done, total
        now_s = time.monotonic()
        if now_s >= self._due_s:
            self._due_s = now_s + REPORT_PERIOD_S
            self._send(finished=False, error="")

    def finish(self, error: str = "") -> None:
        """The task has ended, with `error` when it failed."""
        self._send(finished=True, error=error)

    def _send(self, *, finished: bool, error: str) -> None:
        self._publish(
            ProgressReported(self._task, self._title, self._done, self._total, "B", finished, error)
        )
