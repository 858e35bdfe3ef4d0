"""Keywords while people speak: gathers finished lines, finds keywords in a thread of its own.

`KeywordGatherer.hear` is a bus subscriber and only queues, so captions never wait.  Lines are
gathered for about five seconds or five lines of one track and worked on in one request; when the
extractor is slower than speech, what has come meanwhile goes into the next request together.
Thread: ``keywords``, from `start` to `stop`.
"""

from __future__ import annotations

import bisect
import logging
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from desktop.errors import MalgeulError
from desktop.events import (
    AnswerStarted,
    Event,
    Keyword,
    KeywordOccurrence,
    KeywordsFound,
    NoticeRaised,
    SegmentCommitted,
    SessionFinished,
    SessionStarted,
    Severity,
)
from desktop.services.keywords.extractor import (
    DEFAULT_LIMIT,
    ExtractedKeyword,
    Interruptible,
    KeywordExtractor,
    PostponedError,
)
from desktop.session.patience import Patience

_log = logging.getLogger(__name__)

GATHER_S = 5.0
GATHER_LINES = 5
MAX_WAITING_LINES = 400  # about half an hour of speech
MAX_BATCH_CHARS = 4_000
# Looked at in one request; new keywords are only the best few, known ones count every time.
LOOKED_AT = 20
MAX_FAILURES = 3
NOTICE = "keywords.unavailable"
_STOP_S = 10.0

Publish = Callable[[Event], None]
MakeExtractor = Callable[[], KeywordExtractor]


@dataclass(frozen=True, slots=True)
class _Waiting:
    segment: SegmentCommitted
    heard_s: float  # monotonic
    session: int


