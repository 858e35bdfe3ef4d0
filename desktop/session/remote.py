"""Sound that comes from outside, a browser's microphone: onto disk first, then captions.

`start`, `append` and `end` come from whoever receives the sound, one call at a time; `attach` and
`step` from the recogniser's thread.  As in a live session the spool lies between them: a slow
recogniser reads later, a lost connection loses nothing that had arrived.
"""

from __future__ import annotations

import logging
import shutil
import threading
import time
from pathlib import Path

from desktop.engine.asr.recogniser import Recogniser
from desktop.engine.audio.feed import Samples
from desktop.engine.audio.ledger import TrackLedger
from desktop.engine.audio.spool import SpoolWriter
from desktop.engine.audio.spool_reader import SpoolReader
from desktop.engine.store.store import TranscriptStore
from desktop.errors import NotFoundError, StorageError
from desktop.events import (
    SAMPLE_RATE_HZ,
    GapDeclared,
    SessionFinished,
    SessionStarted,
    Track,
)
from desktop.records import SessionState, TrackRecord
from desktop.session.names import session_title
from desktop.session.sink import Publish, StoringSink
from desktop.session.transcription import Transcription
from desktop.settings import Settings

_log = logging.getLogger(__name__)

SYNC_PERIOD_S = 1.0


class RemoteSession:
    """One speaker who is not at this machine's microphone.

    Args:
        name: the speaker's, for the track and the list.
        store: where the transcript goes.
        directory: the folder with all sessions' folders.
        publish: receives the session's events, on several threads.
        settings: the settings in force at the start.
        model: the model's name, for the list.
    """

    live = True

    def __init__(
        self,
        name: str,
        *,
        store: TranscriptStore,
        directory: Path,
        publish: Publish,
        settings: Settings,
        model: str,
    ) -> None:
        self._name = name
        self._store = store
        self._directory = directory
        self._publish = publish
        self._settings = settings
        self._model = model
        self._lock = threading.Lock()  # sound and the end may come from different threads
        self._ledger = TrackLedger(Track.MIC)
        self._writer: SpoolWriter | None = None
        self._reader: SpoolReader | None = None
        self._transcription: Transcription | None = None
        self._sync_due = 0.0
        self._ended = False
        self._closed = False
        self.session_id = ""

    def start(self) -> None:
        """Creates the session.

        Raises:
            StorageError: the transcript or the folder cannot be written; nothing was begun.
        """
        wall_s = time.time()
        title = f"{self._name} {session_title(wall_s)}"
        self.session_id = self._store.create_session(
            title=title,
            tracks=[TrackRecord(Track.MIC, self._name, self._name, "", 0.0)],
            model=self._model,
            started_wall_s=wall_s,
        )
        folder = self._directory / self.session_id
        try:
            self._writer = SpoolWriter.create(folder, Track.MIC, wall_s=wall_s)
        except StorageError:
            self._store.delete_session(self.session_id)
            raise
        self._reader = SpoolReader(self._writer.path, self._writer.index)
        sink = StoringSink(self._store, self.session_id, self._publish, {Track.MIC: self._ledger})
        self._transcription = Transcription(
            {Track.MIC: (self._reader, 0)},
            sink,
            self._publish,
            self._settings.recognition,
            live=True,
        )
        self._publish(SessionStarted(self.session_id, title, (Track.MIC,), wall_s))

    def append(self, samples: Samples) -> None:
        """Takes sound: 16 kHz mono float32 in [-1, 1].  Blocks while the disk takes it."""
        with self._lock:
            writer = self._running()
            if self._ended:  # the last sound crossed the end on its way
                return
            before_s = writer.samples / SAMPLE_RATE_HZ
            if writer.append(samples):
                self._ledger.captured(len(samples))
            else:
                self._ledger.gap(len(samples))
                self._declare_gap(before_s, writer.samples / SAMPLE_RATE_HZ)
            if time.monotonic() >= self._sync_due:
                writer.flush()
                writer.sync()
                self._sync_due = time.monotonic() + SYNC_PERIOD_S

    def end(self) -> None:
        """No more sound comes; what came is still recognised.  Idempotent."""
        with self._lock:
            self._ended = True
            if self._writer is not None:
                self._writer.close()

    @property
    def elapsed_s(self) -> float:
        """How much sound came."""
        return self._writer.samples / SAMPLE_RATE_HZ if self._writer is not None else 0.0

    # -------------------------------------------------------------------- the recogniser's thread

    def attach(self, recogniser: Recogniser) -> None:
        if self._transcription is not None:
            self._transcription.attach(recogniser)

    def step(self) -> bool:
        return self._transcription.step() if self._transcription is not None else False

    def wait(self, timeout_s: float) -> None:
        if self._transcription is not None:
            self._transcription.wait(timeout_s)

    @property
    def finished(self) -> bool:
        return self._transcription is not None and self._transcription.finished

    def close(self) -> None:
        """Books the end of the session.  One that is not finished stays recoverable."""
        if self._writer is None or self._reader is None or self._closed:
            return
        done = self.finished
        self.end()
        self._closed = True
        duration_s = self.elapsed_s
        self._reader.close()
        if done:
            self._finish(duration_s)
        self._publish(self._ledger.snapshot())
        self._publish(SessionFinished(self.session_id, duration_s, time.time()))

    def _finish(self, duration_s: float) -> None:
        folder = self._directory / self.session_id
        try:
            if not duration_s:  # somebody looked in and said nothing
                self._store.delete_session(self.session_id)
                return
            self._store.update_track(self.session_id, Track.MIC, duration_s=duration_s)
            self._store.finish_session(self.session_id, duration_s, SessionState.FINISHED)
        except (StorageError, NotFoundError) as error:
            _log.error("the session's end was not stored, it stays recoverable: %s", error)
            return
        if not self._settings.audio.keep_audio:
            shutil.rmtree(folder, ignore_errors=True)

    def _declare_gap(self, start_s: float, end_s: float) -> None:
        gap = GapDeclared(Track.MIC, start_s, end_s, "storage", time.time())
        try:
            self._store.record_gap(self.session_id, gap)
        except StorageError as error:
            _log.warning("a gap was not stored: %s", error)
        self._publish(gap)

    def _running(self) -> SpoolWriter:
        if self._writer is None:
            raise RuntimeError("the session was not started")
        return self._writer
