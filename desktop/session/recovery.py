"""Bringing an interrupted session back: the spools made whole, what was missing transcribed.

Recognition goes on at the progress mark that was stored with the last line, so nothing is doubled
and nothing is left out.
"""

from __future__ import annotations

import logging
import shutil
import time
from collections.abc import Sequence
from pathlib import Path

from desktop.engine.asr.recogniser import Recogniser
from desktop.engine.audio.feed import AudioFeed
from desktop.engine.audio.spool import spool_path
from desktop.engine.audio.spool_index import Gap
from desktop.engine.audio.spool_reader import SpoolReader, recover
from desktop.engine.store.store import TranscriptStore
from desktop.errors import MalgeulError, StorageError
from desktop.events import (
    SAMPLE_RATE_HZ,
    GapDeclared,
    ProgressReported,
    SessionFinished,
    SessionStarted,
    Track,
)
from desktop.records import SessionState
from desktop.session.sink import Publish, StoringSink
from desktop.session.transcription import Transcription
from desktop.settings import Settings

_log = logging.getLogger(__name__)


class RecoverySession:
    """One interrupted session, finished now.

    Args:
        session_id: a session in state RECORDING that nobody records any more.
        store: the transcripts.
        directory: the folder with all sessions' folders.
        publish: receives the session's events.
        settings: the settings in force.
    """

    live = False

    def __init__(
        self,
        session_id: str,
        *,
        store: TranscriptStore,
        directory: Path,
        publish: Publish,
        settings: Settings,
    ) -> None:
        self.session_id = session_id
        self._store = store
        self._directory = directory
        self._publish = publish
        self._settings = settings
        self._readers: dict[Track, SpoolReader] = {}
        self._transcription: Transcription | None = None
        self._duration_s = 0.0
        self._title = ""
        self._cancelled = False
        self._closed = False

    @property
    def task(self) -> str:
        """Name of this work in `ProgressReported`."""
        return f"recover:{self.session_id}"

    @property
    def duration_s(self) -> float:
        """Length of the longest track that is still there."""
        return self._duration_s

    def start(self) -> None:
        """Makes the spools whole and opens them where recognition stopped.

        Raises:
            NotFoundError: there is no such session.
            StorageError: its sound cannot be read.
        """
        record = self._store.session(self.session_id)
        self._title = record.title
        progress = self._store.progress(self.session_id)
        feeds: dict[Track, tuple[AudioFeed, int]] = {}
        for part in record.tracks:
            path = spool_path(self._directory / self.session_id, part.track)
            if not path.exists():
                continue
            try:
                recovered = recover(path)
                reader = SpoolReader.open(path)
            except StorageError:
                self._close_readers()
                raise
            self._readers[part.track] = reader
            self._keep_gaps(part.track, recovered.gaps)
            start = min(progress.get(part.track, 0), recovered.samples)
            feeds[part.track] = (reader, start)
            self._duration_s = max(self._duration_s, recovered.samples / SAMPLE_RATE_HZ)
        sink = StoringSink(
            self._store,
            self.session_id,
            self._publish,
            {},
            last_sequence=self._store.last_sequence(self.session_id),
        )
        self._transcription = Transcription(
            feeds, sink, self._publish, self._settings.recognition, live=False
        )
        self._publish(
            SessionStarted(self.session_id, record.title, tuple(feeds), record.started_wall_s)
        )

    def _keep_gaps(self, track: Track, gaps: Sequence[Gap]) -> None:
        """What was missing when it broke off, and what is damaged, belongs to the transcript."""
        for gap in gaps:
            start_s, end_s = gap.start / SAMPLE_RATE_HZ, gap.end / SAMPLE_RATE_HZ
            declared = GapDeclared(track, start_s, end_s, gap.cause, wall_s=time.time())
            try:
                self._store.record_gap(self.session_id, declared)
            except StorageError as error:
                _log.warning("a gap was not stored: %s", error)

    def cancel(self) -> None:
        """Stops after the step in progress; the session stays recoverable."""
        self._cancelled = True

    def attach(self, recogniser: Recogniser) -> None:
        if self._transcription is not None:
            self._transcription.attach(recogniser)

    def step(self) -> bool:
        if self._transcription is None or self._cancelled:
            return False
        worked = self._transcription.step()
        self._report(finished=False)
        return worked

    def wait(self, timeout_s: float) -> None:
        time.sleep(min(timeout_s, 0.01))

    @property
    def finished(self) -> bool:
        if self._cancelled or not self._readers:
            return True
        return self._transcription is not None and self._transcription.finished

    def close(self) -> None:
        """Books the session as recovered, unless it was cancelled.  Idempotent."""
        if self._closed:
            return
        done = self.finished and not self._cancelled
        self._closed = True
        if self._cancelled and self._transcription is not None:
            self._transcription.settle()
        self._close_readers()
        if done:
            try:
                duration_s = self._duration_s or self._store.session(self.session_id).duration_s
                for track in self._readers:
                    self._store.update_track(self.session_id, track, duration_s=duration_s)
                self._store.finish_session(self.session_id, duration_s, SessionState.RECOVERED)
                if not self._settings.audio.keep_audio:
                    shutil.rmtree(self._directory / self.session_id, ignore_errors=True)
            except MalgeulError as error:
                _log.error("the recovered session was not booked: %s", error)
        self._report(finished=True)
        self._publish(SessionFinished(self.session_id, self._duration_s, time.time()))

    def _close_readers(self) -> None:
        for reader in self._readers.values():
            reader.close()

    def _report(self, *, finished: bool) -> None:
        if self._transcription is None:
            return
        positions = [self._transcription.position_s(track) for track in self._readers]
        self._publish(
            ProgressReported(
                task=self.task,
                title=self._title,
                done=sum(positions) / max(len(positions), 1),
                total=self._duration_s,
                unit="s",
                finished=finished,
            )
        )
