"""The last lines a server printed; follows unless one has scrolled up.  GUI thread only."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtGui import QFontDatabase, QGuiApplication
from PySide6.QtWidgets import QFrame, QHBoxLayout, QPlainTextEdit, QVBoxLayout, QWidget

from desktop.ui.i18n import Retranslated
from desktop.ui.theme import Theme
from desktop.ui.views.controls import IconButton, label

LINES = 200
HEIGHT_PX = 190


class LogView(Retranslated, QFrame):
    """Plain text only, whatever a server prints."""

    closed = Signal()

    def __init__(self, theme: Theme, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._name = name
        self._lines: tuple[str, ...] = ()
        self._title = label("", "faint")
        self._copy = IconButton(theme, "copy")
        self._text = QPlainTextEdit()
        self._text.setObjectName("log")
        self._text.setReadOnly(True)
        self._text.setFixedHeight(HEIGHT_PX)
        self._text.setMaximumBlockCount(LINES)
        self._text.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        font = QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont)
        font.setPointSizeF(9.0)
        self._text.setFont(font)
        top = QHBoxLayout()
        top.addWidget(self._title, 1)
        top.addWidget(self._copy)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 4, 0, 0)
        column.setSpacing(4)
        column.addLayout(top)
        column.addWidget(self._text)
        self._copy.clicked.connect(self._on_copy_clicked)
        self.retranslate()

    def retranslate(self) -> None:
        self._title.setText(self.tr("What it printed last"))
        self._copy.describe(self.tr("Copy these lines"))
        self._text.setAccessibleName(f"{self.tr('What it printed last')}: {self._name}")

    def show_lines(self, lines: Sequence[str]) -> None:
        """Shows lines, the newest last."""
        fresh = tuple(lines)[-LINES:]
        if fresh == self._lines or self._text.textCursor().hasSelection():
            return  # what somebody is about to copy does not run away
        self._lines = fresh
        bar = self._text.verticalScrollBar()
        follows, place = bar.value() >= bar.maximum() - 4, bar.value()
        self._text.setPlainText("\n".join(fresh))
        bar.setValue(bar.maximum() if follows else place)

    def _on_copy_clicked(self) -> None:
        QGuiApplication.clipboard().setText("\n".join(self._lines))
