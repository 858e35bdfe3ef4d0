"""Rows of settings: a name, a word of explanation, a control.  GUI thread only."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QHBoxLayout, QScrollArea, QVBoxLayout, QWidget

from desktop.ui.views.controls import label, rule

CONTROL_WIDTH = 232


class FormPage(QScrollArea):
    """One page of rows that scrolls when it must."""

    def __init__(self, title: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.title = title
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        body = QWidget()
        body.setObjectName("scroll_body")
        self._column = QVBoxLayout(body)
        self._column.setContentsMargins(28, 20, 28, 20)
        self._column.setSpacing(0)
        self._column.addWidget(label(title, "title"))
        self._column.addSpacing(12)
        self._column.addStretch(1)
        self.setWidget(body)
        self._rows = 0

    def add_row(self, name: str, control: QWidget, hint: str = "") -> None:
        """Adds a row; the control gets `name` and `hint` for screen readers."""
        control.setAccessibleName(name)
        control.setAccessibleDescription(hint)
        texts = QVBoxLayout()
        texts.setSpacing(2)
        texts.addWidget(label(name, "section"))
        if hint:
            texts.addWidget(label(hint, "faint", wrap=True))
        row = QWidget()
        line = QHBoxLayout(row)
        line.setContentsMargins(0, 12, 0, 12)
        line.setSpacing(24)
        line.addLayout(texts, 1)
        line.addWidget(control, 0, Qt.AlignmentFlag.AlignVCenter)
        place = self._column.count() - 1
        if self._rows:
            self._column.insertWidget(place, rule())
            place += 1
        self._column.insertWidget(place, row)
        self._rows += 1
