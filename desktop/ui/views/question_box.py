"""Where questions are typed: Enter sends, Shift+Enter breaks the line.  GUI thread only."""

from __future__ import annotations

from PySide6.QtCore import QMimeData, Qt, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent, QTextOption
from PySide6.QtWidgets import QFrame, QHBoxLayout, QPlainTextEdit, QWidget

from desktop.ui.i18n import Retranslated
from desktop.ui.theme import Theme
from desktop.ui.views.controls import IconButton, set_role

MAX_LINES = 6
LONGEST = 4000  # characters of a question


class _Edit(QPlainTextEdit):
    sent = Signal()
    focus_changed = Signal()

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self.focus_changed.emit()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self.focus_changed.emit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        enter = event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter)
        if enter and not event.modifiers() & Qt.KeyboardModifier.ShiftModifier:
            self.sent.emit()
        else:
            super().keyPressEvent(event)

    def insertFromMimeData(self, source: QMimeData) -> None:
        if source.hasText():
            self.insertPlainText(source.text()[:LONGEST])

    def canInsertFromMimeData(self, source: QMimeData) -> bool:
        return source.hasText() and not source.hasUrls()  # files go to the window


class QuestionBox(Retranslated, QFrame):
    """A text field that grows with its text, and a button that sends or stops."""

    asked = Signal(str)
    stop_requested = Signal()

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("question_box")
        self._theme = theme
        self._busy = False
        self._follows = False
        self.edit = _Edit()
        self.edit.setObjectName("question_edit")
        self.send = IconButton(theme, "send")
        self.send.setObjectName("send")
        self.edit.setTabChangesFocus(True)
        self.edit.setWordWrapMode(QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)
        self.edit.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAsNeeded)
        self.edit.document().setDocumentMargin(4)
        row = QHBoxLayout(self)
        row.setContentsMargins(8, 6, 6, 6)
        row.setSpacing(6)
        row.addWidget(self.edit, 1)
        row.addWidget(self.send, 0, Qt.AlignmentFlag.AlignBottom)
        self.edit.sent.connect(self._on_sent)
        self.edit.focus_changed.connect(self._on_focus_changed)
        self.send.clicked.connect(self._on_send_clicked)
        self.edit.textChanged.connect(self._on_text_changed)
        theme.changed.connect(self._show_button)
        self.retranslate()
        self._fit()

    def retranslate(self) -> None:
        follow, first = self.tr("Ask a follow-up question"), self.tr("Ask your documents")
        self.edit.setPlaceholderText(follow if self._follows else first)
        self.edit.setAccessibleName(self.tr("Question"))
        self._show_button()

    def set_busy(self, busy: bool) -> None:
        """While an answer is written the button stops it."""
        self._busy = busy
        self._show_button()

    def set_follows(self, follows: bool) -> None:
        """True once there is something to follow up on."""
        self._follows = follows
        self.retranslate()

    def put(self, text: str) -> None:
        """Puts a question there to be changed or sent."""
        self.edit.setPlainText(text[:LONGEST])
        cursor = self.edit.textCursor()
        cursor.movePosition(cursor.MoveOperation.End)
        self.edit.setTextCursor(cursor)
        self.edit.setFocus(Qt.FocusReason.OtherFocusReason)

    @property
    def question(self) -> str:
        return self.edit.toPlainText().strip()[:LONGEST]

    def _show_button(self) -> None:
        if self._busy:
            self.send.set_icon("stop", "danger_text")
            self.send.describe(self.tr("Stop answering"), "Esc")
        else:
            ready = bool(self.question)
            self.send.set_icon("send", "on_accent" if ready else "text_faint")
            self.send.describe(self.tr("Ask"), "Return")
        self.send.setEnabled(self._busy or bool(self.question))
        filled = "true" if not self._busy and self.question else "false"
        if self.send.property("filled") != filled:
            self.send.setProperty("filled", filled)
            self.send.style().unpolish(self.send)
            self.send.style().polish(self.send)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape and self._busy:
            self.stop_requested.emit()
        else:
            super().keyPressEvent(event)

    def _on_focus_changed(self) -> None:
        """The frame around the field shows what the field itself has no frame for."""
        set_role(self, "focused" if self.edit.hasFocus() else "")

    def _on_sent(self) -> None:
        if self.question and not self._busy:
            question = self.question
            self.edit.clear()
            self.asked.emit(question)

    def _on_send_clicked(self) -> None:
        if self._busy:
            self.stop_requested.emit()
        else:
            self._on_sent()

    def _on_text_changed(self) -> None:
        self._show_button()
        self._fit()

    def _fit(self) -> None:
        lines = min(MAX_LINES, max(1, round(self.edit.document().size().height())))
        height = lines * self.edit.fontMetrics().lineSpacing() + 12
        if self.edit.height() != height:
            self.edit.setFixedHeight(height)
