"""A level meter: loudness, held peak, clipping.  Painted when a level arrives, never by itself."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QLinearGradient, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from desktop.events import LevelMeasured
from desktop.ui.theme import Theme

FLOOR_DBFS = -60.0
HIGH_DBFS = -9.0
PEAK_FALL_DB = 1.2
"""How much the held peak falls with every measurement."""


def fraction(level_dbfs: float) -> float:
    """0 to 1 along the meter."""
    return min(1.0, max(0.0, 1.0 - level_dbfs / FLOOR_DBFS))


class LevelMeter(QWidget):
    """Shows the latest `LevelMeasured` of one track."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._rms_dbfs = FLOOR_DBFS
        self._peak_dbfs = FLOOR_DBFS
        self._clipped = False
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        theme.changed.connect(self.update)

    def sizeHint(self) -> QSize:
        return QSize(80, 6)

    def show_level(self, event: LevelMeasured) -> None:
        self._rms_dbfs = event.rms_dbfs
        self._peak_dbfs = max(event.peak_dbfs, self._peak_dbfs - PEAK_FALL_DB)
        self._clipped = event.clipped
        self.update()

    def clear(self) -> None:
        self._rms_dbfs = self._peak_dbfs = FLOOR_DBFS
        self._clipped = False
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        area = QRectF(self.rect())
        radius = area.height() / 2
        painter.setBrush(self._theme.colour("meter_track"))
        painter.drawRoundedRect(area, radius, radius)
        level = fraction(self._rms_dbfs) * area.width()
        if level > area.height():
            gradient = QLinearGradient(area.topLeft(), area.topRight())
            gradient.setColorAt(0.0, self._theme.colour("meter_low"))
            gradient.setColorAt(fraction(HIGH_DBFS) - 0.1, self._theme.colour("meter_low"))
            gradient.setColorAt(fraction(HIGH_DBFS), self._theme.colour("meter_high"))
            painter.setBrush(gradient)
            painter.drawRoundedRect(QRectF(0, 0, level, area.height()), radius, radius)
        peak = fraction(self._peak_dbfs) * area.width()
        if peak > area.height():
            name = "meter_clip" if self._clipped else "meter_high"
            low = self._peak_dbfs < HIGH_DBFS and not self._clipped
            painter.setBrush(self._theme.colour("meter_low" if low else name))
            painter.drawRoundedRect(QRectF(peak - 2, 0, 2, area.height()), 1, 1)
        if self._clipped:
            painter.setBrush(self._theme.colour("meter_clip"))
            painter.drawRoundedRect(QRectF(area.width() - 8, 0, 8, area.height()), radius, radius)
