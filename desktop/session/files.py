"""A session made from a media file: decoded into the spool, captioned utterance by utterance.

Decoding runs ahead of recognition by a minute at most, on the same thread, so memory stays small
for files of any length and what is done survives a crash like a live session.
"""

from __future__ import annotations

import logging
import shutil
import time
from collections.abc import Iterator
from pathlib import Path

from desktop.engine.asr.recogniser import Recogniser
from desktop.engine.audio.feed import Samples
from desktop.engine.audio.ledger import TrackLedger
from desktop.engine.audio.media import MediaReader
from desktop.engine.audio.spool import SpoolWriter
from desktop.engine.audio.spool_reader import SpoolReader
from desktop.engine.store.store import TranscriptStore
from desktop.errors import MalgeulError, MediaError, StorageError
from desktop.events import (
    SAMPLE_RATE_HZ,
    NoticeRaised,
    ProgressReported,
    SessionFinished,
    SessionStarted,
    Severity,
    Track,
)
from desktop.records import SessionState, TrackRecord
from desktop.session.names import interface_language, session_title, track_name
from desktop.session.sink import Publish, StoringSink
from desktop.session.transcription import Transcription
from desktop.settings import Settings

_log = logging.getLogger(__name__)

AHEAD_S = 60.0
PROGRESS_PERIOD_S = 0.25


class FileSession:
    """One media file becoming a session.

    Args:
        path: any audio or video file.
        store: where the transcript goes.
        directory: the folder with all sessions' folders.
        publish: receives the session's events.
        settings: the settings in force.
        model: the model's name, for the list.
    """

    live = False

    def __init__(
        self,
        path: Path,
        *,
        store: TranscriptStore,
        directory: Path,
        publish: Publish,
        settings: Settings,
        model: str,
    ) -> None:
        self.path = path
        self._store = store
        self._directory = directory
        self._publish = publish
        self._settings = settings
        self._model = model
        self._media: MediaReader | None = None
        self._blocks: Iterator[Samples] | None = None
        self._writer: SpoolWriter | None = None
        self._reader: SpoolReader | None = None
        self._ledger = TrackLedger(Track.FILE)
        self._transcription: Transcription | None = None
        self._progress_due = 0.0
        self._started: SessionStarted | None = None
        self._cancelled = False
        self._closed = False
        self.session_id = ""

    @property
    def task(self) -> str:
        """Name of this work in `ProgressReported`."""
        return f"file:{self.session_id}"

    def start(self) -> None:
        """Opens the file and creates the session.

        Raises:
            MediaError: the file cannot be read; no session was made.
            StorageError: the session cannot be stored.
        """
        media = MediaReader(self.path)
        try:
            self._create(media)
        except StorageError:
            media.close()
            raise

    def _create(self, media: MediaReader) -> None:
        """Makes the session and what it needs."""
        wall_s = time.time()
        language = interface_language(self._settings.interface)
        title = session_title(wall_s, self.path)
        name = track_name(Track.FILE, language)
        self.session_id = self._store.create_session(
            title=title,
            tracks=[TrackRecord(Track.FILE, name, self.path.name, "", 0.0)],
            model=self._model,
            started_wall_s=wall_s,
        )
        folder = self._directory / self.session_id
        try:
            self._writer = SpoolWriter.create(folder, Track.FILE, wall_s=wall_s)
        except StorageError:
            self._store.delete_session(self.session_id)
            raise
        self._media = media
        self._reader = SpoolReader(self._writer.path, self._writer.index)
        self._blocks = iter(media)
        sink = StoringSink(self._store, self.session_id, self._publish, {Track.FILE: self._ledger})
        self._transcription = Transcription(
            {Track.FILE: (self._reader, 0)},
            sink,
            self._publish,
            self._settings.recognition,
            live=False,
        )
        self._started = SessionStarted(self.session_id, title, (Track.FILE,), wall_s)
        self._report(force=True)

    def cancel(self) -> None:
        """Stops after the step in progress; what is done is kept."""
        self._cancelled = True

    def attach(self, recogniser: Recogniser) -> None:
        """Its turn has come: events of two files never mix."""
        if self._transcription is None:
            return
        if self._started is not None:
            self._publish(self._started)
            self._started = None
        self._transcription.attach(recogniser)

    def step(self) -> bool:
        """Decodes some of the file, then recognises some of it."""
        if self._transcription is None or self._cancelled:
            return False
        self._read_ahead(self._transcription)
        worked = self._transcription.step()
        self._report()
        return worked

    def wait(self, timeout_s: float) -> None:
        time.sleep(min(timeout_s, 0.01))

    @property
    def finished(self) -> bool:
        if self._cancelled:
            return True
        return self._transcription is not None and self._transcription.finished

    def close(self) -> None:
        """Books the end of the session.  Idempotent."""
        if self._closed or self._transcription is None:
            return
        done = self.finished
        self._closed = True
        if self._cancelled:
            self._transcription.settle()
        duration_s = self._samples() / SAMPLE_RATE_HZ
        if self._writer is not None:
            self._writer.close()
        if self._reader is not None:
            self._reader.close()
        if self._media is not None:
            self._media.close()
        if done:
            try:
                self._store.update_track(self.session_id, Track.FILE, duration_s=duration_s)
                self._store.finish_session(self.session_id, duration_s, SessionState.FINISHED)
                if not self._settings.audio.keep_audio:
                    shutil.rmtree(self._directory / self.session_id, ignore_errors=True)
            except MalgeulError as error:
                _log.error("the session's end was not stored: %s", error)
        self._report(force=True, finished=True)
        self._publish(SessionFinished(self.session_id, duration_s, time.time()))

    def _read_ahead(self, transcription: Transcription) -> None:
        writer, blocks = self._writer, self._blocks
        if writer is None or blocks is None:
            return
        until = transcription.position_s(Track.FILE) + AHEAD_S
        while self._samples() / SAMPLE_RATE_HZ < until:
            try:
                block = next(blocks, None)
            except MediaError as error:
                self._publish(
                    NoticeRaised(Severity.WARNING, "media.damaged", error.message, error.hint)
                )
                block = None
            if block is None:
                self._blocks = None
                writer.close()
                self._notices()
                return
            if writer.append(block):
                self._ledger.captured(len(block))
            else:
                self._ledger.gap(len(block))
        writer.flush()

    def _notices(self) -> None:
        for text in self._media.notices if self._media is not None else ():
            self._publish(NoticeRaised(Severity.INFO, "media.notice", f"{self.path.name}: {text}"))

    def _samples(self) -> int:
        return self._writer.samples if self._writer is not None else 0

    def _report(self, *, force: bool = False, finished: bool = False) -> None:
        now = time.monotonic()
        if self._transcription is None or (now < self._progress_due and not force):
            return
        self._progress_due = now + PROGRESS_PERIOD_S
        known_s = self._media.info.duration_s if self._media is not None else None
        done_s = self._transcription.position_s(Track.FILE)
        total_s = max(known_s or 0.0, self._samples() / SAMPLE_RATE_HZ)
        self._publish(
            ProgressReported(
                task=self.task,
                title=self.path.name,
                done=total_s if finished and not self._cancelled else done_s,
                total=total_s,
                unit="s",
                finished=finished,
            )
        )
        self._publish(self._ledger.snapshot())
