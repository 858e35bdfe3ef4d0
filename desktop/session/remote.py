"""Sound that comes from outside, a browser's microphone: onto disk first, then captions.

`start`, `append` and `end` come from whoever receives the sound, one call at a time; `attach` and
`step` from the recogniser's thread.  As in a live session the spool lies between them: a slow
recogniser reads later, a lost connection loses nothing that had arrived.
"""

from __future__ import annotations

import logging
import threading
import time
from pathlib import Path

from desktop.engine.asr.recogniser import Recogniser
from desktop.engine.audio.feed import Samples
from desktop.engine.store.store import TranscriptStore
from desktop.errors import NotFoundError, StorageError
from desktop.events import GapDeclared, SessionFinished, SessionStarted, Track
from desktop.records import TrackRecord
from desktop.session.names import session_title
from desktop.session.sink import Publish
from desktop.session.spooled import Spooled, book_end
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
        self._spooled: Spooled | None = None
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
        self._spooled = Spooled.create(
            TrackRecord(Track.MIC, self._name, self._name, "", 0.0),
            title=title,
            wall_s=wall_s,
            store=self._store,
            directory=self._directory,
            publish=self._publish,
            settings=self._settings,
            model=self._model,
            live=True,
        )
        self.session_id = self._spooled.session_id
        self._publish(SessionStarted(self.session_id, title, (Track.MIC,), wall_s))

    def append(self, samples: Samples) -> None:
        """Takes sound: 16 kHz mono float32 in [-1, 1].  Blocks while the disk takes it."""
        with self._lock:
            spooled = self._running()
            if self._ended:  # the last sound crossed the end on its way
                return
            before_s = spooled.duration_s
            if not spooled.append(samples):
                self._declare_gap(before_s, spooled.duration_s)
            if time.monotonic() >= self._sync_due:
                spooled.writer.flush()
                spooled.writer.sync()
                spooled.space.check([spooled.writer])
                self._sync_due = time.monotonic() + SYNC_PERIOD_S

    def end(self) -> None:
        """No more sound comes; what came is still recognised.  Idempotent."""
        with self._lock:
            self._ended = True
            if self._spooled is not None:
                self._spooled.writer.close()
                self._spooled.space.close([self._spooled.writer])

    @property
    def recording(self) -> bool:
        """Until its end was told."""
        return not self._ended

    @property
    def elapsed_s(self) -> float:
        """How much sound came."""
        return self._spooled.duration_s if self._spooled is not None else 0.0

    # -------------------------------------------------------------------- the recogniser's thread

    def attach(self, recogniser: Recogniser) -> None:
        if self._spooled is not None:
            self._spooled.transcription.attach(recogniser)

    def step(self) -> bool:
        return self._spooled.transcription.step() if self._spooled is not None else False

    def wait(self, timeout_s: float) -> None:
        if self._spooled is not None:
            self._spooled.transcription.wait(timeout_s)

    @property
    def finished(self) -> bool:
        return self._spooled is not None and self._spooled.transcription.finished

    def close(self) -> None:
        """Books the end of the session.  One that is not finished stays recoverable."""
        if self._spooled is None or self._closed:
            return
        done = self.finished
        self.end()
        self._closed = True
        duration_s = self.elapsed_s
        self._spooled.reader.close()
        if done:
            self._finish(duration_s)
        self._publish(self._spooled.ledger.snapshot())
        self._publish(SessionFinished(self.session_id, duration_s, time.time()))

    def _finish(self, duration_s: float) -> None:
        if duration_s:
            folder, keep = self._directory / self.session_id, self._settings.audio.keep_audio
            durations_s = {Track.MIC: duration_s}
            book_end(self._store, self.session_id, durations_s, folder, keep_audio=keep)
            return
        try:  # somebody looked in and said nothing
            self._store.delete_session(self.session_id)
        except (StorageError, NotFoundError) as error:
            _log.warning("an empty session was not removed: %s", error)

    def _declare_gap(self, start_s: float, end_s: float) -> None:
        gap = GapDeclared(Track.MIC, start_s, end_s, "storage", time.time())
        try:
            self._store.record_gap(self.session_id, gap)
        except StorageError as error:
            _log.warning("a gap was not stored: %s", error)
        self._publish(gap)

    def _running(self) -> Spooled:
        if self._spooled is None:
            raise RuntimeError("the session was not started")
        return self._spooled
