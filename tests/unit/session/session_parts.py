"""What the tests of this folder share: a home with a store, and a worker on a thread of its own."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from desktop.engine.asr.recogniser import Recogniser
from desktop.engine.asr.whisper import WhisperOptions, WhisperRecogniser
from desktop.engine.audio.clock import SystemClock
from desktop.engine.audio.filesource import FileSource
from desktop.engine.store.store import TranscriptStore
from desktop.errors import ModelError
from desktop.events import Event, Track
from desktop.session.files import FileSession
from desktop.session.live import LiveSession
from desktop.session.recovery import RecoverySession
from desktop.session.worker import RecognitionWorker
from desktop.settings import Settings

FIXTURE = Path(__file__).resolve().parents[2] / "models/whisper-fixture"


def load_fixture() -> WhisperRecogniser:
    options = WhisperOptions(short_windows=True, threads=1)
    return WhisperRecogniser.load(FIXTURE, compute_type="float32", options=options)


def load_once(there: threading.Event) -> Callable[[], Recogniser]:
    """Loads the fixture once `there` is set; before that no model is installed."""

    def load() -> Recogniser:
        if not there.is_set():
            raise ModelError("No model.", hint="Download one.")
        return load_fixture()

    return load


@dataclass
class Home:
    """A data directory with its open store, and everything that was published."""

    path: Path
    store: TranscriptStore
    settings: Settings = field(default_factory=Settings)
    events: list[Event] = field(default_factory=list)

    def publish(self, event: Event) -> None:
        self.events.append(event)

    def of(self, kind: type) -> list:
        return [event for event in list(self.events) if isinstance(event, kind)]

    def live(self, samples: np.ndarray, speed: float = 4.0, **more: np.ndarray) -> LiveSession:
        clock = SystemClock()
        tracks = {Track.MIC: samples, **{Track(name): sound for name, sound in more.items()}}
        return LiveSession(
            {
                track: FileSource(sound, clock, track=track, name="file", speed=speed)
                for track, sound in tracks.items()
            },
            store=self.store,
            directory=self.path / "sessions",
            publish=self.publish,
            settings=self.settings,
            model="fixture",
        )

    def file(self, path: Path) -> FileSession:
        return FileSession(
            path,
            store=self.store,
            directory=self.path / "sessions",
            publish=self.publish,
            settings=self.settings,
            model="fixture",
        )

    def recovery(self, session_id: str) -> RecoverySession:
        return RecoverySession(
            session_id,
            store=self.store,
            directory=self.path / "sessions",
            publish=self.publish,
            settings=self.settings,
        )

    def text(self, session_id: str) -> str:
        return " ".join(line.text for line in self.store.segments(session_id))


@contextmanager
def working(
    home: Home, load: Callable[[], Recogniser] = load_fixture
) -> Iterator[RecognitionWorker]:
    """A worker that runs until the block ends."""
    worker, stop = RecognitionWorker(load, home.publish), threading.Event()
    thread = threading.Thread(target=worker.run, args=(stop,), name="recogniser")
    thread.start()
    try:
        yield worker
    finally:
        stop.set()
        worker.wake()
        thread.join()


def until(condition: Callable[[], object], timeout_s: float = 40.0) -> None:
    """Waits for a condition."""
    deadline = time.monotonic() + timeout_s
    while not condition():
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.01)
