"""A live session: sources onto disk at once, captions as soon as there is a recogniser.

`start`, `pause`, `resume` and `stop` belong to the application's thread, `attach` and `step` to
the recogniser's.  Capture never waits for recognition: the spool lies between them.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping
from pathlib import Path

from desktop.engine.asr.recogniser import Recogniser
from desktop.engine.audio.recorder import Recorder
from desktop.engine.audio.source import Source
from desktop.engine.store.store import TranscriptStore
from desktop.errors import MalgeulError, StorageError
from desktop.events import (
    Event,
    GapDeclared,
    SessionFinished,
    SessionPaused,
    SessionResumed,
    SessionStarted,
    SourceChanged,
    SourceState,
    Track,
)
from desktop.records import TrackRecord
from desktop.session.names import interface_language, session_title, track_name
from desktop.session.sink import Publish, StoringSink
from desktop.session.spooled import book_end
from desktop.session.transcription import Transcription
from desktop.settings import Settings

_log = logging.getLogger(__name__)


class LiveSession:
    """One meeting being recorded.

    Args:
        sources: what to record, one source a track.
        store: where the transcript goes.
        directory: the folder with all sessions' folders.
        publish: receives every event of the session, on several threads.
        settings: the settings in force at the start.
        model: the model's name, for the list.
    """

    live = True

    def __init__(
        self,
        sources: Mapping[Track, Source],
        *,
        store: TranscriptStore,
        directory: Path,
        publish: Publish,
        settings: Settings,
        model: str,
        make_recorder: Callable[..., Recorder] = Recorder,
    ) -> None:
        self._sources = dict(sources)
        self._store = store
        self._directory = directory
        self._publish = publish
        self._settings = settings
        self._model = model
        self._make_recorder = make_recorder
        self._recorder: Recorder | None = None
        self._transcription: Transcription | None = None
        self._stopped = False
        self._aside = False
        self._closed = False
        self.session_id = ""

    # ------------------------------------------------------------------ the application's thread

    def start(self) -> None:
        """Creates the session and begins to record.

        Raises:
            StorageError: the transcript or the folder cannot be written; nothing was begun.
        """
        wall_s = time.time()
        language = interface_language(self._settings.interface)
        tracks = tuple(self._sources)
        self.session_id = self._store.create_session(
            title=session_title(wall_s),
            tracks=[TrackRecord(t, track_name(t, language), "", "", 0.0) for t in tracks],
            model=self._model,
            started_wall_s=wall_s,
        )
        folder = self._directory / self.session_id
        recorder = self._make_recorder(self._sources, folder, self._on_recorder_event)
        try:
            recorder.start()
        except StorageError:
            self._store.delete_session(self.session_id)
            raise
        ledgers = {track: recorder.ledger(track) for track in tracks}
        sink = StoringSink(self._store, self.session_id, self._publish, ledgers)
        feeds = {track: (recorder.feed(track), 0) for track in tracks}
        self._transcription = Transcription(
            feeds, sink, self._publish, self._settings.recognition, live=True
        )
        self._recorder = recorder
        title = session_title(wall_s)
        self._publish(SessionStarted(self.session_id, title, tracks, wall_s))

    def pause(self) -> None:
        recorder = self._running()
        recorder.pause()
        self._publish(SessionPaused(self.session_id, recorder.elapsed_s, time.time()))

    def resume(self) -> None:
        recorder = self._running()
        recorder.resume()
        self._publish(SessionResumed(self.session_id, recorder.elapsed_s, time.time()))

    def stop(self) -> None:
        """Ends the recording; `step` goes on until everything is recognised.  Idempotent."""
        self._stopped = True
        if self._recorder is not None:
            self._recorder.stop()

    def set_aside(self) -> None:
        """Ends after the step in progress; what is not recognised stays recoverable."""
        self.stop()
        self._aside = True

    @property
    def recording(self) -> bool:
        """Until it is stopped, a pause included."""
        return not self._stopped

    @property
    def paused(self) -> bool:
        return self._recorder is not None and self._recorder.paused

    @property
    def elapsed_s(self) -> float:
        return self._recorder.elapsed_s if self._recorder is not None else 0.0

    def wait_ended(self, timeout_s: float) -> bool:
        """Waits until every source has ended by itself (files)."""
        return self._running().wait_ended(timeout_s)

    # -------------------------------------------------------------------- the recogniser's thread

    def attach(self, recogniser: Recogniser) -> None:
        if self._transcription is not None:
            self._transcription.attach(recogniser)

    def step(self) -> bool:
        if self._aside:
            return False
        return self._transcription.step() if self._transcription is not None else False

    def wait(self, timeout_s: float) -> None:
        if self._transcription is not None:
            self._transcription.wait(timeout_s)

    @property
    def finished(self) -> bool:
        return self._aside or self._recognised

    @property
    def _recognised(self) -> bool:
        return self._transcription is not None and self._transcription.finished

    def close(self) -> None:
        """Books the end of the session.  One that is not finished stays recoverable."""
        if self._recorder is None or self._closed:
            return
        self._closed = True
        self._recorder.stop()
        duration_s = self._recorder.elapsed_s
        done = self._recognised
        if self._aside and not done and self._transcription is not None:
            self._transcription.settle()
        if done:
            durations_s = dict.fromkeys(self._sources, duration_s)
            folder, keep = self._directory / self.session_id, self._settings.audio.keep_audio
            book_end(self._store, self.session_id, durations_s, folder, keep_audio=keep)
        if self._transcription is not None:
            self._transcription.publish_accounts()
        self._recorder.close()
        self._publish(SessionFinished(self.session_id, duration_s, time.time()))

    def _on_recorder_event(self, event: Event) -> None:
        """Gaps and devices belong to the transcript too.  On the recorder's threads."""
        try:
            if isinstance(event, GapDeclared):
                self._store.record_gap(self.session_id, event)
            elif isinstance(event, SourceChanged) and event.state is SourceState.LIVE:
                self._store.update_track(self.session_id, event.track, device=event.device)
        except MalgeulError as error:
            _log.warning("%s was not stored: %s", type(event).__name__, error)
        self._publish(event)

    def _running(self) -> Recorder:
        if self._recorder is None:
            raise RuntimeError("the session was not started")
        return self._recorder
