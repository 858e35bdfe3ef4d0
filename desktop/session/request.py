"""One uploaded recording as a job of the recogniser's thread; nothing of it is stored.

`start`, `cancel` and `result` belong to whoever asks, the rest to the recogniser's thread.
"""

from __future__ import annotations

import threading
import time
from concurrent.futures import CancelledError, Future
from pathlib import Path

from desktop.engine.asr.captioner import TrackCaptioner
from desktop.engine.asr.recogniser import Recogniser
from desktop.engine.audio.media import MediaReader
from desktop.engine.audio.rolling import RollingFeed
from desktop.errors import MalgeulError, ServiceError
from desktop.events import SAMPLE_RATE_HZ, Event, Track
from desktop.records import SessionRecord, SessionState, TrackRecord
from desktop.session.captioning import build_captioner
from desktop.session.names import interface_language, track_name
from desktop.session.offline import BLOCK_S, Collector, Transcript
from desktop.settings import Settings


class TranscriptionRequest:
    """Decodes and recognises a file step by step, for somebody who waits for the whole text.

    Args:
        path: any audio or video file.
        settings: the settings in force; their language may have been replaced.
    """

    live = False
    recording = False

    def __init__(self, path: Path, settings: Settings) -> None:
        self._path = path
        self._settings = settings
        self._future: Future[Transcript] = Future()
        self._cancelled = threading.Event()
        self._media: MediaReader | None = None
        self._feed: RollingFeed | None = None
        self._collector = Collector(_nobody, path.stem)
        self._captioner: TrackCaptioner | None = None
        self._model = ""

    def start(self) -> None:
        """Opens the file.

        Raises:
            MediaError: it is no media file.
        """
        self._media = MediaReader(self._path)
        self._feed = RollingFeed(self._media)

    def cancel(self) -> None:
        """Nobody waits any more; ends after the step in progress."""
        self._cancelled.set()

    def result(self, timeout_s: float) -> Transcript:
        """Waits for the transcript.

        Raises:
            MalgeulError: it was cancelled, too slow, or the file is damaged from its beginning.
        """
        try:
            return self._future.result(timeout_s)
        except (TimeoutError, CancelledError) as error:
            self.cancel()
            raise ServiceError(
                "The recording was not transcribed in time.",
                hint="Send a shorter one, or open it in the window.",
                code="service.slow",
            ) from error

    # -------------------------------------------------------------------- the recogniser's thread

    def attach(self, recogniser: Recogniser) -> None:
        """Begins; with another model in the middle, goes on where the first one stopped."""
        if self._feed is None:
            return
        self._model = recogniser.info.model
        before = self._captioner
        self._captioner = build_captioner(
            Track.FILE,
            self._feed,
            self._collector,
            recogniser,
            self._settings.recognition,
            live=False,
            start=0 if before is None else before.settle(),
            told=() if before is None else before.told,
        )

    def step(self) -> bool:
        if self._captioner is None or self._feed is None or self._cancelled.is_set():
            return False
        try:
            behind = self._feed.available() - self._captioner.position
            if behind < BLOCK_S * SAMPLE_RATE_HZ:
                self._feed.pull(round(BLOCK_S * SAMPLE_RATE_HZ))
            return self._captioner.step()
        except MalgeulError as error:
            self._fail(error)
            return True

    def wait(self, timeout_s: float) -> None:
        time.sleep(min(timeout_s, 0.01))

    @property
    def finished(self) -> bool:
        if self._cancelled.is_set() or self._future.done():
            return True
        return self._captioner is not None and self._captioner.finished

    def close(self) -> None:
        """Hands over the transcript, or the news that there will be none."""
        done = self._captioner is not None and self._captioner.finished
        if self._media is not None:
            self._media.close()
        if self._future.done():
            return
        if done:
            self._future.set_result(self._transcript())
        else:
            self._future.cancel()

    def _fail(self, error: MalgeulError) -> None:
        if not self._future.done():
            self._future.set_exception(error)

    def _transcript(self) -> Transcript:
        duration_s = self._feed.available() / SAMPLE_RATE_HZ if self._feed is not None else 0.0
        segments = tuple(self._collector.segments)
        language = segments[0].language if segments else ""
        name = track_name(Track.FILE, interface_language(self._settings.interface))
        session = SessionRecord(
            session_id=self._path.stem,
            title=self._path.stem,
            state=SessionState.FINISHED,
            started_wall_s=time.time(),
            duration_s=duration_s,
            segment_count=len(segments),
            model=self._model,
            tracks=(TrackRecord(Track.FILE, name, self._path.name, language, duration_s),),
            has_audio=False,
        )
        held_back = tuple(self._collector.held_back)
        return Transcript(session, segments, held_back, complete=True)


def _nobody(_event: Event) -> None:
    """The events of a request interest nobody: the whole text is its answer."""
