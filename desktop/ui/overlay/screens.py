"""The monitors that are connected, and when that changes.  GUI thread."""

from __future__ import annotations

from PySide6.QtCore import QObject, QTimer, Signal, Slot
from PySide6.QtGui import QGuiApplication, QScreen

from desktop.ui.overlay.placement import Monitor

_SETTLE_MS = 300


class ScreenWatcher(QObject):
    """Tells once when monitors came, went or changed their size.

    Several changes come at once when a monitor is plugged in; `changed` waits for the last.
    """

    changed = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._settle = QTimer(self, interval=_SETTLE_MS, singleShot=True)

    def start(self) -> None:
        """Begins to watch."""
        app = QGuiApplication.instance()
        assert isinstance(app, QGuiApplication)
        self._settle.timeout.connect(self.changed)
        app.screenAdded.connect(self._on_screen_added)
        app.screenRemoved.connect(self._on_screens_changed)
        app.primaryScreenChanged.connect(self._on_screens_changed)
        for screen in QGuiApplication.screens():
            screen.availableGeometryChanged.connect(self._on_screens_changed)

    def stop(self) -> None:
        """Forgets a change that was waiting."""
        self._settle.stop()

    @Slot(QScreen)
    def _on_screen_added(self, screen: QScreen) -> None:
        screen.availableGeometryChanged.connect(self._on_screens_changed)
        self._settle.start()

    @Slot()
    def _on_screens_changed(self) -> None:
        self._settle.start()


def connected_monitors() -> list[Monitor]:
    """The monitors there are, the primary one first."""
    primary = QGuiApplication.primaryScreen()
    screens = sorted(QGuiApplication.screens(), key=lambda screen: screen is not primary)
    monitors = []
    for screen in screens:
        free = screen.availableGeometry()
        size = screen.geometry().size()
        monitors.append(
            Monitor(
                screen.name(),
                screen.serialNumber(),
                (free.x(), free.y(), free.width(), free.height()),
                (size.width(), size.height()),
            )
        )
    return monitors
