"""A question before something is done: only the button that says so does it."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QMessageBox, QWidget
from pytestqt.qtbot import QtBot

from desktop.ui.dialogs.boxes import Question, ask_first
from desktop.ui.theme import Theme


@pytest.mark.parametrize(
    ("presses", "done"), [("Remove", ["done"]), ("Keep", []), ("Escape", []), ("Return", [])]
)
def test_it_is_done_only_where_its_button_is_pressed(
    qtbot: QtBot, presses: str, done: list[str]
) -> None:
    parent = QWidget()
    qtbot.addWidget(parent)
    parent.show()
    question = Question("A title", "Remove <b>it</b>?", "It is <i>gone</i>.", "Remove", "Keep")
    calls: list[str] = []
    box = ask_first(parent, question, lambda: calls.append("done"))
    keys = {"Escape": Qt.Key.Key_Escape, "Return": Qt.Key.Key_Return}
    if presses in keys:
        qtbot.keyClick(box, keys[presses])
    else:
        next(b for b in box.buttons() if b.text() == presses).click()
    assert calls == done
    qtbot.waitUntil(lambda: not parent.findChildren(QMessageBox))


@pytest.mark.parametrize("danger", [True, False])
def test_what_takes_something_away_looks_like_it(qtbot: QtBot, danger: bool) -> None:
    theme = Theme("light")
    theme.apply()
    parent = QWidget()
    qtbot.addWidget(parent)
    question = Question("A title", "Remove it?", "Gone.", "Remove", "Keep", danger=danger)
    box = ask_first(parent, question, lambda: None)
    qtbot.waitExposed(box)
    remove = next(b for b in box.buttons() if b.text() == "Remove")
    shown = remove.grab().toImage().pixelColor(6, remove.height() // 2).name()
    assert (shown == theme.colour("danger").name()) == danger
    box.close()
    theme.deleteLater()


def test_its_texts_are_no_markup(qtbot: QtBot) -> None:
    parent = QWidget()
    qtbot.addWidget(parent)
    question = Question("A title", "Remove <b>it</b>?", "<i>Gone</i>.", "Remove", "Keep")
    box = ask_first(parent, question, lambda: None)
    texts = [part for part in box.findChildren(QLabel) if part.text().startswith(("Remove", "<i>"))]
    assert len(texts) == 2
    assert all(part.textFormat() is Qt.TextFormat.PlainText for part in texts)
    box.close()
