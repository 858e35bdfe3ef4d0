"""A window over a scripted backend, closed after each test."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from fakes.fake_backend import FakeBackend
from fakes.fake_mirror import FakeMirror
from PySide6.QtCore import QCoreApplication, QEvent
from pytestqt.qtbot import QtBot

from desktop.bus import EventBus
from desktop.errors import MalgeulError
from desktop.settings import Settings
from desktop.ui.application import build_main_window, create_application
from desktop.ui.main_window import MainWindow


class RecordingPlayback:
    """A loudspeaker that remembers what it was given."""

    def __init__(self) -> None:
        self.played: list[int] = []
        self.on_position: Callable[[float], None] = lambda _: None
        self.on_failure: Callable[[MalgeulError], None] = lambda _: None
        self.stops = 0

    def play(
        self,
        samples: object,
        on_position: Callable[[float], None],
        on_failure: Callable[[MalgeulError], None],
    ) -> None:
        self.played.append(len(samples))  # type: ignore[arg-type]
        self.on_position, self.on_failure = on_position, on_failure

    def stop(self) -> None:
        self.stops += 1


@pytest.fixture(scope="session")
def qapp_cls() -> type:
    from PySide6.QtWidgets import QApplication

    return QApplication


@pytest.fixture
def bus() -> EventBus:
    return EventBus()


@pytest.fixture
def backend(bus: EventBus) -> FakeBackend:
    settings = Settings()
    settings.interface.language = "en"
    settings.interface.theme = "light"
    made = FakeBackend(bus, settings)
    made.fill()
    return made


@pytest.fixture
def playback() -> RecordingPlayback:
    return RecordingPlayback()


@pytest.fixture
def window(
    qtbot: QtBot, backend: FakeBackend, bus: EventBus, playback: RecordingPlayback
) -> Iterator[MainWindow]:
    create_application(["malgeul"], backend.settings)
    mirror = FakeMirror(backend.settings.web)
    made = build_main_window(backend, bus, playback=playback, mirror=mirror)
    made.open()
    qtbot.waitUntil(lambda: not made.runner.busy)
    yield made
    made.close()
    made.deleteLater()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)
