"""What viewers see: the meeting's present state, and its changes by sequence number.

`Mirror.hear` is a bus subscriber: it books the event, turns it into JSON once and hands it to every
viewer's queue, so that fifty viewers cost little more than one.  Any thread.

Lossless events carry a sequence number and stay in a ring, so that a viewer who comes back gets
what it missed; what is too old comes as a fresh snapshot.  Events of which only the latest counts
have no number and are the first to go when a viewer is slow.
"""

from __future__ import annotations

import dataclasses
import json
import secrets
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from desktop import events as ev
from desktop.services.keywords.book import KeywordBook

RING_EVENTS = 2_000
SHOWN_LINES = 400
SHOWN_KEYWORDS = 120
SHOWN_PASSAGES = 20
SHOWN_ANSWERS = 20
SHOWN_NOTICES = 10

_Text = ev.HypothesisUpdated | ev.WordsCommitted | ev.SegmentCommitted | ev.SegmentSuppressed
_VOLATILE = (ev.HypothesisUpdated, ev.LagMeasured, ev.MachineMeasured, ev.ProgressReported)
# Not shown there.
_NOT_MIRRORED = (
    ev.LevelMeasured,
    ev.LedgerUpdated,
    ev.IngestProgressed,
    ev.DocumentChanged,
)
# Its own notices carry the address with a token in it.
_OWN_NOTICE = "web"


@dataclass(frozen=True, slots=True)
class Frame:
    """One message to viewers, already as text.  `sequence` is 0 where only the latest counts."""

    text: str
    sequence: int = 0
    key: str = ""  # of volatile ones: a newer frame with the same key replaces an older one


Receiver = Callable[[Frame], None]


