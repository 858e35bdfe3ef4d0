"""Passages while people speak: new keywords are looked up in the documents, nothing more.

`PassageWatch.hear` is a bus subscriber and only queues.  One look-up at a time on the thread
``passages``, at most one in four seconds; keywords that come meanwhile wait together (64, the
oldest go first).  A passage is shown once a session, a keyword looked up once.
"""

from __future__ import annotations

import logging
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from desktop.errors import MalgeulError
from desktop.events import (
    Event,
    KeywordsFound,
    Passage,
    PassagesFound,
    SessionStarted,
)

_log = logging.getLogger(__name__)

EVERY_S = 4.0
MAX_WAITING = 64
SHOWN = 3  # a look-up
ASKED_FOR = 8
MIN_IMPORTANCE = 0.3
MIN_SCORE = 0.35
TOGETHER = 6  # keywords of one look-up
_STOP_S = 20.0

Search = Callable[[Sequence[str], int], Sequence[Passage]]


@dataclass(frozen=True, slots=True)
class _Waiting:
    keyword: str
    audio_s: float
    heard_s: float  # monotonic


class PassageWatch:
    """Publishes `PassagesFound` for the keywords it hears.

    Args:
        search: finds passages for keywords; raises MalgeulError while it cannot.
        publish: receives the events, on the watch's thread.
        wanted: whether anything is looked up at all; asked each time.
        every_s: the least time between two look-ups.
    """

    def __init__(
        self,
        search: Search,
        publish: Callable[[Event], None],
        wanted: Callable[[], bool],
        *,
        every_s: float = EVERY_S,
    ) -> None:
        self._search = search
        self._publish = publish
        self._wanted = wanted
        self._every_s = every_s
        self._condition = threading.Condition()
        self._waiting: deque[_Waiting] = deque(maxlen=MAX_WAITING)
        self._asked: set[str] = set()
        self._shown: set[str] = set()
        self._session = ""
        self._stopping = False
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name="passages")
            self._thread.start()

    def hear(self, event: Event) -> None:
        """Takes an event of the bus; returns at once."""
        if isinstance(event, SessionStarted):
            with self._condition:
                self._waiting.clear()
                self._asked, self._shown = set(), set()
                self._session = event.session_id
        elif isinstance(event, KeywordsFound) and self._wanted():
            self._take(event)

    def stop(self) -> None:
        """Ends the thread; what waits is forgotten."""
        with self._condition:
            self._stopping = True
            self._condition.notify_all()
        if self._thread is not None:
            self._thread.join(_STOP_S)

    def _take(self, event: KeywordsFound) -> None:
        now_s = time.monotonic()
        with self._condition:
            for keyword in event.keywords:
                if keyword.key in self._asked or keyword.importance < MIN_IMPORTANCE:
                    continue
                self._asked.add(keyword.key)
                self._waiting.append(_Waiting(keyword.text, event.audio_s, now_s))
            self._condition.notify_all()

    def _run(self) -> None:
        next_s = 0.0
        while True:
            with self._condition:
                while not self._stopping:
                    left_s = next_s - time.monotonic()
                    if self._waiting and left_s <= 0.0:
                        break
                    self._condition.wait(left_s if self._waiting else None)
                if self._stopping:
                    return
                count = min(TOGETHER, len(self._waiting))
                batch = [self._waiting.popleft() for _ in range(count)]
                session = self._session
            next_s = time.monotonic() + self._every_s
            self._look_up(batch, session)

    def _look_up(self, batch: Sequence[_Waiting], session: str) -> None:
        words = [each.keyword for each in batch]
        try:
            found = self._search(words, ASKED_FOR)
        except MalgeulError as error:
            _log.info("no passages for what is said: %s", error)
            return
        except Exception:  # noqa: BLE001 - one strange answer must not end passages for good
            _log.exception("no passages for what is said")
            return
        with self._condition:
            if session != self._session or self._stopping:
                return
            new = [
                passage
                for passage in found
                if passage.score >= MIN_SCORE
                and passage.passage_id not in self._shown
                and (not session or passage.session_id != session)  # not what is being said
            ][:SHOWN]
            self._shown.update(passage.passage_id for passage in new)
        if new:
            self._publish(
                PassagesFound(
                    passages=tuple(new),
                    keywords=tuple(words),
                    wall_s=time.time(),
                    audio_s=max(each.audio_s for each in batch),
                    latency_s=round(time.monotonic() - max(e.heard_s for e in batch), 3),
                )
            )
