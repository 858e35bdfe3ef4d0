"""Overlay, tray and hotkeys around a real window and a real application, sound from a file."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QCoreApplication, QEvent, Qt, QTimer
from PySide6.QtWidgets import QApplication, QMessageBox
from pytestqt.qtbot import QtBot

from desktop.app import companions as companions_module
from desktop.app.application import Application
from desktop.app.companions import HOTKEY_NOTICE, Companions
from desktop.engine.audio.clock import SystemClock
from desktop.engine.audio.filesource import FileSource
from desktop.engine.audio.source import Source
from desktop.events import (
    Event,
    HypothesisUpdated,
    NoticeCleared,
    NoticeRaised,
    SegmentSuppressed,
    SessionStarted,
    Track,
    Word,
    WordsCommitted,
)
from desktop.paths import Paths
from desktop.settings import Settings, read
from desktop.ui.application import build_main_window, create_application
from desktop.ui.main_window import MainWindow
from desktop.ui.tray import TrayIcon, TrayState
from desktop.ui.views.capture_bar import CaptureState

# Qt raises tool windows on show; the offscreen platform has no stacking to raise them in.
pytestmark = pytest.mark.qt_log_ignore(
    "This plugin does not support raise", "This plugin does not support propagateSizeHints"
)

SOUND = np.zeros(20 * 16_000, dtype=np.float32)


def sources(_: Settings) -> dict[Track, Source]:
    return {Track.MIC: FileSource(SOUND, SystemClock(), track=Track.MIC, name="file")}


class Desk:
    """A window, what accompanies it, and the application they belong to."""

    def __init__(self, paths: Paths) -> None:
        self.paths = paths
        self.application = Application.open(paths, sources=sources)
        settings = self.application.settings
        settings.interface.language = "en"
        settings.hotkeys.toggle_capture = ""
        settings.hotkeys.toggle_overlay = ""
        settings.hotkeys.grab_overlay = ""
        self.events: list[Event] = []
        self.application.bus.subscribe(self.events.append)
        create_application(["malgeul"], settings)
        self.window: MainWindow = build_main_window(self.application, self.application.bus)
        self.companions = Companions(self.application, self.window)
        self.companions.overlay._motion.enabled = False

    @property
    def settings(self) -> Settings:
        return self.application.settings

    @property
    def tray(self) -> TrayIcon:
        return self.companions.tray

    def tray_entry(self, text: str) -> None:
        """A click on an entry of the tray's menu."""
        (action,) = [each for each in self.tray.menu.actions() if each.text() == text]
        assert action.isEnabled(), text
        action.trigger()

    def captions(self) -> list[str]:
        return [line.text for line in self.companions.overlay._lines.visible()]

    def questions(self) -> list[QMessageBox]:
        return [box for box in self.window.findChildren(QMessageBox) if box.isVisible()]

    def shown_everywhere(self) -> set[bool]:
        """What overlay, tray, the window's button and the settings say of the captions."""
        return {
            self.companions.overlay.isVisible(),
            self.tray._overlay.isChecked(),
            self.window.bar._overlay.isChecked(),
            self.settings.overlay.enabled,
        }

    def end(self) -> None:
        """As the window's own end: in reverse, whatever was left running."""
        self.companions.close()
        self.window.hide()
        self.application.close()
        self.window.shut_down()
        for job in list(self.application._ending.values()):  # nobody recognises here
            job.close()
        self.application.close_store()
        self.window.deleteLater()
        QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)


@pytest.fixture
def desk(home: Path, qtbot: QtBot, qapp: QApplication) -> Iterator[Desk]:
    by_itself = qapp.quitOnLastWindowClosed()
    qapp.setQuitOnLastWindowClosed(False)  # as the program does
    made = Desk(Paths(home))
    made.window.open()
    made.companions.start()
    qtbot.waitUntil(lambda: not made.window.runner.busy)
    yield made
    made.end()
    qapp.setQuitOnLastWindowClosed(by_itself)


def words(text: str) -> WordsCommitted:
    parts = tuple(Word(f" {part}", 0.0, 0.3, 0.9) for part in text.split())
    return WordsCommitted(Track.MIC, 0.3, 0.3, text, parts, "ko")


def record(desk: Desk, qtbot: QtBot) -> None:
    desk.tray_entry("Start captions")
    qtbot.waitUntil(lambda: desk.tray.state is TrayState.RECORDING)


def run_until_it_quits(qapp: QApplication) -> bool:
    """Runs the event loop as the program does; whether it was ended by `QApplication.quit`."""
    late = QTimer(singleShot=True, interval=3_000)
    late.timeout.connect(lambda: qapp.exit(1))
    late.start()
    code = qapp.exec()
    late.stop()
    return code == 0


