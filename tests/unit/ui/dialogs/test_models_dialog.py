"""The models: what is asked before, what is told, what changes its look."""

from __future__ import annotations

import pytest
from fakes.fake_backend import FakeBackend
from PySide6.QtWidgets import QMessageBox, QPushButton
from pytestqt.qtbot import QtBot

from desktop.events import ProgressReported
from desktop.ui.dialogs.models_dialog import BestModelRow, ModelsDialog
from desktop.ui.main_window import MainWindow


@pytest.fixture
def dialog(window: MainWindow, qtbot: QtBot) -> ModelsDialog:
    window.equipment.open_models()
    qtbot.waitUntil(lambda: not window.runner.busy)
    made = window.equipment.models_dialog
    assert made is not None
    return made


def answer(dialog: ModelsDialog, text: str) -> None:
    box = dialog.findChildren(QMessageBox)[-1]
    next(button for button in box.buttons() if button.text() == text).click()


def test_a_model_is_removed_only_after_a_question(
    window: MainWindow, dialog: ModelsDialog, backend: FakeBackend, qtbot: QtBot
) -> None:
    name = next(m.name for m in backend.models() if m.installed and not m.basic)
    dialog._rows[name]._remove.click()
    answer(dialog, "Keep")
    assert ("remove_model", name) not in backend.calls
    dialog._rows[name]._remove.click()
    answer(dialog, "Remove")
    qtbot.waitUntil(lambda: ("remove_model", name) in backend.calls)
    qtbot.waitUntil(lambda: not window.runner.busy)
    dialog.close()


def test_the_choice_can_be_left_to_malgeul_again(
    window: MainWindow, dialog: ModelsDialog, backend: FakeBackend, qtbot: QtBot
) -> None:
    name = next(m.name for m in backend.models() if m.installed and not m.basic)
    dialog._rows[name]._button.click()
    assert backend.settings.recognition.model == name
    item = dialog._column.itemAt(0)
    assert item is not None
    best = item.widget()
    assert isinstance(best, BestModelRow)
    button = best.findChild(QPushButton)
    assert isinstance(button, QPushButton)
    assert button.text() == "Use"
    button.click()
    assert backend.settings.recognition.model == "auto"
    qtbot.waitUntil(lambda: not window.runner.busy)
    dialog.close()


def test_a_button_that_cancels_does_not_look_like_the_one_that_gets(
    window: MainWindow, dialog: ModelsDialog, backend: FakeBackend, qtbot: QtBot
) -> None:
    name = next(m.name for m in backend.models() if m.recommended)
    row = dialog._rows[name]
    if not row._model.installed:
        assert row._button.property("role") == "primary"
    row.show_progress(ProgressReported(f"model:{name}", name, 1, 10, "bytes"))
    assert row._button.text() == "Cancel"
    assert not row._button.property("role")
    dialog.close()
    qtbot.waitUntil(lambda: not window.runner.busy)


def test_a_download_can_be_cancelled_before_its_first_byte(
    window: MainWindow, dialog: ModelsDialog, backend: FakeBackend, qtbot: QtBot
) -> None:
    name = next(m.name for m in backend.models() if not m.installed)
    backend.bus.publish(ProgressReported(f"model:{name}", "A model", 0, 0, "B"))
    row = dialog._rows[name]
    qtbot.waitUntil(lambda: row._facts.text() == "Connecting…")
    assert row._button.text() == "Cancel"
    with qtbot.waitSignal(dialog.cancel_requested):
        row._button.click()
    backend.bus.publish(ProgressReported(f"model:{name}", "A model", 0, 0, "B", finished=True))
    qtbot.waitUntil(lambda: not window.runner.busy)
    qtbot.waitUntil(lambda: dialog._rows[name]._button.text() == "Download")
    qtbot.waitUntil(lambda: not window.runner.busy)
    dialog.close()