class KeywordGatherer:
    """Publishes `KeywordsFound` for the lines it hears.

    Args:
        make_extractor: called once, on the gatherer's thread, when there is something to do.
        publish: receives the events, on the gatherer's thread; the event bus.
        gather_s: how long lines are gathered, in sound or in waiting, whichever ends first.
        gather_lines: how many lines end the gathering.
        limit: new keywords of one request.
        patience: says when a request has to wait; None for never.
    """

    def __init__(
        self,
        make_extractor: MakeExtractor,
        publish: Publish,
        *,
        gather_s: float = GATHER_S,
        gather_lines: int = GATHER_LINES,
        limit: int = DEFAULT_LIMIT,
        patience: Patience | None = None,
    ) -> None:
        self._make_extractor = make_extractor
        self._publish = publish
        self._gather_s = gather_s
        self._gather_lines = gather_lines
        self._limit = limit
        self._patience = patience
        self._condition = threading.Condition()
        self._waiting: deque[_Waiting] = deque()
        self._hurry = False  # do not gather any longer
        self._stopping = False
        self._broken = False
        self._busy = False
        self._session = 0
        self._failures = 0  # running
        self._known: set[str] = set()  # keys found in this session; the thread's own
        self._known_of = 0
        self._dropped = 0
        self._extractor: KeywordExtractor | None = None
        self._thread: threading.Thread | None = None

    @property
    def dropped(self) -> int:
        """Lines passed over because far too many waited."""
        return self._dropped

    def start(self) -> None:
        """Starts the thread; nothing heavy is loaded before the first line."""
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name="keywords")
            self._thread.start()

    def hear(self, event: Event) -> None:
        """Takes an event of the bus; returns at once."""
        if self._patience is not None and self._patience.hear(event):
            with self._condition:
                self._condition.notify_all()
        if isinstance(event, SegmentCommitted):
            self._take(event)
        elif isinstance(event, AnswerStarted):
            extractor = self._extractor
            if self._patience is not None and isinstance(extractor, Interruptible):
                extractor.interrupt()
        elif isinstance(event, SessionStarted):
            with self._condition:  # lines are numbered per session: nothing old may mix in
                self._waiting.clear()
                self._session += 1
        elif isinstance(event, SessionFinished):
            with self._condition:
                self._hurry = True
                self._condition.notify_all()

    def finish(self, timeout_s: float | None = None) -> bool:
        """Works off all lines heard so far; returns whether that was done in time."""
        with self._condition:
            self._hurry = True
            self._condition.notify_all()
            return self._condition.wait_for(self._is_idle, timeout_s)

    def stop(self) -> None:
        """Ends at once, also in the middle of a request; what waits is forgotten."""
        with self._condition:
            self._stopping = True
            self._waiting.clear()
            extractor = self._extractor
            self._condition.notify_all()
        if extractor is not None:
            extractor.close()
        if self._thread is not None:
            self._thread.join(_STOP_S)
            if self._thread.is_alive():
                _log.error("the keyword thread did not end within %.0f s", _STOP_S)

    def _take(self, segment: SegmentCommitted) -> None:
        with self._condition:
            if self._stopping or self._broken:
                return
            if len(self._waiting) >= MAX_WAITING_LINES:
                self._waiting.popleft()
                self._dropped += 1
            self._waiting.append(_Waiting(segment, time.monotonic(), self._session))
            self._condition.notify_all()

    def _is_idle(self) -> bool:
        return self._stopping or (not self._waiting and not self._busy)

    def _run(self) -> None:
        try:
            while (batch := self._next()) is not None:
                self._work(batch)
        finally:
            with self._condition:
                self._stopping = True
                extractor, self._extractor = self._extractor, None
                self._condition.notify_all()
            if extractor is not None:
                extractor.close()

    def _next(self) -> list[_Waiting] | None:
        """Waits for enough lines; None when it is time to end."""
        with self._condition:
            self._busy = False
            self._condition.notify_all()
            while not self._stopping:
                left_s = self._gathering_left_s()
                if left_s is not None and left_s <= 0.0:
                    self._busy = True
                    return self._cut()
                if not self._waiting:
                    self._hurry = False
                self._condition.wait(left_s)
            return None

    def _gathering_left_s(self) -> float | None:
        """How long to gather on; None while nothing waits."""
        if not self._waiting:
            return None
        first, last = self._waiting[0], self._waiting[-1]
        held_s = self._patience.wait_s() if self._patience is not None and not self._hurry else 0.0
        if held_s > 0.0:
            return held_s
        if self._hurry or len(self._waiting) >= self._gather_lines:
            return 0.0
        if last.segment.end_s - first.segment.start_s >= self._gather_s:
            return 0.0
        return self._gather_s - (time.monotonic() - first.heard_s)

    def _cut(self) -> list[_Waiting]:
        """The oldest line and all others of its track that fit; the rest keeps its order."""
        track = self._waiting[0].segment.track
        batch: list[_Waiting] = []
        rest: list[_Waiting] = []
        room = MAX_BATCH_CHARS
        for item in self._waiting:
            size = len(item.segment.text) + 1
            if item.segment.track is track and (not batch or size <= room):
                batch.append(item)
                room -= size
            else:
                rest.append(item)
                room = room if item.segment.track is not track else 0  # keep the order
        self._waiting = deque(rest)
        return batch

    def _work(self, batch: Sequence[_Waiting]) -> None:
        session = batch[0].session
        if session != self._known_of:
            self._known, self._known_of = set(), session
        try:
            event = self._extract(batch)
        except PostponedError:
            with self._condition:
                if session == self._session:
                    self._waiting.extendleft(reversed(batch))
            return
        except MalgeulError as error:
            if not self._stopping:
                self._failed(error)
            return
        except Exception:  # noqa: BLE001 - one strange line must not end keywords for good
            _log.exception("no keywords for lines %s", [w.segment.segment_id for w in batch])
            return
        self._failures = 0
        if event is None or self._stopping:
            return
        if session != self._session:  # a new session has begun meanwhile
            return
        self._known.update(keyword.key for keyword in event.keywords)
        self._publish(event)

    def _extract(self, batch: Sequence[_Waiting]) -> KeywordsFound | None:
        if self._extractor is None:
            made = self._make_extractor()
            with self._condition:
                if self._stopping:
                    made.close()
                    return None
                self._extractor = made
        segments = [item.segment for item in batch]
        lines = [" ".join(segment.text.split()) for segment in segments]
        found = self._extractor.extract("\n".join(lines), segments[-1].language, limit=LOOKED_AT)
        found = [k for i, k in enumerate(found) if i < self._limit or k.key in self._known]
        if not found:
            return None
        return KeywordsFound(
            track=segments[-1].track,
            keywords=tuple(_placed(keyword, segments, lines) for keyword in found),
            segment_ids=tuple(segment.segment_id for segment in segments),
            wall_s=time.time(),
            audio_s=segments[-1].end_s,
            latency_s=round(time.monotonic() - batch[-1].heard_s, 3),
            source=self._extractor.source,
        )

    def _failed(self, error: MalgeulError) -> None:
        """Captions go on; after some failures running keywords end and the person is told why."""
        self._failures += 1
        _log.error("no keywords (%d of %d): %s", self._failures, MAX_FAILURES, error)
        if self._failures < MAX_FAILURES:
            return
        with self._condition:
            self._broken = True
            self._waiting.clear()
        self._publish(
            NoticeRaised(
                Severity.WARNING, NOTICE, f"There are no keywords. {error.message}", error.hint
            )
        )


def _placed(
    keyword: ExtractedKeyword, segments: Sequence[SegmentCommitted], lines: Sequence[str]
) -> Keyword:
    """The keyword with the lines its places are in."""
    starts = [0]
    for line in lines:
        starts.append(starts[-1] + len(line) + 1)
    counts: dict[int, int] = {}
    for start, _ in keyword.spans:
        index = bisect.bisect_right(starts, start) - 1
        counts[index] = counts.get(index, 0) + 1
    return Keyword(
        key=keyword.key,
        text=keyword.text,
        category=keyword.category,
        importance=keyword.importance,
        occurrences=tuple(
            KeywordOccurrence(segments[index].segment_id, segments[index].start_s, count)
            for index, count in sorted(counts.items())
        ),
    )
