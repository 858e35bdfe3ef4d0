"""Nothing that belongs into the window becomes one of its own: it would take the keyboard."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from fakes.fake_backend import FakeBackend
from fakes.window_steps import ask, idle
from PySide6.QtCore import QEvent, QObject
from PySide6.QtWidgets import QApplication, QDialog, QMenu, QWidget
from pytestqt.qtbot import QtBot

from desktop import events as ev
from desktop.ui.main_window import MainWindow


class _Watch(QObject):
    """Remembers widgets that are shown as windows and are none."""

    def __init__(self) -> None:
        super().__init__()
        self.strays: list[str] = []

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if (
            event.type() is QEvent.Type.Show
            and isinstance(watched, QWidget)
            and watched.isWindow()
            and not isinstance(watched, QDialog | QMenu)
        ):
            self.strays.append(f"{type(watched).__name__} {watched.objectName()}")
        return False


@pytest.fixture
def watch(window: MainWindow, qapp: QApplication) -> Iterator[_Watch]:
    made = _Watch()
    qapp.installEventFilter(made)
    yield made
    qapp.removeEventFilter(made)


def test_a_meeting_with_notices_answers_and_passages(
    window: MainWindow, backend: FakeBackend, qtbot: QtBot, watch: _Watch
) -> None:
    window.activateWindow()
    qtbot.waitUntil(window.isActiveWindow)
    backend.play_meeting()
    backend.publish_passages()
    backend.transcribe_file(Path("board.mp4"))
    for severity in ev.Severity:
        backend.bus.publish(
            ev.NoticeRaised(severity, severity.value, severity.value, "Do something.", "retry")
        )
    qtbot.waitUntil(lambda: len(window.page.banners.codes) >= len(ev.Severity))
    ask(window, qtbot, "출시 일정은?")
    window.arrangement.toggle_drawer()
    idle(window, qtbot)
    assert watch.strays == []
    assert window.isActiveWindow()


def test_every_page(window: MainWindow, qtbot: QtBot, watch: _Watch) -> None:
    for page in window.pages.names:
        window.pages.show_page(page)
        idle(window, qtbot)
    assert watch.strays == []
