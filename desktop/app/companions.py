"""What accompanies the main window: caption overlay, tray icon, global hotkeys.  GUI thread."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, QTimer, Slot
from PySide6.QtWidgets import QApplication, QMessageBox

from desktop.app.application import Application
from desktop.errors import MalgeulError
from desktop.events import NoticeCleared, NoticeRaised, Severity
from desktop.ui.dialogs.boxes import Question, ask_first
from desktop.ui.hotkeys.backend import HotkeyProblem
from desktop.ui.hotkeys.service import GlobalHotkeys
from desktop.ui.main_window import MainWindow
from desktop.ui.overlay import OverlayWindow
from desktop.ui.tray import TrayIcon, TrayState

HOTKEY_NOTICE = "hotkey"
SAVE_AFTER_MS = 800


class Companions(QObject):
    """Ties overlay, tray and hotkeys to the application and the main window.

    Args:
        application: takes the orders.
        window: the main window, which may be hidden while the tray is there.
    """

    def __init__(self, application: Application, window: MainWindow) -> None:
        super().__init__(window)
        self._application = application
        self._window = window
        self._settings = application.settings
        self.overlay = OverlayWindow(self._settings.overlay)
        self.tray = TrayIcon(self)
        self.hotkeys = GlobalHotkeys(parent=self)
        self._save = QTimer(self, interval=SAVE_AFTER_MS, singleShot=True)
        self._quitting = False
        self._question: QMessageBox | None = None

    def start(self) -> None:
        """Connects and shows what the settings want."""
        bridge, overlay, tray = self._window.bridge, self.overlay, self.tray
        for signal in (
            bridge.session_started,
            bridge.hypothesis_updated,
            bridge.words_committed,
            bridge.segment_committed,
            bridge.segment_suppressed,
        ):
            signal.connect(overlay.handle_event)
        bridge.session_started.connect(self._on_capture_changed)
        bridge.session_paused.connect(self._on_capture_changed)
        bridge.session_resumed.connect(self._on_capture_changed)
        bridge.session_finished.connect(self._on_capture_changed)
        self._window.live.stopping.connect(self._on_stopping)
        overlay.settings_changed.connect(self._save.start)
        self._save.timeout.connect(self._on_save_due)
        tray.start_requested.connect(self._window.live.start)
        tray.stop_requested.connect(self._window.live.stop)
        tray.pause_requested.connect(self._application.pause_capture)
        tray.resume_requested.connect(self._application.resume_capture)
        tray.overlay_toggled.connect(self.show_overlay)
        self._window.bar.overlay_toggled.connect(self.show_overlay)
        tray.grab_requested.connect(self._on_grab_requested)
        tray.window_requested.connect(self.show_window)
        tray.quit_requested.connect(self.quit)
        self.hotkeys.activated.connect(self._on_hotkey)
        self.hotkeys.problem_found.connect(self._on_hotkey_problem)
        self._window.installEventFilter(self)
        tray.show()
        self.apply_settings()

    def close(self) -> None:
        """Takes everything down in reverse."""
        self._window.removeEventFilter(self)
        self._save.stop()
        self.hotkeys.close()
        self.tray.hide()
        self.overlay.close()
        self.overlay.deleteLater()

    @Slot()
    def apply_settings(self) -> None:
        """Follows changed settings."""
        self.overlay.apply_settings()
        self.show_overlay(self._settings.overlay.enabled)
        hotkeys = self._settings.hotkeys
        self._application.bus.publish(NoticeCleared(HOTKEY_NOTICE))
        self.hotkeys.apply(
            {
                "toggle_capture": hotkeys.toggle_capture,
                "toggle_overlay": hotkeys.toggle_overlay,
                "grab_overlay": hotkeys.grab_overlay,
            }
        )

    @Slot(bool)
    def show_overlay(self, shown: bool) -> None:
        """Shows or hides the captions on the screen, and remembers it."""
        if not shown:
            self.overlay.set_grabbed(False)
        self.overlay.setVisible(shown)
        self.tray.set_overlay_shown(shown)
        self._window.bar.set_overlay_shown(shown)
        if self._settings.overlay.enabled != shown:
            self._settings.overlay.enabled = shown
            self._save.start()

    @Slot()
    def show_window(self) -> None:
        """Brings the main window to the front."""
        self._window.showNormal() if self._window.isMinimized() else self._window.show()
        self._window.raise_()
        self._window.activateWindow()

    @Slot()
    def quit(self) -> None:
        """Closes the window for good."""
        self._quitting = True
        self._window.close()
        QApplication.quit()

    def eventFilter(self, _watched: QObject, event: QEvent) -> bool:  # noqa: N802
        """Closing hides the window when the tray keeps the application, else it ends it."""
        if event.type() != QEvent.Type.Close or self._quitting:
            return False
        if self._settings.interface.close_to_tray and self.tray.available():
            self._window.hide()
            self.tray.notify("Malgeul", self.tr("Malgeul keeps running here."))
            event.ignore()
            return True
        if self._application.live_session_id is not None and not _logging_out():
            self._ask_to_stop()
            event.ignore()
            return True
        QTimer.singleShot(0, QApplication.quit)
        return False

    def _ask_to_stop(self) -> None:
        """Closing would end a recording: nobody does that by a slip."""
        if self._question is not None:
            return
        question = Question(
            self.tr("Quit Malgeul"),
            self.tr("A recording is running. Stop it and quit?"),
            self.tr("What was recorded and written down is kept."),
            self.tr("Stop and quit"),
            self.tr("Keep recording"),
            role=QMessageBox.ButtonRole.AcceptRole,
        )
        self._question = ask_first(self._window, question, self.quit)
        self._question.finished.connect(self._on_stop_answered)

    @Slot()
    def _on_stop_answered(self) -> None:
        self._question = None

    @Slot(object)
    def _on_capture_changed(self, _event: object) -> None:
        if self._application.live_session_id is None:
            self.tray.set_state(TrayState.IDLE)
        elif self._application.paused:
            self.tray.set_state(TrayState.PAUSED)
        else:
            self.tray.set_state(TrayState.RECORDING)

    @Slot()
    def _on_stopping(self) -> None:
        self.tray.set_state(TrayState.IDLE)  # nobody is listened to, though words may still come

    @Slot()
    def _on_grab_requested(self) -> None:
        self.show_overlay(True)
        self.overlay.set_grabbed(True)

    @Slot(str)
    def _on_hotkey(self, action: str) -> None:
        if action == "toggle_capture":
            if self._application.live_session_id is None:
                self._window.live.start()
            else:
                self._window.live.stop()
        elif action == "toggle_overlay":
            self.show_overlay(not self.overlay.isVisible())
        elif action == "grab_overlay":
            self.show_overlay(True)
            self.overlay.toggle_grabbed()

    @Slot(object)
    def _on_hotkey_problem(self, problem: HotkeyProblem) -> None:
        self._application.bus.publish(
            NoticeRaised(Severity.WARNING, HOTKEY_NOTICE, problem.message, problem.hint, "settings")
        )

    @Slot()
    def _on_save_due(self) -> None:
        try:
            self._application.save_settings()
        except MalgeulError as error:
            self._window.commands.show_error(error)


def _logging_out() -> bool:
    """The desktop's session ends: a question would hold it up."""
    application = QApplication.instance()
    return isinstance(application, QApplication) and application.isSavingSession()
