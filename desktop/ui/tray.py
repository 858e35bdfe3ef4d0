"""The tray icon: state at a glance, and the commands one needs without the window.  GUI thread."""

from __future__ import annotations

from enum import StrEnum

from PySide6.QtCore import QEvent, QObject, QRectF, Qt, Signal, Slot
from PySide6.QtGui import QAction, QColor, QIcon, QPainter, QPen, QPixmap
from PySide6.QtWidgets import QMenu, QSystemTrayIcon

from desktop.paths import RESOURCES

_SIZES_PX = (16, 22, 24, 32, 48, 64)
_RECORDING = QColor("#EF4444")
_PAUSED = QColor("#F59E0B")
_BADGE_RIM = QColor("#FFFFFF")
_BODY = QColor("#0F766E")


class TrayState(StrEnum):
    IDLE = "idle"
    RECORDING = "recording"
    PAUSED = "paused"


class TrayIcon(QObject):
    """A tray icon with a menu.

    Where the desktop has no tray, `available` is False and `show` does nothing; the window must
    then not be closed into it.

    Signals:
        start_requested, stop_requested, pause_requested, resume_requested: capture.
        overlay_toggled: the captions are to be shown (True) or hidden.
        grab_requested: the overlay is to be moved.
        window_requested: the main window is to come to the front.
        quit_requested: the application is to end.
    """

    start_requested = Signal()
    stop_requested = Signal()
    pause_requested = Signal()
    resume_requested = Signal()
    overlay_toggled = Signal(bool)
    grab_requested = Signal()
    window_requested = Signal()
    quit_requested = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._state = TrayState.IDLE
        self._icon = QSystemTrayIcon(self)
        self._menu = QMenu()
        self._toggle = QAction(self)
        self._pause = QAction(self)
        self._overlay = QAction(self, checkable=True)
        self._grab = QAction(self)
        self._window = QAction(self)
        self._quit = QAction(self)
        self._set_up()

    def _set_up(self) -> None:
        for action in (self._toggle, self._pause, None, self._overlay, self._grab, None):
            self._menu.addAction(action) if action else self._menu.addSeparator()
        self._menu.addActions([self._window, self._quit])
        self._icon.setContextMenu(self._menu)
        self._toggle.triggered.connect(self._on_toggle_triggered)
        self._pause.triggered.connect(self._on_pause_triggered)
        self._overlay.triggered.connect(self.overlay_toggled)
        self._grab.triggered.connect(self.grab_requested)
        self._window.triggered.connect(self.window_requested)
        self._quit.triggered.connect(self.quit_requested)
        self._icon.activated.connect(self._on_icon_activated)
        self._menu.installEventFilter(self)  # a change of language reaches widgets only
        self._refresh()

    @staticmethod
    def available() -> bool:
        """Whether the desktop has a tray just now; it may come later, as at login."""
        return QSystemTrayIcon.isSystemTrayAvailable()

    def show(self) -> bool:
        """Shows the icon; returns whether there is a tray to show it in."""
        if self.available():
            self._icon.show()
        return self.available()

    def hide(self) -> None:
        self._icon.hide()

    @property
    def state(self) -> TrayState:
        return self._state

    @property
    def menu(self) -> QMenu:
        """The menu, also for the window to offer where there is no tray."""
        return self._menu

    @Slot(str)
    def set_state(self, state: TrayState) -> None:
        """Shows whether capture is idle, recording or paused."""
        self._state = TrayState(state)
        self._refresh()

    @Slot(bool)
    def set_overlay_shown(self, shown: bool) -> None:
        """Follows the overlay; emits nothing."""
        self._overlay.setChecked(shown)
        self._grab.setEnabled(shown)

    @Slot(str, str)
    def notify(self, title: str, message: str) -> None:
        """Shows a message of the desktop, when there is a tray."""
        if self._icon.isVisible():
            self._icon.showMessage(title, message, tray_pixmap_icon(self._state))

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.LanguageChange:
            self._refresh()
        return False

    def _refresh(self) -> None:
        idle = self._state is TrayState.IDLE
        paused = self._state is TrayState.PAUSED
        self._toggle.setText(self.tr("Start captions") if idle else self.tr("Stop captions"))
        self._pause.setText(self.tr("Resume") if paused else self.tr("Pause"))
        self._pause.setEnabled(not idle)
        self._overlay.setText(self.tr("Show captions on screen"))
        self._grab.setText(self.tr("Move captions"))
        self._grab.setEnabled(self._overlay.isChecked())
        self._window.setText(self.tr("Open Malgeul"))
        self._quit.setText(self.tr("Quit"))
        self._icon.setIcon(tray_pixmap_icon(self._state))
        self._icon.setToolTip(
            {
                TrayState.IDLE: self.tr("Malgeul"),
                TrayState.RECORDING: self.tr("Malgeul: recording"),
                TrayState.PAUSED: self.tr("Malgeul: paused"),
            }[self._state]
        )

    @Slot()
    def _on_toggle_triggered(self) -> None:
        idle = self._state is TrayState.IDLE
        (self.start_requested if idle else self.stop_requested).emit()

    @Slot()
    def _on_pause_triggered(self) -> None:
        paused = self._state is TrayState.PAUSED
        (self.resume_requested if paused else self.pause_requested).emit()

    @Slot(QSystemTrayIcon.ActivationReason)
    def _on_icon_activated(self, reason: QSystemTrayIcon.ActivationReason) -> None:
        if reason in (
            QSystemTrayIcon.ActivationReason.Trigger,
            QSystemTrayIcon.ActivationReason.DoubleClick,
        ):
            self.window_requested.emit()


