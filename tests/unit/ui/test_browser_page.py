"""The settings' page of the browser mirror: it runs where it should, and opens nothing unasked."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import segno
from fakes.fake_mirror import FakeMirror
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QGuiApplication
from pytestqt.qtbot import QtBot

from desktop.settings import WebSettings
from desktop.ui.dialogs.browser_page import EVERYWHERE, BrowserPage
from desktop.ui.main_window import MainWindow
from desktop.ui.views.qr_code import QUIET_MODULES, QrCode


@pytest.fixture
def mirror(window: MainWindow) -> FakeMirror:
    assert isinstance(window.mirror, FakeMirror)
    return window.mirror


@pytest.fixture
def web(window: MainWindow) -> WebSettings:
    return window.backend.settings.web


@pytest.fixture
def page(window: MainWindow, qtbot: QtBot) -> Iterator[BrowserPage]:
    """The page as the settings show it."""
    window.equipment.open_settings()
    dialog = window.equipment.settings_dialog
    assert dialog is not None
    dialog.show_page(9)
    qtbot.waitUntil(dialog.browser.isVisible)
    yield dialog.browser
    dialog.close()


def choose(page: BrowserPage, host: str) -> None:
    page.interface.setCurrentIndex(page.interface.findData(host))
    page.interface.activated.emit(page.interface.currentIndex())


def test_switching_it_on_shows_an_address_that_can_be_copied(
    page: BrowserPage, mirror: FakeMirror, qtbot: QtBot
) -> None:
    assert "Off" in page.card.state.text()
    assert not page.card.address.isVisible()
    page.enabled.setChecked(True)
    qtbot.waitUntil(page.card.address.isVisible)
    assert mirror.applied == 1
    assert page.card.address.text() == mirror.status().address
    assert not page.card.code.isVisible()  # no phone reaches this machine's own address
    page.card.copy.click()
    assert QGuiApplication.clipboard().text() == mirror.status().address
    assert page.card.copy.text() == "Copied"
    mirror.token = "another"  # somebody has opened the first one
    mirror.viewers = 2
    qtbot.waitUntil(lambda: page.card.address.text().endswith("another"))
    assert "2 browsers" in page.card.state.text()
    assert page.card.copy.text() == "Copy"


def test_nothing_is_opened_to_others_before_the_warning_was_answered(
    page: BrowserPage, mirror: FakeMirror, web: WebSettings, qtbot: QtBot
) -> None:
    page.enabled.setChecked(True)
    qtbot.waitUntil(lambda: mirror.applied == 1)
    choose(page, EVERYWHERE)
    assert page.warning.isVisible()
    assert page.warning.accept.isVisible()
    assert web.host == "127.0.0.1"
    page.warning.decline.click()
    assert not page.warning.isVisible()
    assert page.interface.value() == web.host == "127.0.0.1"
    choose(page, "192.168.0.12")
    page.warning.accept.click()
    assert web.host == "192.168.0.12"
    qtbot.waitUntil(page.card.code.isVisible)
    assert page.card.code.text == mirror.status().address
    assert page.warning.isVisible()  # a reminder, with a way back
    assert not page.warning.accept.isVisible()
    page.warning.decline.click()
    assert web.host == "127.0.0.1"
    qtbot.waitUntil(lambda: not page.card.code.isVisible())


def test_port_and_names_are_what_can_be_used(
    page: BrowserPage, mirror: FakeMirror, web: WebSettings, qtbot: QtBot
) -> None:
    page.port.setText("5")
    assert not page.port.hasAcceptableInput()
    qtbot.keyClick(page.port, Qt.Key.Key_Return)
    assert page.port.text() == str(web.port)  # what is no port does not stay
    page.port.setText("5055")
    page.port.editingFinished.emit()
    assert web.port == 5055
    page.names.setText("talk.example.org, <b>x</b>,http://evil.com/  meet.example.org:8443")
    page.names.editingFinished.emit()
    assert web.allowed_hosts == ["talk.example.org", "meet.example.org:8443"]
    assert page.names.text() == "talk.example.org, meet.example.org:8443"
    page.enabled.setChecked(True)
    mirror.port = 5056
    qtbot.waitUntil(lambda: "5056" in page.card.reason.text())


def test_why_it_does_not_run_is_said(page: BrowserPage, mirror: FakeMirror, qtbot: QtBot) -> None:
    mirror.failure = "The browser mirror cannot listen on 10.1.1.1, port 5000: in use."
    page.enabled.setChecked(True)
    qtbot.waitUntil(lambda: "10.1.1.1" in page.card.reason.text())
    assert "another port" in page.card.reason.text()
    assert not page.card.address.isVisible()


def test_the_mirror_is_asked_only_while_somebody_looks(page: BrowserPage, qtbot: QtBot) -> None:
    from desktop.ui.control.mirror import MirrorController

    [controller] = page.findChildren(MirrorController)
    assert controller.isActive()
    page.window().hide()
    qtbot.waitUntil(lambda: not controller.isActive())


def test_the_code_is_the_text_pixel_by_pixel(qtbot: QtBot) -> None:
    address = "http://192.168.0.12:5000/?token=3kV9b0sJmPq7yXw2uTnLrA4dEfGhZc81"
    code = QrCode()
    qtbot.addWidget(code)
    code.set_text(address)
    code.resize(code.sizeHint())
    image = code.grab().toImage()
    expected = segno.make(address, error="m", micro=False).matrix
    count = len(expected) + 2 * QUIET_MODULES
    step = image.width() / count
    for y, row in enumerate(expected):
        for x, dark in enumerate(row):
            middle = [round((at + QUIET_MODULES + 0.5) * step - 0.5) for at in (x, y)]
            assert (QColor(image.pixel(*middle)).lightness() < 128) == bool(dark), (x, y)
