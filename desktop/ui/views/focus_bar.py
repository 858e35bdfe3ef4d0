"""Over the transcript while one keyword is looked for: which, how often, on and back.

GUI thread only.
"""

from __future__ import annotations

from PySide6.QtCore import QSize, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QWidget

from desktop.ui.i18n import Retranslated
from desktop.ui.models.plain_text import one_line, plain_tip
from desktop.ui.theme import Theme
from desktop.ui.views.controls import IconButton, label

MAX_TEXT = 24


class FocusBar(Retranslated, QFrame):
    """Floats at the top right of the transcript, which never moves because of it."""

    stepped = Signal(int)  # +1 on, -1 back
    cleared = Signal()

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("focus_bar")
        self._text = label("", "section")
        self._place = label("", "faint")
        self._back = IconButton(theme, "up")
        self._on = IconButton(theme, "chevron-down")
        self._close = IconButton(theme, "close")
        row = QHBoxLayout(self)
        row.setContentsMargins(14, 3, 5, 3)
        row.setSpacing(2)
        row.addWidget(self._text)
        row.addSpacing(6)
        row.addWidget(self._place)
        row.addSpacing(4)
        for button in (self._back, self._on, self._close):
            button.setIconSize(QSize(18, 18))
            row.addWidget(button)
        self._back.clicked.connect(lambda: self.stepped.emit(-1))
        self._on.clicked.connect(lambda: self.stepped.emit(1))
        self._close.clicked.connect(self.cleared)
        self.hide()
        self.retranslate()

    def retranslate(self) -> None:
        self._back.describe(self.tr("Previous place"))
        self._on.describe(self.tr("Next place"))
        self._close.describe(self.tr("Show the whole transcript"), "Esc")

    def show_place(self, text: str, number: int, count: int) -> None:
        """`number` counts from 1."""
        short = text if len(text) <= MAX_TEXT else f"{text[: MAX_TEXT - 1]}…"
        self._text.setText(one_line(short))
        self._text.setToolTip(plain_tip(text) if short != text else "")
        self._place.setText(f"{number} / {count}")
        self._back.setEnabled(count > 1)
        self._on.setEnabled(count > 1)
        self.show()
        self.adjustSize()
        self.raise_()

    def place(self, width: int) -> None:
        """Stands at the right of a viewport of this width."""
        self.adjustSize()
        self.move(max(8, width - self.width() - 20), 10)
