"""Carries events from any thread into the GUI thread.

Lossless events go through one queued signal, in order.  Events of which only the latest counts
(levels, hypotheses, lag, ledger, progress) lie in mailboxes that one timer empties 25 times a
second; it runs only while something lies there, so an idle window costs nothing.  Bound: one
event per mailbox.  The lossless queue is Qt's event queue; its senders are the committed lines,
a few a second.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Protocol

from PySide6.QtCore import QObject, Qt, QTimer, Signal, SignalInstance, Slot

from desktop import events as ev

DRAIN_INTERVAL_MS = 40
Key = tuple[type, str]


class EventSource(Protocol):
    """What the bridge needs of the event bus."""

    def subscribe(self, subscriber: Callable[[ev.Event], None], /) -> Callable[[], None]: ...


def mailbox_key(event: ev.Event) -> Key | None:
    """The mailbox of an event of which only the latest counts; None for lossless events.

    The last report of a task (finished or failed) is lossless.
    """
    match event:
        case ev.HypothesisUpdated() | ev.LevelMeasured() | ev.LagMeasured() | ev.LedgerUpdated():
            return type(event), event.track.value
        case ev.ProgressReported(finished=False, error=""):
            return type(event), event.task
        case ev.MachineMeasured() | ev.IngestProgressed():
            return type(event), ""
    return None


class EventBridge(QObject):
    """One signal per topic, always emitted in the GUI thread.

    Args:
        source: the bus.
        translate: puts an event's messages into the interface's language; called in the GUI thread.
    """

    session_started = Signal(object)
    session_paused = Signal(object)
    session_resumed = Signal(object)
    session_finished = Signal(object)
    hypothesis_updated = Signal(object)
    words_committed = Signal(object)
    segment_committed = Signal(object)
    segment_suppressed = Signal(object)
    segment_changed = Signal(object)
    language_locked = Signal(object)
    level_measured = Signal(object)
    gap_declared = Signal(object)
    ledger_updated = Signal(object)
    source_changed = Signal(object)
    recogniser_changed = Signal(object)
    lag_measured = Signal(object)
    progress_reported = Signal(object)
    notice_raised = Signal(object)
    notice_cleared = Signal(object)
    service_changed = Signal(object)
    keywords_found = Signal(object)
    machine_measured = Signal(object)
    document_changed = Signal(object)
    ingest_progressed = Signal(object)
    passages_found = Signal(object)
    answer_started = Signal(object)
    answer_extended = Signal(object)
    answer_finished = Signal(object)
    answer_failed = Signal(object)

    _arrived = Signal(object)
    _mailed = Signal()

    def __init__(
        self,
        source: EventSource,
        parent: QObject | None = None,
        *,
        translate: Callable[[ev.Event], ev.Event] | None = None,
    ) -> None:
        super().__init__(parent)
        self._translate = translate
        self._lock = threading.Lock()
        self._mail: dict[Key, ev.Event] = {}
        self._closed = False
        self._timer = QTimer(self)
        self._timer.setInterval(DRAIN_INTERVAL_MS)
        self._timer.timeout.connect(self._on_timer_timeout)
        self._arrived.connect(self._on_event_arrived, Qt.ConnectionType.QueuedConnection)
        self._mailed.connect(self._on_mailed, Qt.ConnectionType.QueuedConnection)
        self._topics = self._topic_signals()
        self._unsubscribe = source.subscribe(self.receive)

    def close(self) -> None:
        """Stops listening; nothing is emitted afterwards."""
        if self._closed:
            return
        self._closed = True
        self._unsubscribe()
        self._timer.stop()

    def receive(self, event: ev.Event) -> None:
        """Takes an event on any thread; returns at once."""
        if self._closed:
            return
        key = mailbox_key(event)
        if key is None:
            self._discard_outdated(event)
            self._arrived.emit(event)
            return
        with self._lock:
            first = not self._mail
            self._mail[key] = event
        if first:
            self._mailed.emit()

    def _discard_outdated(self, event: ev.Event) -> None:
        """A hypothesis older than the words it became must not appear after them."""
        match event:
            case ev.WordsCommitted() | ev.SegmentCommitted() | ev.SegmentSuppressed():
                key: Key = (ev.HypothesisUpdated, event.track.value)
            case ev.ProgressReported():
                key = (ev.ProgressReported, event.task)
            case _:
                return
        with self._lock:
            self._mail.pop(key, None)

    @Slot()
    def _on_mailed(self) -> None:
        if not self._closed and not self._timer.isActive():
            self._timer.start()

    @Slot()
    def _on_timer_timeout(self) -> None:
        with self._lock:
            mail, self._mail = self._mail, {}
        if not mail:
            self._timer.stop()
            with self._lock:
                late = bool(self._mail)
            if late:  # mail that came between the look and the stop
                self._timer.start()
            return
        for event in mail.values():
            self._dispatch(event)

    @Slot(object)
    def _on_event_arrived(self, event: ev.Event) -> None:
        self._dispatch(event)

    def _dispatch(self, event: ev.Event) -> None:
        if not self._closed:
            said = event if self._translate is None else self._translate(event)
            self._topics[type(event)].emit(said)

    def _topic_signals(self) -> dict[type, SignalInstance]:
        return {
            ev.SessionStarted: self.session_started,
            ev.SessionPaused: self.session_paused,
            ev.SessionResumed: self.session_resumed,
            ev.SessionFinished: self.session_finished,
            ev.HypothesisUpdated: self.hypothesis_updated,
            ev.WordsCommitted: self.words_committed,
            ev.SegmentCommitted: self.segment_committed,
            ev.SegmentSuppressed: self.segment_suppressed,
            ev.SegmentChanged: self.segment_changed,
            ev.LanguageLocked: self.language_locked,
            ev.LevelMeasured: self.level_measured,
            ev.GapDeclared: self.gap_declared,
            ev.LedgerUpdated: self.ledger_updated,
            ev.SourceChanged: self.source_changed,
            ev.RecogniserChanged: self.recogniser_changed,
            ev.LagMeasured: self.lag_measured,
            ev.ProgressReported: self.progress_reported,
            ev.NoticeRaised: self.notice_raised,
            ev.NoticeCleared: self.notice_cleared,
            ev.ServiceChanged: self.service_changed,
            ev.KeywordsFound: self.keywords_found,
            ev.MachineMeasured: self.machine_measured,
            ev.DocumentChanged: self.document_changed,
            ev.IngestProgressed: self.ingest_progressed,
            ev.PassagesFound: self.passages_found,
            ev.AnswerStarted: self.answer_started,
            ev.AnswerExtended: self.answer_extended,
            ev.AnswerFinished: self.answer_finished,
            ev.AnswerFailed: self.answer_failed,
        }
