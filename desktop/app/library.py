"""Transcripts for the front end: reading, editing, exporting, playing back.  Any thread."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from desktop.app.activity import Work, activities
from desktop.bus import EventBus
from desktop.engine.audio.spool import spool_path
from desktop.engine.audio.spool_reader import SpoolReader
from desktop.engine.store.export import write_export
from desktop.engine.store.store import TranscriptStore
from desktop.errors import NotFoundError, StorageError
from desktop.events import SAMPLE_RATE_HZ, SegmentChanged, Track
from desktop.paths import Paths
from desktop.records import (
    GapRecord,
    SearchHit,
    SegmentRecord,
    SessionActivity,
    SessionRecord,
    SuppressedRecord,
)
from desktop.settings import Settings


class Library:
    """The transcript half of the `Backend`.

    Args:
        store: the open transcripts.
        paths: where recorded sound lies.
        settings: for the exports' line lengths.
    """

    bus: EventBus

    def __init__(self, store: TranscriptStore, paths: Paths, settings: Settings) -> None:
        self._store = store
        self._paths = paths
        self._settings = settings
        self._reader_lock = threading.Lock()
        self._reader: tuple[str, Track, SpoolReader] | None = None

    @property
    def live_session_id(self) -> str | None:
        """The session that is being recorded."""
        return None

    def works(self) -> Sequence[Work]:
        """Sessions whose sound still grows, is being recognised, or may be replaced."""
        return ()

    def works_on(self, session_id: str) -> bool:
        """One of `works` is about the session."""
        return any(work.session_id == session_id for work in self.works())

    def close_audio(self) -> None:
        """Closes the sound that was played last."""
        with self._reader_lock:
            self._close_reader()

    def sessions(self) -> Sequence[SessionRecord]:
        return self._store.sessions()

    def activities(self) -> Sequence[tuple[SessionRecord, SessionActivity]]:
        """All sessions, newest first, with what is done with each now."""
        before = self.works()
        records = self._store.sessions()
        return list(activities(records, before, self.works()))

    def segments(self, session_id: str) -> Sequence[SegmentRecord]:
        return self._store.segments(session_id)

    def suppressed(self, session_id: str) -> Sequence[SuppressedRecord]:
        return self._store.suppressed(session_id)

    def gaps(self, session_id: str) -> Sequence[GapRecord]:
        return self._store.gaps(session_id)

    def search(self, text: str, session_id: str | None = None) -> Sequence[SearchHit]:
        return self._store.search(text, session_id)

    def rename_session(self, session_id: str, title: str) -> None:
        self._store.rename_session(session_id, title)

    def delete_session(self, session_id: str) -> None:
        if session_id == self.live_session_id:
            raise StorageError(
                "This session is being recorded.",
                hint="Stop the recording, then delete the session.",
                code="storage.in_use",
            )
        self.forget_reader(session_id)
        self._store.delete_session(session_id)

    def edit_segment(self, segment_id: int, text: str) -> None:
        self._store.edit_segment(segment_id, text)
        self._changed(segment_id, "edited")

    def bookmark_segment(self, segment_id: int, on: bool) -> None:
        self._store.bookmark_segment(segment_id, on)
        self._changed(segment_id, "bookmarked")

    def rename_track(self, session_id: str, track: Track, name: str) -> None:
        self._store.rename_track(session_id, track, name)

    def restore_suppressed(self, suppressed_id: int) -> None:
        record = self._store.restore_suppressed(suppressed_id)
        self.bus.publish(SegmentChanged(record.session_id, record.segment_id, "restored"))

    def export_session(self, session_id: str, target: Path, format_name: str) -> Path:
        return write_export(
            target,
            self._store.session(session_id),
            self._store.segments(session_id),
            format_name=format_name,
            suppressed=self._store.suppressed(session_id),
            gaps=self._store.gaps(session_id),
            options=self._settings.export,
        )

    def session_audio(
        self, session_id: str, track: Track, start_s: float, duration_s: float
    ) -> NDArray[np.float32]:
        start = max(round(start_s * SAMPLE_RATE_HZ), 0)
        with self._reader_lock:
            reader = self._open_reader(session_id, track)
            if reader is None:
                return np.zeros(0, dtype=np.float32)
            try:
                return reader.read(start, round(duration_s * SAMPLE_RATE_HZ))
            finally:
                if self.works_on(session_id):
                    self._close_reader()

    def forget_reader(self, session_id: str) -> None:
        """The session's sound grew or goes away: it is opened afresh when it is played again."""
        with self._reader_lock:
            if self._reader is not None and self._reader[0] == session_id:
                self._close_reader()

    def _close_reader(self) -> None:
        """The lock is held."""
        kept, self._reader = self._reader, None
        if kept is not None:
            kept[2].close()

    def _open_reader(self, session_id: str, track: Track) -> SpoolReader | None:
        """The sound of a track; the one played last stays open (one that grows does not).

        The lock is held.
        """
        kept = self._reader
        if kept is not None and kept[:2] == (session_id, track):
            return kept[2]
        self._close_reader()
        path = spool_path(self._paths.sessions / session_id, track)
        if not path.exists():
            return None
        reader = SpoolReader.open(path)
        self._reader = (session_id, track, reader)
        return reader

    def _exists(self, session_id: str) -> bool:
        """False only where it is certain that there is no such session any more."""
        try:
            self._store.session(session_id)
        except NotFoundError:
            return False
        except StorageError:
            return True
        return True

    def _changed(self, segment_id: int, change: str) -> None:
        record = self._store.segment(segment_id)
        self.bus.publish(SegmentChanged(record.session_id, segment_id, change))
