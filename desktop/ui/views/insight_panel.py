"""Beside the transcript: keywords with the passages that match, and answers.  GUI thread only."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QSplitter, QStackedWidget, QVBoxLayout, QWidget

from desktop.ui.i18n import Retranslated
from desktop.ui.theme import Theme
from desktop.ui.views.controls import IconButton, Segmented

TABS = ("keywords", "answers")
MIN_PX = 288
MAX_PX = 640
_NO_PASSAGES = [1, 0]  # what says so is given what it needs all the same


class InsightPanel(Retranslated, QFrame):
    """Two tabs; parts that are not set take no room.

    `set_keywords` and `set_passages` fill the first tab from above, `set_answers` the second.
    """

    close_requested = Signal()
    tab_shown = Signal(str)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("insight")
        self.setMinimumWidth(MIN_PX)
        self.setMaximumWidth(MAX_PX)
        self.tabs = Segmented(theme, (("keywords", "tag"), ("answers", "ask")))
        self._close = IconButton(theme, "close")
        self._stack = QStackedWidget()
        self._first = QSplitter(Qt.Orientation.Vertical)
        self._first.setHandleWidth(1)
        self._first.setChildrenCollapsible(False)
        self._shares = False  # the room is shared with passages
        self._sizes: list[int] = []  # as somebody left them
        self._stack.addWidget(self._first)
        top = QHBoxLayout()
        top.setContentsMargins(12, 13, 8, 13)
        top.setSpacing(8)
        top.addWidget(self.tabs)
        top.addStretch(1)
        top.addWidget(self._close)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(top)
        column.addWidget(self._stack, 1)
        self.tabs.set_value("keywords")
        self.tabs.hide()
        self.tabs.chosen.connect(self.show_tab)
        self._close.clicked.connect(self.close_requested)
        self.retranslate()

    def retranslate(self) -> None:
        self.setAccessibleName(self.tr("Insights"))
        texts = {"keywords": self.tr("Keywords"), "answers": self.tr("Questions")}
        self.tabs.set_texts(texts, self.tr("Show"))
        self._close.describe(self.tr("Hide this panel"), "Ctrl+I")

    @property
    def tab(self) -> str:
        """The tab shown, "keywords" or "answers"."""
        return self.tabs.value()

    def set_keywords(self, widget: QWidget) -> None:
        """The upper part of the first tab."""
        self._first.insertWidget(0, widget)
        self._first.setStretchFactor(0, 1)

    def set_passages(self, widget: QWidget) -> None:
        """The lower part of the first tab: passages that match what is being said."""
        self._first.addWidget(widget)
        self._first.setStretchFactor(self._first.count() - 1, 0)
        self._first.setSizes(_NO_PASSAGES)

    def share(self, passages: bool) -> None:
        """Gives passages half of the room, or what somebody gave them, once there are any."""
        if passages == self._shares:
            return
        if self._shares:
            self._sizes = self._first.sizes()
        self._shares = passages
        self._first.setStretchFactor(self._first.count() - 1, int(passages))
        half = sum(self._first.sizes()) // 2
        self._first.setSizes((self._sizes or [half, half]) if passages else _NO_PASSAGES)

    def set_answers(self, widget: QWidget) -> None:
        """The second tab: questions and their answers."""
        self._stack.addWidget(widget)
        self.tabs.show()

    def show_tab(self, name: str) -> None:
        """Brings a tab to the front; one that is not filled changes nothing."""
        if name not in TABS or TABS.index(name) >= self._stack.count():
            return
        self.tabs.set_value(name)
        self._stack.setCurrentIndex(TABS.index(name))
        self.tab_shown.emit(name)
