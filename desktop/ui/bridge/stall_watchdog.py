"""Notices when the GUI thread was busy for too long, and says so in the log."""

from __future__ import annotations

import logging
import time

from PySide6.QtCore import QObject, Qt, QTimer, Signal, Slot

_log = logging.getLogger(__name__)
TICK_MS = 250
STALL_S = 0.1


class StallWatchdog(QObject):
    """Logs every stall of the event loop longer than 100 ms."""

    stalled = Signal(float)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._timer = QTimer(self)
        self._timer.setInterval(TICK_MS)
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self._on_timer_timeout)
        self._last_s = 0.0

    def start(self) -> None:
        self._last_s = time.monotonic()
        self._timer.start()

    def stop(self) -> None:
        self._timer.stop()

    @Slot()
    def _on_timer_timeout(self) -> None:
        now_s = time.monotonic()
        late_s = now_s - self._last_s - TICK_MS / 1000
        self._last_s = now_s
        if late_s > STALL_S:
            _log.warning("the window did not react for %.0f ms", late_s * 1000)
            self.stalled.emit(late_s)
