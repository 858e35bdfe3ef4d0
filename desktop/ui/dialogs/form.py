"""Rows of settings: a name, a word of explanation, a control.  GUI thread only."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QScrollArea, QSlider, QVBoxLayout, QWidget

from desktop.ui.views.controls import label, rule

CONTROL_WIDTH = 232


class PercentSlider(QWidget):
    """A share from 0 to 1, as a slider with its value beside it."""

    changed = Signal(float)

    def __init__(self, value: float, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.slider = QSlider(Qt.Orientation.Horizontal)
        self.slider.setRange(0, 100)
        self.slider.setValue(round(value * 100))
        self._text = label("", "soft")
        self._text.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self._text.setFixedWidth(44)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(4)
        row.addWidget(self.slider, 1)
        row.addWidget(self._text)
        self.setFixedWidth(CONTROL_WIDTH)
        self.setFocusProxy(self.slider)
        self.slider.valueChanged.connect(self._on_value_changed)
        self._show()

    def _show(self) -> None:
        self._text.setText(f"{self.slider.value()}%")

    def _on_value_changed(self, value: int) -> None:
        self._show()
        self.changed.emit(value / 100)


class FormPage(QScrollArea):
    """One page of rows that scrolls when it must."""

    def __init__(self, title: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        body = QWidget()
        body.setObjectName("scroll_body")
        self._column = QVBoxLayout(body)
        self._column.setContentsMargins(28, 20, 28, 20)
        self._column.setSpacing(0)
        self._title = label(title, "title")
        self._column.addWidget(self._title)
        self._column.addSpacing(12)
        self._column.addStretch(1)
        self.setWidget(body)
        self._rows = 0

    @property
    def title(self) -> str:
        return self._title.text()

    def set_title(self, title: str) -> None:
        self._title.setText(title)

    def add_row(
        self, name: str, control: QWidget, hint: str = "", *, ruled: bool = True
    ) -> QWidget:
        """Adds a row and returns it; the control gets `name` and `hint` for screen readers.

        Without a rule it belongs to the row above.
        """
        spoken = control.focusProxy() or control
        spoken.setAccessibleName(name)
        spoken.setAccessibleDescription(hint)
        texts = QVBoxLayout()
        texts.setSpacing(2)
        texts.addWidget(label(name, "section" if ruled else "soft"))
        if hint:
            texts.addWidget(label(hint, "faint", wrap=True))
        row = QWidget()
        line = QHBoxLayout(row)
        line.setContentsMargins(0, 12 if ruled else 0, 0, 12)
        line.setSpacing(24)
        line.addLayout(texts, 1)
        line.addWidget(control, 0, Qt.AlignmentFlag.AlignVCenter)
        if self._rows and ruled:
            self.add_block(rule())
        self.add_block(row)
        self._rows += 1
        return row

    def add_block(self, block: QWidget) -> None:
        """Adds something as wide as the page, below what is there."""
        self._column.insertWidget(self._column.count() - 1, block)
