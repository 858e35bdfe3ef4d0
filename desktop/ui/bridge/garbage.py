"""Python's cycle collector, on the GUI thread only.

Python collects cycles on whatever thread happens to allocate.  When that is a worker while the
GUI thread deletes a widget, wrapper and C++ object can be torn down at the same moment, and the
program dies in Qt.  So automatic collection is off while the window is there, and the GUI thread
collects between two events, by the interpreter's own thresholds.
"""

from __future__ import annotations

import gc

from PySide6.QtCore import QObject, QTimer, Slot

INTERVAL_MS = 500


class GuiGarbageCollector(QObject):
    """From `start` to `stop` only the GUI thread collects cycles."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._timer = QTimer(self)
        self._timer.setInterval(INTERVAL_MS)
        self._timer.timeout.connect(self._on_timer_timeout)

    def start(self) -> None:
        # What the start made stays until the end: no need to look through it again and again.
        gc.collect()
        gc.freeze()
        gc.disable()
        self._timer.start()

    def stop(self) -> None:
        """Gives collection back to the interpreter.  Idempotent."""
        if self._timer.isActive():
            self._timer.stop()
            gc.enable()
            gc.unfreeze()

    @Slot()
    def _on_timer_timeout(self) -> None:
        counts, thresholds = gc.get_count(), gc.get_threshold()
        due = [
            generation
            for generation in range(len(counts))
            if counts[generation] > thresholds[generation] > 0
        ]
        if due:
            gc.collect(max(due))
