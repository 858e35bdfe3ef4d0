"""Whether somebody looks beneath the captions with the pointer.  GUI thread.

A click-through window is told nothing about the pointer, so it is asked for.
"""

from __future__ import annotations

import math
import time

from PySide6.QtCore import QPoint, QRectF, QTimer
from PySide6.QtGui import QCursor
from PySide6.QtWidgets import QWidget

_POLL_MS = 200
_SEEN_S = 1.0  # a longer time without a look says nothing of when it was moved
REST_S = 3.0  # a pointer that rests is forgotten there: the captions come back


class PointerWatch(QTimer):
    """Ticks while it runs.

    Args:
        widget: the window with the captions.
    """

    def __init__(self, widget: QWidget) -> None:
        super().__init__(widget, interval=_POLL_MS)
        self._widget = widget
        self._at = QPoint()
        self._looked_s = self._moved_s = -math.inf

    def looks_beneath(self, panel: QRectF) -> bool:
        """The pointer is over `panel`, in the window's coordinates, and was moved just now."""
        at, now_s = QCursor.pos(), time.monotonic()
        if at != self._at and now_s - self._looked_s < _SEEN_S:  # not while there was nothing
            self._moved_s = now_s
        self._at, self._looked_s = at, now_s
        inside = panel.toRect().contains(self._widget.mapFromGlobal(at))
        return inside and now_s - self._moved_s < REST_S
