"""When keywords wait for what matters more: captions that lag, a question being answered.

`hear` may come from any thread; nothing here blocks.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from desktop.events import (
    AnswerFailed,
    AnswerFinished,
    AnswerStarted,
    Event,
    LagMeasured,
    SessionFinished,
    Track,
)

LOOK_AGAIN_S = 1.0
LAG_COUNTS_S = 5.0  # a lag that was measured longer ago says nothing
QUESTION_AT_MOST_S = 120.0  # an answer whose end was never heard of


class Patience:
    """Keeps what is going on.

    Args:
        above_lag_s: keywords wait while a track lags more than this; asked every time.
        clock: monotonic seconds.
    """

    def __init__(
        self, above_lag_s: Callable[[], float], *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._above_lag_s = above_lag_s
        self._clock = clock
        self._lock = threading.Lock()
        self._lags: dict[Track, tuple[float, float]] = {}  # lag, when
        self._questions: dict[str, float] = {}

    def hear(self, event: Event) -> bool:
        """Books an event; returns whether waiting may be over."""
        with self._lock:
            match event:
                case LagMeasured():
                    before = self._lags.get(event.track, (0.0, 0.0))[0]
                    self._lags[event.track] = (event.lag_s, self._clock())
                    return event.lag_s <= self._above_lag_s() < before
                case AnswerStarted():
                    self._questions[event.answer_id] = self._clock()
                case AnswerFinished() | AnswerFailed():
                    return self._questions.pop(event.answer_id, None) is not None
                case SessionFinished():
                    self._lags.clear()
                    return True
        return False

    def wait_s(self) -> float:
        """How long to wait before looking again; 0 to go on."""
        now_s = self._clock()
        with self._lock:
            asked = any(now_s - at_s < QUESTION_AT_MOST_S for at_s in self._questions.values())
            late = any(
                lag_s > self._above_lag_s() and now_s - at_s < LAG_COUNTS_S
                for lag_s, at_s in self._lags.values()
            )
        return LOOK_AGAIN_S if asked or late else 0.0