def tray_pixmap_icon(state: TrayState) -> QIcon:
    """The application's icon with a badge for the state.

    Red disc: recording.  Amber disc with two bars: paused, told apart by its shape too.
    """
    icon = QIcon()
    base = _base_icon()
    for size in _SIZES_PX:
        icon.addPixmap(_pixmap(base, state, size))
    return icon


def _base_icon() -> QIcon:
    icon = QIcon()
    for path in sorted((RESOURCES / "icons").glob("malgeul-*.png")):
        icon.addFile(str(path))
    return icon


def _pixmap(base: QIcon, state: TrayState, size: int) -> QPixmap:
    pixmap = QPixmap(size, size)
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    if base.isNull():
        _paint_bubble(painter, size)
    else:
        base.paint(painter, 0, 0, size, size)
    if state is not TrayState.IDLE:
        _paint_badge(painter, state, size)
    painter.end()
    return pixmap


def _paint_bubble(painter: QPainter, size: int) -> None:
    """A speech bubble with two lines of text."""
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(_BODY)
    bubble = QRectF(0.06, 0.12, 0.88, 0.66)
    painter.drawRoundedRect(_scaled(bubble, size), size * 0.2, size * 0.2)
    painter.drawEllipse(_scaled(QRectF(0.2, 0.66, 0.22, 0.22), size))
    painter.setBrush(_BADGE_RIM)
    for line in (QRectF(0.2, 0.30, 0.6, 0.1), QRectF(0.2, 0.5, 0.38, 0.1)):
        painter.drawRoundedRect(_scaled(line, size), size * 0.05, size * 0.05)


def _paint_badge(painter: QPainter, state: TrayState, size: int) -> None:
    paused = state is TrayState.PAUSED
    painter.setPen(QPen(_BADGE_RIM, max(1.0, size * 0.05)))
    painter.setBrush(_PAUSED if paused else _RECORDING)
    painter.drawEllipse(_scaled(QRectF(0.5, 0.5, 0.46, 0.46), size))
    if paused:
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(_BADGE_RIM)
        for left in (0.64, 0.76):
            painter.drawRect(_scaled(QRectF(left, 0.63, 0.07, 0.2), size))


def _scaled(rect: QRectF, size: int) -> QRectF:
    return QRectF(rect.x() * size, rect.y() * size, rect.width() * size, rect.height() * size)
