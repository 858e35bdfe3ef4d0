"""What tests of documents in the window do again and again."""

from __future__ import annotations

from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from desktop.ui.main_window import MainWindow


def idle(window: MainWindow, qtbot: QtBot) -> None:
    qtbot.waitUntil(lambda: not window.runner.busy)


def ask(window: MainWindow, qtbot: QtBot, question: str) -> None:
    window.desk.panel.box.put(question)
    qtbot.keyClick(window.desk.panel.box.edit, Qt.Key.Key_Return)
    idle(window, qtbot)
