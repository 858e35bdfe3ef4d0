"""Whose turn it is: one line of waiting requests, the most urgent first, with a bound.

Any thread.  Requests of one priority go in the order they came.  When the line is full, a newcomer
is refused unless it is more urgent than the last one waiting, which is refused in its place.
"""

from __future__ import annotations

import bisect
import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from desktop.errors import ServiceError

if TYPE_CHECKING:
    from desktop.services.clients.request_line import RequestLine


@dataclass(order=True)
class _Ticket:
    priority: int
    number: int
    refused: bool = field(default=False, compare=False)


class TurnQueue:
    """Lets `slots` requests run at a time and `bound` more wait."""

    def __init__(self, slots: int, bound: int) -> None:
        self._slots = slots
        self._bound = bound
        self._condition = threading.Condition()
        self._waiting: list[_Ticket] = []
        self._running = 0
        self._number = 0
        self._closed = False

    @property
    def running(self) -> int:
        return self._running

    @property
    def waiting(self) -> int:
        return len(self._waiting)

    def take(self, priority: int, line: RequestLine) -> bool:
        """Waits for a turn, which `give_back` ends; False when `line` was cancelled meanwhile.

        Raises:
            ServiceError: too many wait, the request's time is over, or the queue is closed.
        """
        with self._condition:
            ticket = self._enter(priority)
            try:
                while not self._is_next(ticket):
                    if line.cancelled:
                        return False
                    if ticket.refused or self._closed:
                        raise _too_many() if ticket.refused else closed()
                    if line.expired:
                        raise ServiceError(
                            "The language model was busy with other requests for too long.",
                            hint="Try again in a moment.",
                            code="service.llm.busy",
                        )
                    self._condition.wait(line.total_left_s())
                if line.cancelled:
                    return False
                self._running += 1
                return True
            finally:
                if ticket in self._waiting:
                    self._waiting.remove(ticket)
                self._condition.notify_all()

    def give_back(self) -> None:
        """Ends a turn."""
        with self._condition:
            self._running -= 1
            self._condition.notify_all()

    def wake(self) -> None:
        """Somebody who may be waiting was cancelled."""
        with self._condition:
            self._condition.notify_all()

    def close(self, timeout_s: float) -> bool:
        """Lets nobody in any more; waits until nobody runs or waits.  False when it took longer."""
        with self._condition:
            self._closed = True
            self._condition.notify_all()
            return self._condition.wait_for(
                lambda: not self._running and not self._waiting, timeout_s
            )

    def _enter(self, priority: int) -> _Ticket:
        if self._closed:
            raise closed()
        self._number += 1
        ticket = _Ticket(priority, self._number)
        if len(self._waiting) >= self._bound and self._running >= self._slots:
            last = self._waiting[-1] if self._waiting else ticket
            if last <= ticket:
                raise _too_many()
            last.refused = True
            self._waiting.remove(last)
            self._condition.notify_all()
        bisect.insort(self._waiting, ticket)
        return ticket

    def _is_next(self, ticket: _Ticket) -> bool:
        return (
            not self._closed
            and self._running < self._slots
            and bool(self._waiting)
            and self._waiting[0] is ticket
        )


def closed() -> ServiceError:
    """The language model's client was closed."""
    return ServiceError("The language model is closed.", code="service.llm.closed")


def _too_many() -> ServiceError:
    return ServiceError(
        "Too many requests wait for the language model.",
        hint="Try again in a moment.",
        code="service.llm.busy",
    )