def in_a_moment(qapp: QApplication, step: object) -> None:
    QTimer.singleShot(0, qapp, step)  # type: ignore[call-overload]


# --- captions ---------------------------------------------------------------------------------


def test_what_is_said_reaches_the_overlay_from_any_thread(desk: Desk, qtbot: QtBot) -> None:
    bus = desk.application.bus
    speaking = threading.Thread(target=lambda: bus.publish(words("회의를 시작합니다")))
    speaking.start()
    speaking.join()
    qtbot.waitUntil(lambda: desk.captions() == ["회의를 시작합니다"])
    bus.publish(SessionStarted("another", "t", (Track.MIC,), 0.0))
    qtbot.waitUntil(lambda: desk.captions() == [])


def test_a_suppressed_guess_leaves_the_overlay(desk: Desk, qtbot: QtBot) -> None:
    bus = desk.application.bus
    guess = (Word(" 감사합니다", 0.0, 0.3, 0.2),)
    bus.publish(HypothesisUpdated(Track.MIC, 0.3, 0.3, " 감사합니다", guess, "ko"))
    qtbot.waitUntil(lambda: desk.captions() == ["감사합니다"])
    bus.publish(
        SegmentSuppressed(Track.MIC, 0.0, 0.3, 0.3, 0.3, "감사합니다", guess, "ko", 0.2, "phrase")
    )
    qtbot.waitUntil(lambda: desk.companions.overlay._lines.is_empty)


