"""The field in which a transcript line is corrected, over the line itself."""

from __future__ import annotations

from PySide6.QtCore import QRect, Qt, Signal
from PySide6.QtGui import QFocusEvent, QFont, QKeyEvent, QTextCursor
from PySide6.QtWidgets import QPlainTextEdit, QWidget

MARGINS_PX = 16  # border, padding and the document's own, above and below together


class LineEditor(QPlainTextEdit):
    """Enter accepts, Escape gives up, leaving the field accepts; as high as its text needs."""

    accepted = Signal(str)
    closed = Signal()

    def __init__(self, text: str, font: QFont, place: QRect, parent: QWidget) -> None:
        super().__init__(parent)
        self._over = False
        self._least_px = place.height()
        self.setObjectName("line_editor")
        self.setFont(font)
        self.setPlainText(text)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setTabChangesFocus(True)
        self.setAccessibleName(self.tr("Corrected text"))
        self.put(place)
        self.moveCursor(QTextCursor.MoveOperation.End)
        self.show()
        self.setFocus()
        self.textChanged.connect(self._fit)
        self._fit()

    def put(self, place: QRect) -> None:
        """Moves it along with its line."""
        self.setGeometry(place.left(), place.top(), place.width(), max(self._needed(), 1))

    def _needed(self) -> int:
        lines = round(self.document().size().height())
        return max(self._least_px, lines * self.fontMetrics().lineSpacing() + MARGINS_PX)

    def _fit(self) -> None:
        self.resize(self.width(), self._needed())

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._finish(accept=True)
        elif event.key() == Qt.Key.Key_Escape:
            self._finish(accept=False)
        else:
            super().keyPressEvent(event)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        if event.reason() not in (
            Qt.FocusReason.PopupFocusReason,
            Qt.FocusReason.ActiveWindowFocusReason,
        ):
            self._finish(accept=True)

    def _finish(self, *, accept: bool) -> None:
        if self._over:
            return
        self._over = True
        if accept:
            self.accepted.emit(self.toPlainText().replace("\n", " "))
        self.closed.emit()
