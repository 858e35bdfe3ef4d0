"""The settings dialog over a scripted backend: what it changes, and in which language."""

from __future__ import annotations

from fakes.fake_backend import FakeBackend
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLineEdit
from pytestqt.qtbot import QtBot

from desktop.ui.dialogs.form import PercentSlider
from desktop.ui.dialogs.servers_page import ServersPage
from desktop.ui.dialogs.settings_dialog import SettingsDialog
from desktop.ui.main_window import MainWindow


def opened(window: MainWindow) -> SettingsDialog:
    window.equipment.open_settings()
    dialog = window.equipment.settings_dialog
    assert dialog is not None
    return dialog


def test_a_server_of_ones_own_is_named_by_address_model_and_key(
    window: MainWindow, backend: FakeBackend, qtbot: QtBot
) -> None:
    dialog = opened(window)
    page = dialog.findChild(ServersPage)
    assert isinstance(page, ServersPage)
    rows = page._fields["vllm"]
    assert all(row.isHidden() for row in rows)
    page._on_way_chosen("vllm", backend.settings.services.vllm, "external")
    assert not any(row.isHidden() for row in rows)
    address, model, key = (edit for row in rows for edit in row.findChildren(QLineEdit))
    for edit, text in (
        (address, "http://10.0.0.5:8000"),
        (model, "Qwen/Qwen2.5-32B-Instruct"),
        (key, "secret"),
    ):
        edit.clear()
        qtbot.keyClicks(edit, text)
        qtbot.keyClick(edit, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: not window.runner.busy)
    kept = backend.settings.services.vllm
    assert (kept.mode, kept.url) == ("external", "http://10.0.0.5:8000")
    assert kept.model == "Qwen/Qwen2.5-32B-Instruct"
    assert ("keep_service_key", "vllm", 6) in backend.calls
    assert key.echoMode() is QLineEdit.EchoMode.Password
    dialog.close()


def test_a_share_shows_its_value(window: MainWindow, backend: FakeBackend, qtbot: QtBot) -> None:
    dialog = opened(window)
    slider = next(
        found
        for found in dialog.findChildren(PercentSlider)
        if found.slider.accessibleName() == "Speech threshold"
    )
    assert slider._text.text() == "50%"
    qtbot.keyClick(slider.slider, Qt.Key.Key_Right)
    assert slider._text.text() == "51%"
    assert backend.settings.recognition.vad_threshold == 0.51
    dialog.close()


def test_another_language_is_spoken_at_once(
    window: MainWindow, backend: FakeBackend, qtbot: QtBot
) -> None:
    dialog = opened(window)
    dialog.show_page(1)
    backend.settings.interface.language = "ko"
    dialog.changed.emit()
    qtbot.waitUntil(lambda: window.equipment.settings_dialog not in {dialog, None})
    again = window.equipment.settings_dialog
    assert again is not None
    assert (again.windowTitle(), again.page) == ("설정", 1)
    again.close()
    backend.settings.interface.language = "en"
    window.equipment._on_settings_changed()


def test_the_list_of_pages_shows_that_it_has_the_keyboard(window: MainWindow, qtbot: QtBot) -> None:
    dialog = opened(window)
    dialog.activateWindow()
    qtbot.waitUntil(dialog.isActiveWindow)
    dialog._nav.setFocus()
    ring = window.theme.colour("accent").name()
    place = dialog._nav.visualItemRect(dialog._nav.currentItem())

    def edge() -> str:
        picture = dialog._nav.viewport().grab().toImage()
        return picture.pixelColor(place.left() + 1, place.center().y()).name()

    qtbot.waitUntil(lambda: edge() == ring)
    dialog._nav.clearFocus()
    qtbot.waitUntil(lambda: edge() != ring)
    dialog.close()
