"""Questions and answers: the conversation, and the place to ask.  GUI thread only."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from desktop.ui.i18n import Retranslated
from desktop.ui.models.conversation import Turn
from desktop.ui.theme import Theme
from desktop.ui.views.controls import ElidedLabel, IconButton, label
from desktop.ui.views.conversation_view import ConversationView
from desktop.ui.views.question_box import QuestionBox

ROOM_PX = 330  # what the empty state needs without its examples, and each of them
EXAMPLE_PX = 46
WORDS_PX = 160  # icon, title and text of the empty state


class AnswersPanel(Retranslated, QFrame):
    """Put it where there is room: it is usable from some 260 pixels on."""

    asked = Signal(str)
    stop_requested = Signal()
    new_requested = Signal()

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("answers_panel")
        self._theme = theme
        self._ready = -1  # documents that answer; not known yet
        self._scope = ElidedLabel("", "faint")
        self._new = IconButton(theme, "plus")
        self.view = ConversationView(theme)
        self.box = QuestionBox(theme)
        self._icon = QLabel()
        self._title = label("", "heading")
        self._text = label("", "soft", wrap=True)
        self._examples = [QPushButton() for _ in range(3)]
        self._stack = QStackedWidget()
        self._arrange()
        self._connect()
        self._on_theme_changed()
        self.retranslate()
        self.clear()

    def _arrange(self) -> None:
        head = QHBoxLayout()
        head.setContentsMargins(16, 8, 8, 8)
        head.addStrut(34)
        head.addWidget(self._scope, 1)
        head.addWidget(self._new)
        empty = QWidget()
        empty.setMinimumHeight(WORDS_PX)  # examples do not keep the window from being lower
        inside = QVBoxLayout(empty)
        inside.setContentsMargins(20, 16, 20, 16)
        inside.setSpacing(8)
        inside.addStretch(2)
        inside.addWidget(self._icon, 0, Qt.AlignmentFlag.AlignHCenter)
        for words in (self._title, self._text):
            words.setAlignment(Qt.AlignmentFlag.AlignHCenter)
            inside.addWidget(words)
        inside.addSpacing(8)
        for button in self._examples:
            button.setProperty("role", "example")
            inside.addWidget(button)
        inside.addStretch(3)
        self._stack.addWidget(empty)
        self._stack.addWidget(self.view)
        foot = QHBoxLayout()
        foot.setContentsMargins(12, 4, 12, 12)
        foot.addWidget(self.box)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(head)
        column.addWidget(self._stack, 1)
        column.addLayout(foot)

    def _connect(self) -> None:
        self.box.asked.connect(self.asked)
        self.box.stop_requested.connect(self.stop_requested)
        self._new.clicked.connect(self.new_requested)
        self._theme.changed.connect(self._on_theme_changed)
        for button in self._examples:
            button.clicked.connect(self._on_example_clicked)

    def retranslate(self) -> None:
        self._new.describe(self.tr("New conversation"))
        self._title.setText(self.tr("Ask in your own words"))
        self._text.setText(
            self.tr("Answers come from your documents and meetings, with the place they stand on.")
        )
        examples = (
            self.tr("What was decided in the last meeting?"),
            self.tr("Which dates and deadlines are named?"),
            self.tr("Summarise the risks that are named."),
        )
        for button, text in zip(self._examples, examples, strict=True):
            button.setText(text)
            button.setAccessibleName(text)
        self._show_scope()

    def set_scope(self, documents: int) -> None:
        """Says how many documents answers are drawn from."""
        self._ready = documents
        self._show_scope()

    def show_turn(self, turn: Turn, *, busy: bool) -> None:
        self._stack.setCurrentWidget(self.view)
        self.view.show_turn(turn)
        self.box.set_busy(busy)
        self.box.set_follows(True)
        self._new.show()

    def clear(self) -> None:
        """The state before the first question."""
        self.view.clear()
        self.box.set_busy(False)
        self.box.set_follows(False)
        self._new.hide()
        self._stack.setCurrentIndex(0)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        for number, button in enumerate(self._examples):
            button.setVisible(event.size().height() > ROOM_PX + number * EXAMPLE_PX)

    def _show_scope(self) -> None:
        if self._ready > 0:
            self._scope.setText(self.tr("Answers from %n document(s)", None, self._ready))
        elif self._ready == 0:
            self._scope.setText(self.tr("No documents yet: drop some on the window"))

    def _on_example_clicked(self) -> None:
        button = self.sender()
        if isinstance(button, QPushButton):
            self.box.put(button.text())

    def _on_theme_changed(self) -> None:
        pixmap = self._theme.pixmap("ask", "accent_text", 40, self.devicePixelRatioF())
        self._icon.setPixmap(pixmap)
