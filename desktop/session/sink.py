"""Where captioners deliver: every line goes to disk first, then to whoever listens.

While the disk refuses, lines wait in memory in order and are tried again; nobody hears of a line
as committed before it is stored (faults: S40, S42).  Called on the recogniser's thread.
"""

from __future__ import annotations

import logging
import time
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import replace

from desktop.engine.audio.ledger import TrackLedger
from desktop.engine.store.store import TranscriptStore
from desktop.errors import NotFoundError, RecogniserError, StorageError
from desktop.events import (
    SAMPLE_RATE_HZ,
    Event,
    LanguageLocked,
    NoticeCleared,
    NoticeRaised,
    SegmentCommitted,
    SegmentSuppressed,
    Severity,
    Track,
)

_log = logging.getLogger(__name__)

STORAGE_NOTICE = "storage.transcript"
DECODER_NOTICE = "recogniser.skipped"
RETRY_S = 1.0

Publish = Callable[[Event], None]


class StoringSink:
    """Delivers the lines of one session.

    Args:
        store: where lines are kept.
        session_id: the session they belong to.
        publish: where events go once the store has them.
        ledgers: the accounts of the tracks that have some.
        last_sequence: sequence number of the session's last stored line.
    """

    def __init__(
        self,
        store: TranscriptStore,
        session_id: str,
        publish: Publish,
        ledgers: Mapping[Track, TrackLedger],
        last_sequence: int = 0,
    ) -> None:
        self._store = store
        self._session_id = session_id
        self._publish = publish
        self._ledgers = dict(ledgers)
        self._sequence = last_sequence
        self._waiting: deque[tuple[SegmentCommitted | SegmentSuppressed, int]] = deque()
        self._retry_after = 0.0

    @property
    def waiting(self) -> int:
        """Lines that could not be stored yet."""
        return len(self._waiting)

    def add_ledger(self, track: Track, ledger: TrackLedger) -> None:
        """Accounts for one more track."""
        self._ledgers[track] = ledger

    def publish(self, event: Event) -> None:
        if isinstance(event, LanguageLocked):
            self.store_language(event.track, event.language)
        self._publish(event)

    def line(self, segment: SegmentCommitted, progress_samples: int) -> None:
        self._sequence += 1
        self._waiting.append((replace(segment, sequence=self._sequence), progress_samples))
        self.flush()

    def suppressed(self, segment: SegmentSuppressed, progress_samples: int) -> None:
        self._waiting.append((segment, progress_samples))
        self.flush()

    def accounted(self, start: int, end: int, *, speech: bool, track: Track | None = None) -> None:
        """Books samples; the track is bound by `TrackSink`."""
        ledger = self._ledgers.get(track) if track is not None else None
        if ledger is None:
            return
        if speech:
            ledger.transcribed(start, end)
        else:
            ledger.silence(start, end)

    def publish_accounts(self) -> None:
        """Tells where every sample went."""
        for ledger in self._ledgers.values():
            self._publish(ledger.snapshot())

    def failed(self, start: int, end: int, error: RecogniserError) -> None:
        _log.error("the decoder gave up on samples %d-%d: %s", start, end, error)
        begin_s = start / SAMPLE_RATE_HZ
        self._publish(
            NoticeRaised(
                Severity.WARNING,
                DECODER_NOTICE,
                f"{(end - start) / SAMPLE_RATE_HZ:.1f} s at {begin_s:.0f} s could not be "
                f"recognised. {error.message}",
                error.hint,
                "models",
            )
        )

    def flush(self, *, force: bool = False) -> bool:
        """Stores what waits; returns whether everything is stored."""
        if not self._waiting:
            return True
        if not force and time.monotonic() < self._retry_after:
            return False
        troubled = self._retry_after > 0.0
        try:
            if troubled:
                self._store.recover()
            while self._waiting:
                event, progress = self._waiting[0]
                try:
                    stored = self._keep(event, progress)
                except NotFoundError as error:  # the session was deleted meanwhile
                    _log.warning("a line has no session any more: %s", error)
                    self._waiting.clear()
                    break
                self._waiting.popleft()
                self._publish(stored)
        except StorageError as error:
            self._retry_after = time.monotonic() + RETRY_S
            if not troubled:
                self._publish(
                    NoticeRaised(Severity.ERROR, STORAGE_NOTICE, error.message, error.hint)
                )
            return False
        if troubled:
            self._retry_after = 0.0
            self._publish(NoticeCleared(STORAGE_NOTICE))
        return True

    def _keep(
        self, event: SegmentCommitted | SegmentSuppressed, progress: int
    ) -> SegmentCommitted | SegmentSuppressed:
        if isinstance(event, SegmentCommitted):
            key = self._store.append_segment(self._session_id, event, progress_samples=progress)
            return replace(event, segment_id=key)
        key = self._store.append_suppressed(self._session_id, event, progress_samples=progress)
        return replace(event, suppressed_id=key)

    def store_language(self, track: Track, language: str) -> None:
        """Keeps which language a track is in."""
        try:
            self._store.update_track(self._session_id, track, language=language)
        except (StorageError, NotFoundError) as error:
            _log.warning("the language was not stored: %s", error)


class TrackSink:
    """A `CaptionSink` bound to one track of a `StoringSink`."""

    def __init__(self, sink: StoringSink, track: Track) -> None:
        self._sink = sink
        self._track = track
        self.publish = sink.publish
        self.line = sink.line
        self.suppressed = sink.suppressed
        self.failed = sink.failed

    def accounted(self, start: int, end: int, *, speech: bool) -> None:
        self._sink.accounted(start, end, speech=speech, track=self._track)
