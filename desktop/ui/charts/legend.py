"""The line above a chart: colours, names and values, always on one line.  GUI thread only."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QFont, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from desktop.ui.models.plain_text import plain_tip
from desktop.ui.theme import Theme

_ALIGN = Qt.AlignmentFlag
KEY_PX = 10
GAP_PX = 14

Entry = tuple[str, str, str]  # design token, name, value


class Legend(QWidget):
    """Painted, since its values change every second; what has no room is left out at the end."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._entries: tuple[Entry, ...] = ()
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        font = QFont(self.font())
        font.setPointSizeF(8.5)
        font.setFeature(QFont.Tag("tnum"), 1)
        self.setFont(font)
        theme.changed.connect(self.update)

    def sizeHint(self) -> QSize:
        return QSize(100, 18)

    @property
    def entries(self) -> tuple[Entry, ...]:
        return self._entries

    def show_entries(self, entries: tuple[Entry, ...]) -> None:
        if entries != self._entries:
            self._entries = entries
            lines = (f"{name} {value}".strip() for _, name, value in entries)
            self.setToolTip(plain_tip("\n".join(lines)))
            self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        metrics = self.fontMetrics()
        x, height = 0.0, self.height()
        for token, name, value in self._entries:
            text = f"{name} " if name else ""
            name_width, value_width = (metrics.horizontalAdvance(t) for t in (text, value))
            width = (KEY_PX + 5 if name else 0) + name_width + value_width
            if x + width > self.width() and x > 0:
                break
            if name:
                painter.setPen(Qt.PenStyle.NoPen)
                painter.setBrush(self._theme.colour(token))
                painter.drawRoundedRect(QRectF(x, height / 2 - 4, 8, 8), 2.5, 2.5)
                x += KEY_PX + 5
            flags = int(_ALIGN.AlignVCenter | _ALIGN.AlignLeft)
            painter.setPen(self._theme.colour("text_soft"))
            painter.drawText(QRectF(x, 0, name_width + 2, height), flags, text)
            painter.setPen(self._theme.colour("text"))
            painter.drawText(QRectF(x + name_width, 0, value_width + 2, height), flags, value)
            x += name_width + value_width + GAP_PX
