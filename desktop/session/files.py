"""A session made from a media file: decoded into the spool, captioned utterance by utterance.

Decoding runs ahead of recognition by a minute at most, on the same thread, so memory stays small
for files of any length and what is done survives a crash like a live session; a note of the file
lets recovery go on with the rest.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

from desktop.engine.asr.recogniser import Recogniser
from desktop.engine.audio.feed import Samples
from desktop.engine.audio.media import BLOCK_SAMPLES, MediaReader
from desktop.engine.store.store import TranscriptStore
from desktop.errors import MediaError, StorageError
from desktop.events import (
    NoticeRaised,
    ProgressReported,
    SessionFinished,
    SessionStarted,
    Severity,
    Track,
)
from desktop.records import TrackRecord
from desktop.session.names import interface_language, session_title, track_name
from desktop.session.rest import forget_origin, note_origin
from desktop.session.sink import Publish
from desktop.session.spooled import Spooled, book_end
from desktop.settings import Settings

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
    recording = False

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
        self._decoded = False  # to the end, and all of it is on disk
        self._spooled: Spooled | None = None
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
        self._spooled = Spooled.create(
            TrackRecord(Track.FILE, name, self.path.name, "", 0.0),
            title=title,
            wall_s=wall_s,
            store=self._store,
            directory=self._directory,
            publish=self._publish,
            settings=self._settings,
            model=self._model,
            live=False,
        )
        self.session_id = self._spooled.session_id
        note_origin(self._directory / self.session_id, self.path)
        self._media = media
        self._blocks = iter(media)
        self._started = SessionStarted(self.session_id, title, (Track.FILE,), wall_s)
        self._report(force=True)

    def cancel(self) -> None:
        """Stops after the step in progress; what is done is kept."""
        self._cancelled = True

    def attach(self, recogniser: Recogniser) -> None:
        """Its turn has come: events of two files never mix."""
        if self._spooled is None:
            return
        if self._started is not None:
            self._publish(self._started)
            self._started = None
        self._spooled.transcription.attach(recogniser)

    def step(self) -> bool:
        """Decodes some of the file, then recognises some of it."""
        if self._spooled is None or self._cancelled:
            return False
        self._read_ahead(self._spooled)
        worked = self._spooled.transcription.step()
        self._report()
        return worked

    def wait(self, timeout_s: float) -> None:
        time.sleep(min(timeout_s, 0.01))

    @property
    def finished(self) -> bool:
        if self._cancelled:
            return True
        return self._spooled is not None and self._spooled.transcription.finished

    def close(self) -> None:
        """Books the end of the session.  Idempotent."""
        spooled = self._spooled
        if self._closed or spooled is None:
            return
        done = self.finished
        self._closed = True
        if self._cancelled:
            spooled.transcription.settle()
        duration_s = spooled.duration_s
        spooled.writer.close()
        spooled.reader.close()
        spooled.space.close([spooled.writer])
        if self._media is not None:
            self._media.close()
        if done:
            folder, keep = self._directory / self.session_id, self._settings.audio.keep_audio
            forget_origin(folder)  # cancelled by a person, the rest is not wanted
            book_end(
                self._store, self.session_id, {Track.FILE: duration_s}, folder, keep_audio=keep
            )
        self._report(force=True, finished=True)
        self._publish(SessionFinished(self.session_id, duration_s, time.time()))

    def _read_ahead(self, spooled: Spooled) -> None:
        """Decodes up to a minute ahead; a full disk holds that up, nothing is left out."""
        if self._decoded:
            return
        writer = spooled.writer
        until = spooled.transcription.position_s(Track.FILE) + AHEAD_S
        while self._blocks and spooled.duration_s < until and writer.has_room(BLOCK_SAMPLES):
            try:
                block = next(self._blocks, None)
            except MediaError as error:
                self._publish(
                    NoticeRaised(
                        Severity.WARNING,
                        f"media.damaged.{self.session_id}",
                        error.message,
                        error.hint,
                    )
                )
                block = None
            if block is None:
                self._blocks = None
            else:
                spooled.append(block)
        writer.flush()
        if self._blocks is None and not writer.waiting:
            self._decoded = True
            writer.close()
            forget_origin(self._directory / self.session_id)
            self._notices()

    def _notices(self) -> None:
        """What of the file is missing: one notice a file, or the next would replace it."""
        found = self._media.notices if self._media is not None else ()
        if found:
            code = f"media.notice.{self.session_id}"
            self._publish(NoticeRaised(Severity.INFO, code, " ".join(found)))

    def _report(self, *, force: bool = False, finished: bool = False) -> None:
        now = time.monotonic()
        spooled = self._spooled
        if spooled is None or (now < self._progress_due and not force):
            return
        self._progress_due = now + PROGRESS_PERIOD_S
        known_s = self._media.info.duration_s if self._media is not None else None
        done_s = spooled.transcription.position_s(Track.FILE)
        total_s = max(known_s or 0.0, spooled.duration_s)
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
        self._publish(spooled.ledger.snapshot())
        spooled.space.check([spooled.writer])