def test_overlay_tray_and_button_say_the_same_and_it_is_remembered(
    desk: Desk, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk.companions._save.setInterval(10)
    assert desk.shown_everywhere() == {False}
    desk.tray_entry("Show captions on screen")
    assert desk.shown_everywhere() == {True}
    desk.companions.hotkeys.activated.emit("toggle_overlay")
    assert desk.shown_everywhere() == {False}
    desk.window.bar.toggle_overlay()
    assert desk.shown_everywhere() == {True}
    qtbot.waitUntil(
        lambda: desk.paths.settings.exists() and read(desk.paths.settings).settings.overlay.enabled
    )


def test_hidden_captions_are_shown_when_they_are_to_be_moved(desk: Desk, qtbot: QtBot) -> None:
    desk.companions.hotkeys.activated.emit("grab_overlay")
    assert desk.shown_everywhere() == {True}
    assert desk.companions.overlay.grabbed
    desk.companions.hotkeys.activated.emit("grab_overlay")
    assert not desk.companions.overlay.grabbed
    assert desk.shown_everywhere() == {True}
    desk.tray_entry("Move captions")
    assert desk.companions.overlay.grabbed
    desk.tray_entry("Show captions on screen")  # hiding ends the move, or clicks would be eaten
    assert not desk.companions.overlay.grabbed
    desk.companions.show_overlay(True)
    assert desk.companions.overlay.windowFlags() & Qt.WindowType.WindowTransparentForInput


def test_a_place_chosen_by_hand_is_written(desk: Desk, qtbot: QtBot) -> None:
    desk.companions._save.setInterval(10)
    desk.companions.hotkeys.activated.emit("grab_overlay")
    qtbot.keyClick(desk.companions.overlay, Qt.Key.Key_Up)
    qtbot.waitUntil(
        lambda: (
            desk.paths.settings.exists()
            and bool(read(desk.paths.settings).settings.overlay.positions)
        )
    )


def test_changed_settings_come_into_force(desk: Desk) -> None:
    desk.settings.overlay.enabled = True
    desk.settings.overlay.font_size_pt = 60
    before = desk.companions.overlay.height()
    desk.companions.apply_settings()
    assert desk.shown_everywhere() == {True}
    assert desk.companions.overlay.height() > 1.5 * before


# --- capture ----------------------------------------------------------------------------------


def test_the_tray_starts_pauses_resumes_and_stops(desk: Desk, qtbot: QtBot) -> None:
    record(desk, qtbot)
    key = desk.application.live_session_id
    desk.tray_entry("Pause")
    qtbot.waitUntil(lambda: desk.tray.state is TrayState.PAUSED)
    assert desk.application.paused
    desk.tray_entry("Resume")
    qtbot.waitUntil(lambda: desk.tray.state is TrayState.RECORDING)
    assert not desk.application.paused
    assert desk.application.live_session_id == key
    desk.tray_entry("Stop captions")
    assert desk.tray.state is TrayState.IDLE  # at once: nobody is listened to any more
    qtbot.waitUntil(lambda: desk.application.live_session_id is None)
    assert desk.window.bar.state is CaptureState.STOPPING  # what was said is still recognised
    assert desk.tray.state is TrayState.IDLE


def test_one_hotkey_starts_and_stops(desk: Desk, qtbot: QtBot) -> None:
    hotkeys = desk.companions.hotkeys
    hotkeys.activated.emit("toggle_capture")
    hotkeys.activated.emit("toggle_capture")  # held a little too long: it is starting already
    qtbot.waitUntil(lambda: desk.tray.state is TrayState.RECORDING)
    hotkeys.activated.emit("toggle_capture")
    qtbot.waitUntil(lambda: desk.application.live_session_id is None)
    assert desk.tray.state is TrayState.IDLE


def test_a_pause_from_the_window_shows_in_the_tray(desk: Desk, qtbot: QtBot) -> None:
    record(desk, qtbot)
    qtbot.waitUntil(lambda: desk.window.bar.state is CaptureState.RUNNING)
    desk.window.bar.toggle_pause()
    qtbot.waitUntil(lambda: desk.tray.state is TrayState.PAUSED)
    desk.window.bar.toggle()
    qtbot.waitUntil(lambda: desk.tray.state is TrayState.IDLE)


# --- hotkeys ----------------------------------------------------------------------------------


def test_a_hotkey_that_cannot_be_had_is_told_until_it_is_given_up(desk: Desk, qtbot: QtBot) -> None:
    """The offscreen desktop gives no program keys."""
    desk.settings.hotkeys.toggle_capture = "Ctrl+Alt+R"
    desk.companions.apply_settings()
    (told,) = [e for e in desk.events if isinstance(e, NoticeRaised) and e.code == HOTKEY_NOTICE]
    assert "Ctrl+Alt+R" in told.message
    assert told.action == "settings"
    desk.events.clear()
    desk.settings.hotkeys.toggle_capture = ""
    desk.companions.apply_settings()
    assert NoticeCleared(HOTKEY_NOTICE) in desk.events
    assert not [e for e in desk.events if isinstance(e, NoticeRaised)]


# --- closing ----------------------------------------------------------------------------------


def test_closing_an_idle_window_ends_the_program(desk: Desk, qapp: QApplication) -> None:
    in_a_moment(qapp, desk.window.close)
    assert run_until_it_quits(qapp)
    assert not desk.window.isVisible()


def test_closing_a_recording_asks_once_and_keeps_it(
    desk: Desk, qtbot: QtBot, qapp: QApplication
) -> None:
    record(desk, qtbot)
    desk.window.close()
    desk.window.close()
    (box,) = desk.questions()
    assert desk.window.isVisible()
    box.defaultButton().click()  # “Keep recording”, which Enter presses
    qtbot.waitUntil(lambda: not desk.questions())
    assert desk.application.live_session_id is not None
    desk.window.close()  # asked again, not taken for answered
    (box,) = desk.questions()
    (stop,) = [b for b in box.buttons() if b.text() == "Stop and quit"]
    in_a_moment(qapp, stop.click)
    assert run_until_it_quits(qapp)
    assert not desk.window.isVisible()


def test_closing_to_the_tray_hides_and_quitting_there_ends(
    desk: Desk, qtbot: QtBot, qapp: QApplication, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(TrayIcon, "available", staticmethod(lambda: True))
    desk.settings.interface.close_to_tray = True
    record(desk, qtbot)
    desk.window.close()
    assert not desk.window.isVisible()
    assert not desk.questions()  # nothing ends, so nothing is asked
    assert desk.application.live_session_id is not None
    desk.tray_entry("Open Malgeul")
    assert desk.window.isVisible()
    in_a_moment(qapp, lambda: desk.tray_entry("Quit"))
    assert run_until_it_quits(qapp)
    assert not desk.window.isVisible()


def test_without_a_tray_closing_never_hides_for_good(
    desk: Desk, qapp: QApplication, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(TrayIcon, "available", staticmethod(lambda: False))
    desk.settings.interface.close_to_tray = True
    in_a_moment(qapp, desk.window.close)
    assert run_until_it_quits(qapp)


def test_the_end_of_the_desktops_session_is_not_held_up(
    desk: Desk, qtbot: QtBot, qapp: QApplication, monkeypatch: pytest.MonkeyPatch
) -> None:
    record(desk, qtbot)
    monkeypatch.setattr(companions_module, "_logging_out", lambda: True)
    in_a_moment(qapp, desk.window.close)
    assert run_until_it_quits(qapp)
    assert not desk.questions()


def test_a_minimised_window_comes_back(desk: Desk) -> None:
    desk.window.showMinimized()
    desk.tray_entry("Open Malgeul")
    assert desk.window.isVisible()
    assert not desk.window.isMinimized()
