"""The tray icon's menu and icon follow the state; without a tray nothing breaks."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QCoreApplication, QEvent
from PySide6.QtGui import QColor, QIcon
from PySide6.QtWidgets import QSystemTrayIcon
from pytestqt.qtbot import QtBot

from desktop.ui.tray import TrayIcon, TrayState, tray_pixmap_icon


@pytest.fixture
def tray(qtbot: QtBot) -> TrayIcon:
    icon = TrayIcon()
    qtbot.addWidget(icon.menu)
    return icon


def texts(tray: TrayIcon) -> list[str]:
    return [action.text() for action in tray.menu.actions() if not action.isSeparator()]


def trigger(tray: TrayIcon, text: str) -> None:
    next(action for action in tray.menu.actions() if action.text() == text).trigger()


def test_menu_offers_what_the_state_allows(tray: TrayIcon, qtbot: QtBot) -> None:
    assert texts(tray)[:2] == ["Start captions", "Pause"]
    with qtbot.waitSignal(tray.start_requested):
        trigger(tray, "Start captions")
    tray.set_state(TrayState.RECORDING)
    assert texts(tray)[:2] == ["Stop captions", "Pause"]
    with qtbot.waitSignal(tray.pause_requested):
        trigger(tray, "Pause")
    tray.set_state(TrayState.PAUSED)
    assert texts(tray)[:2] == ["Stop captions", "Resume"]
    with qtbot.waitSignal(tray.resume_requested):
        trigger(tray, "Resume")
    with qtbot.waitSignal(tray.stop_requested):
        trigger(tray, "Stop captions")


def test_pause_is_off_while_nothing_runs(tray: TrayIcon) -> None:
    pause = next(action for action in tray.menu.actions() if action.text() == "Pause")
    assert not pause.isEnabled()
    tray.set_state(TrayState.RECORDING)
    assert pause.isEnabled()


def test_overlay_entry_follows_silently_and_asks_on_click(tray: TrayIcon, qtbot: QtBot) -> None:
    with qtbot.assertNotEmitted(tray.overlay_toggled):
        tray.set_overlay_shown(True)
    with qtbot.waitSignal(tray.overlay_toggled) as signal:
        trigger(tray, "Show captions on screen")
    assert signal.args == [False]


@pytest.mark.parametrize(
    ("text", "signal"), [("Open Malgeul", "window_requested"), ("Quit", "quit_requested")]
)
def test_other_entries(tray: TrayIcon, qtbot: QtBot, text: str, signal: str) -> None:
    with qtbot.waitSignal(getattr(tray, signal)):
        trigger(tray, text)


def test_left_click_opens_the_window(tray: TrayIcon, qtbot: QtBot) -> None:
    with qtbot.waitSignal(tray.window_requested):
        tray._icon.activated.emit(QSystemTrayIcon.ActivationReason.Trigger)


def test_without_a_tray_show_says_so(tray: TrayIcon) -> None:
    assert tray.show() is TrayIcon.available()
    tray.notify("title", "message")
    tray.hide()


def badge(icon: QIcon) -> QColor:
    return icon.pixmap(64).toImage().pixelColor(38, 46)


def test_icon_shows_the_state() -> None:
    colours = {state: badge(tray_pixmap_icon(state)).name() for state in TrayState}
    assert colours[TrayState.RECORDING] == "#ef4444"
    assert colours[TrayState.PAUSED] == "#f59e0b"
    assert len(set(colours.values())) == 3


def test_language_change_is_followed(tray: TrayIcon, qtbot: QtBot) -> None:
    tray._toggle.setText("stale")
    app = QCoreApplication.instance()
    assert app is not None
    QCoreApplication.sendEvent(app, QEvent(QEvent.Type.LanguageChange))
    qtbot.waitUntil(lambda: texts(tray)[0] == "Start captions")
