"""An address as a QR code, for a phone's camera.  GUI thread only."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

QUIET_MODULES = 3  # the white margin that readers need
SIDE_PX = 176


class QrCode(QWidget):
    """Dark on white whatever the theme: many cameras do not read the inverse."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._rows: tuple[bytes, ...] = ()
        self.text = ""
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)

    def sizeHint(self) -> QSize:
        return QSize(SIDE_PX, SIDE_PX)

    def set_text(self, text: str) -> None:
        """Shows another text; nothing for an empty one."""
        if text == self.text:
            return
        self.text = text
        self._rows = _modules(text) if text else ()
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor("white"))
        painter.drawRoundedRect(self.rect(), 8, 8)
        if not self._rows:
            return
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        count = len(self._rows) + 2 * QUIET_MODULES
        step = min(self.width(), self.height()) / count
        painter.translate(QUIET_MODULES * step, QUIET_MODULES * step)
        painter.setBrush(QColor("black"))
        for y, row in enumerate(self._rows):
            for x, dark in enumerate(row):
                if dark:  # a hair wider, so that no white line is left between two
                    painter.drawRect(QRectF(x * step, y * step, step + 0.3, step + 0.3))


def _modules(text: str) -> tuple[bytes, ...]:
    import segno

    return tuple(bytes(row) for row in segno.make(text, error="m", micro=False).matrix)
