"""Waits for a vector store that is away for a moment, as a server that is started again is.

Used on the write thread; `give_up` and `end` may come from any.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from typing import TypeVar

from desktop.errors import ServiceError
from desktop.services.clients.vectors import AWAY

_log = logging.getLogger(__name__)
Result = TypeVar("Result")

AWAY_S = 120.0  # longest wait: a server that failed for good comes back by a person's hand only
_FIRST_PAUSE_S, _LONGEST_PAUSE_S = 0.2, 3.0


class Absence:
    """Does things with the store, again and again while it is away.

    Once a wait was in vain there is none any more until the store was there again: thousands of
    documents would each wait as long.

    Args:
        within_s: longest time for one thing; see `AWAY_S`.
    """

    def __init__(self, within_s: float = AWAY_S) -> None:
        self._within_s = within_s
        self._changed = threading.Condition()
        self._given_up = 0
        self._ended = False
        self._in_vain = False

    def outwait(self, call: Callable[[], Result]) -> Result:
        """What `call` returns once the store is there.

        Raises:
            ServiceError: of the store; when it is away, only after a wait in vain.
        """
        began_s, given_up = time.monotonic(), self._given_up
        pause_s = _FIRST_PAUSE_S
        while True:
            try:
                found = call()
            except ServiceError as error:
                if error.code != AWAY or self._in_vain:
                    raise
                if pause_s == _FIRST_PAUSE_S:
                    _log.warning("the vector store is away; waiting for it: %s", error)
                over = time.monotonic() - began_s >= self._within_s
                if over or self._called_off(given_up, pause_s):
                    self._in_vain = True
                    raise
                pause_s = min(2 * pause_s, _LONGEST_PAUSE_S)
            else:
                self._in_vain = False
                return found

    def give_up(self) -> None:
        """Ends the wait under way."""
        with self._changed:
            self._given_up += 1
            self._changed.notify_all()

    def end(self) -> None:
        """Ends the wait under way and every later one."""
        with self._changed:
            self._ended = True
            self._changed.notify_all()

    def _called_off(self, given_up: int, within_s: float) -> bool:
        with self._changed:
            return self._changed.wait_for(
                lambda: self._ended or self._given_up != given_up, within_s
            )
