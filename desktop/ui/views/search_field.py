"""A field to search or filter with.  GUI thread only."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QKeyEvent, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QLineEdit

from desktop.ui.theme import Theme
from desktop.ui.views.controls import IconButton


class SearchField(QLineEdit):
    """A line edit with a magnifier; Escape empties it."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.setObjectName("search")
        self._theme = theme
        self.empty = IconButton(theme, "close", self)
        self.empty.setIconSize(QSize(14, 14))
        self.empty.setCursor(Qt.CursorShape.ArrowCursor)
        self.empty.hide()
        self.empty.clicked.connect(self.clear)
        self.textChanged.connect(self._on_text_changed)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        size = self.empty.sizeHint().height()
        self.empty.setGeometry(self.width() - size - 2, (self.height() - size) // 2, size, size)

    def _on_text_changed(self, text: str) -> None:
        self.empty.setVisible(bool(text))

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        painter = QPainter(self)
        icon = self._theme.icon("search", "text_faint")
        icon.paint(painter, 10, (self.height() - 18) // 2, 18, 18)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.clear()
        else:
            super().keyPressEvent(event)
