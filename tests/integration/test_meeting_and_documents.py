"""A real meeting beside real documents: passages while people speak, answers from what was said."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeVar

import pytest

from desktop.app.application import Application
from desktop.engine.audio.clock import SystemClock
from desktop.engine.audio.filesource import FileSource
from desktop.events import (
    AnswerFinished,
    DocumentChanged,
    DocumentState,
    Event,
    PassageKind,
    PassagesFound,
    SegmentCommitted,
    ServiceChanged,
    ServiceState,
    SessionFinished,
    Track,
)
from desktop.paths import Paths
from tests.speech import SpeechMaker

WaitUntil = Callable[..., None]
E = TypeVar("E")

pytestmark = pytest.mark.timeout(300)


class Meeting:
    """The application without a face, its recogniser and its answer server."""

    def __init__(self, root: Path, model: Path) -> None:
        self.events: list[Event] = []
        self.application = Application.open(Paths(root), sources=self._sources)
        self.sound: FileSource | None = None
        settings = self.application.settings
        settings.recognition.model = str(model)
        settings.recognition.language = "en"
        settings.recognition.threads = 1
        settings.recognition.short_windows = "off"
        for server in ("redis", "qdrant", "vllm", "llama"):
            getattr(settings.services, server).mode = "embedded"
        self.application.bus.subscribe(self.events.append)
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self.application.worker.run, args=(self._stop,))

    def _sources(self, _: object) -> dict[Track, FileSource]:
        assert self.sound is not None
        return {Track.MIC: self.sound}

    def __enter__(self) -> Meeting:
        self.application.start()
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.application.close()
        self._stop.set()
        self.application.worker.wake()
        self._thread.join()
        self.application.close_store()

    def of(self, kind: type[E]) -> list[E]:
        return [event for event in list(self.events) if isinstance(event, kind)]

    def indexed(self, kind: str) -> bool:
        return any(
            event.document.kind == kind and event.document.state is DocumentState.INDEXED
            for event in self.of(DocumentChanged)
        )

    def answers_ready(self) -> bool:
        return any(
            event.status.name == "rag" and event.status.state is ServiceState.READY
            for event in self.of(ServiceChanged)
        )


@pytest.fixture
def meeting(home: Path, whisper_fixture_path: Path) -> Iterator[Meeting]:
    with Meeting(home, whisper_fixture_path) as meeting:
        yield meeting


def test_what_is_said_finds_passages_and_answers_later(
    meeting: Meeting, speech: SpeechMaker, tmp_path: Path, wait_until: WaitUntil
) -> None:
    made = speech.stream("en", 20.0, seed=1)
    application = meeting.application
    application.need_documents()
    wait_until(meeting.answers_ready, timeout_s=90.0)
    notes = tmp_path / "notes.txt"
    notes.write_text(
        "\n\n".join(f"About what was said: {sentence}" for sentence in made.sentences),
        encoding="utf-8",
    )
    application.add_documents([notes])
    wait_until(lambda: meeting.indexed("txt"), timeout_s=60.0)

    meeting.sound = FileSource(made.samples, SystemClock(), track=Track.MIC, name="file", speed=2.0)
    application.start_capture()
    wait_until(lambda: meeting.of(PassagesFound), timeout_s=90.0)
    wait_until(lambda: len(meeting.of(SegmentCommitted)) >= len(made.sentences) - 1, 60.0)
    application.stop_capture()
    wait_until(lambda: meeting.of(SessionFinished), timeout_s=60.0)
    wait_until(lambda: meeting.indexed("transcript"), timeout_s=60.0)
    application.remove_document(
        next(
            e.document.document_id for e in meeting.of(DocumentChanged) if e.document.kind == "txt"
        )
    )
    line = max(meeting.of(SegmentCommitted), key=lambda event: len(event.text))
    application.ask(f"What was said about this: {line.text}", "talk")
    wait_until(lambda: meeting.of(AnswerFinished), timeout_s=60.0)

    found = meeting.of(PassagesFound)[0]
    assert found.keywords
    assert found.passages[0].source == "notes.txt"
    assert found.passages[0].reasons
    (finished,) = meeting.of(AnswerFinished)
    cited = finished.answer.citations[0]
    assert not finished.answer.refused
    assert cited.kind is PassageKind.TRANSCRIPT
    assert cited.session_id
    assert 0.0 <= cited.start_s <= line.start_s + 0.1
    assert line.text.split()[-1] in cited.text