class Mirror:
    """Keeps the state and fans changes out."""

    def __init__(self) -> None:
        self.epoch = secrets.token_hex(8)  # numbers of an earlier run mean nothing
        self._lock = threading.Lock()
        self._sequence = 0
        self._ring: deque[Frame] = deque(maxlen=RING_EVENTS)
        self._receivers: tuple[Receiver, ...] = ()
        self._session: dict[str, Any] | None = None
        self._lines: deque[dict[str, Any]] = deque(maxlen=SHOWN_LINES)
        self._open: dict[str, str] = {}
        self._partial: dict[str, str] = {}
        self._book = KeywordBook()
        self._passages: deque[dict[str, Any]] = deque(maxlen=SHOWN_PASSAGES)
        self._answers: dict[str, dict[str, Any]] = {}
        self._services: dict[str, dict[str, Any]] = {}
        self._latest: dict[str, dict[str, Any]] = {}
        self._notices: dict[str, dict[str, Any]] = {}

    # --- from the bus -----------------------------------------------------------------------------

    def hear(self, event: ev.Event) -> None:
        """Books an event and sends it to every viewer; returns at once."""
        if isinstance(event, _NOT_MIRRORED) or not _concerns_viewers(event):
            return
        with self._lock:
            self._book_event(event)
            if not self._receivers and isinstance(event, _VOLATILE):
                return  # nobody looks, and a later viewer gets the state
            frame = self._frame(event)
            if frame.sequence:
                self._ring.append(frame)
            for receive in self._receivers:
                receive(frame)

    def _frame(self, event: ev.Event) -> Frame:
        plain = ev.event_to_dict(event)
        if isinstance(event, ev.KeywordsFound):
            plain["book"] = self._keywords()
        if isinstance(event, _VOLATILE):
            key = f"{plain['type']}/{plain.get('track', '')}{plain.get('task', '')}"
            return Frame(_compact({"event": plain}), key=key)
        self._sequence += 1
        text = _compact({"sequence": self._sequence, "event": plain})
        return Frame(text, self._sequence)

    def _book_event(self, event: ev.Event) -> None:
        match event:
            case ev.SessionStarted():
                self._begin(event)
            case ev.SessionFinished():
                if self._session is not None and self._session["session_id"] == event.session_id:
                    self._session |= {"finished": True, "duration_s": event.duration_s}
                    self._partial.clear()
            case ev.SessionPaused() | ev.SessionResumed():
                if self._session is not None:
                    self._session["paused"] = isinstance(event, ev.SessionPaused)
            case (
                ev.HypothesisUpdated()
                | ev.WordsCommitted()
                | ev.SegmentCommitted()
                | ev.SegmentSuppressed()
            ):
                self._book_text(event)
            case ev.KeywordsFound():
                self._book = self._book.add(event.keywords)
            case ev.PassagesFound():
                self._passages.extend(dataclasses.asdict(p) for p in event.passages)
            case ev.ServiceChanged():
                self._services[event.status.name] = dataclasses.asdict(event.status)
            case ev.NoticeRaised() | ev.NoticeCleared():
                self._book_notice(event)
            case ev.RecogniserChanged() | ev.LagMeasured() | ev.MachineMeasured():
                self._latest[type(event).__name__] = ev.event_to_dict(event)
            case _:
                self._book_answer(event)

    def _book_text(
        self,
        event: ev.HypothesisUpdated
        | ev.WordsCommitted
        | ev.SegmentCommitted
        | ev.SegmentSuppressed,
    ) -> None:
        if isinstance(event, ev.HypothesisUpdated):
            self._partial[event.track] = event.text
            return
        self._partial.pop(event.track, None)
        if isinstance(event, ev.WordsCommitted):
            self._open[event.track] = self._open.get(event.track, "") + event.text
        elif isinstance(event, ev.SegmentCommitted):
            self._lines.append(_line(event))
            rest = beyond(self._open.pop(event.track, ""), event.text)
            if rest:
                self._open[event.track] = rest

    def _begin(self, event: ev.SessionStarted) -> None:
        self._session = {**dataclasses.asdict(event), "finished": False, "paused": False}
        self._lines.clear()
        self._open.clear()
        self._partial.clear()
        self._passages.clear()
        self._book = KeywordBook()

    def _book_answer(self, event: ev.Event) -> None:
        match event:
            case ev.AnswerStarted():
                self._answers[event.answer_id] = {**dataclasses.asdict(event), "text": ""}
                while len(self._answers) > SHOWN_ANSWERS:
                    del self._answers[next(iter(self._answers))]
            case ev.AnswerExtended():
                if (answer := self._answers.get(event.answer_id)) is not None:
                    answer["text"] += event.text
            case ev.AnswerFinished():
                if (answer := self._answers.get(event.answer_id)) is not None:
                    answer["answer"] = dataclasses.asdict(event.answer)
            case ev.AnswerFailed():
                if (answer := self._answers.get(event.answer_id)) is not None:
                    answer["failed"] = dataclasses.asdict(event)

    def _book_notice(self, event: ev.NoticeRaised | ev.NoticeCleared) -> None:
        self._notices.pop(event.code, None)
        if isinstance(event, ev.NoticeRaised):
            self._notices[event.code] = ev.event_to_dict(event)
            while len(self._notices) > SHOWN_NOTICES:
                del self._notices[next(iter(self._notices))]

    def _keywords(self) -> list[dict[str, Any]]:
        return [
            {
                "key": entry.key,
                "text": entry.text,
                "category": entry.category,
                "importance": entry.importance,
                "count": entry.count,
            }
            for entry in self._book.entries(limit=SHOWN_KEYWORDS)
        ]

    # --- for viewers ------------------------------------------------------------------------------

    def join(self, receive: Receiver, *, epoch: str = "", after: int = 0) -> list[Frame]:
        """Adds a viewer and returns what it has to be sent first.

        Args:
            receive: called with every later frame, on the bus's threads, under a lock: it must
                return at once.
            epoch, after: what the viewer has seen already: then it gets only what it missed.
        """
        with self._lock:
            self._receivers = (*self._receivers, receive)
            first = self._ring[0].sequence if self._ring else self._sequence + 1
            if epoch == self.epoch and first - 1 <= after <= self._sequence:
                missed = [frame for frame in self._ring if frame.sequence > after]
                return [Frame(_compact({"resumed": True, "epoch": self.epoch})), *missed]
            return [Frame(_compact({"snapshot": self._snapshot()}), self._sequence)]

    def leave(self, receive: Receiver) -> None:
        with self._lock:
            self._receivers = tuple(r for r in self._receivers if r != receive)

    @property
    def viewers(self) -> int:
        return len(self._receivers)

    def snapshot(self) -> dict[str, Any]:
        """Everything a viewer shows, as plain JSON types."""
        with self._lock:
            return self._snapshot()

    def _snapshot(self) -> dict[str, Any]:
        return {
            "epoch": self.epoch,
            "sequence": self._sequence,
            "wall_s": time.time(),
            "session": self._session,
            "lines": list(self._lines),
            "open": dict(self._open),
            "partial": dict(self._partial),
            "keywords": self._keywords(),
            "passages": list(self._passages),
            "answers": list(self._answers.values()),
            "services": list(self._services.values()),
            "latest": dict(self._latest),
            "notices": list(self._notices.values()),
        }


def _concerns_viewers(event: ev.Event) -> bool:
    """Of notices those that say something is wrong; what is left of a file is no lag."""
    if isinstance(event, ev.LagMeasured):
        return event.track is not ev.Track.FILE
    if isinstance(event, ev.NoticeRaised):
        return event.code != _OWN_NOTICE and event.severity is not ev.Severity.INFO
    return not (isinstance(event, ev.NoticeCleared) and event.code == _OWN_NOTICE)


def beyond(shown: str, line: str) -> str:
    """What of the confirmed words shown so far follows a line that is now finished.

    A line comes once it is on disk; while the disk refuses, words go on being confirmed.
    """
    shown, line = shown.lstrip(), line.strip()
    return shown[len(line) :] if shown.startswith(line) else ""


def _line(event: ev.SegmentCommitted) -> dict[str, Any]:
    return {
        "segment_id": event.segment_id,
        "sequence": event.sequence,
        "track": event.track,
        "start_s": event.start_s,
        "end_s": event.end_s,
        "text": event.text,
        "language": event.language,
    }


def _compact(value: dict[str, Any]) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
