"""Long tasks under way: a title, a bar, a way to stop.  GUI thread only."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QProgressBar, QVBoxLayout, QWidget

from desktop.events import ProgressReported
from desktop.ui.i18n import Retranslated
from desktop.ui.models.transcript_line import clock
from desktop.ui.theme import Theme
from desktop.ui.views.controls import ElidedLabel, IconButton, label

STEPS = 1000


def amount(value: float, unit: str) -> str:
    """A quantity in the unit of a progress report."""
    if unit in ("bytes", "B"):
        return f"{value / 1e9:.2f} GB" if value >= 1e9 else f"{value / 1e6:.0f} MB"
    if unit in ("s", "seconds"):
        return clock(value)
    return f"{value:g} {unit}".strip()


class TaskCard(Retranslated, QFrame):
    """One task."""

    cancel_requested = Signal(str)

    def __init__(self, theme: Theme, task: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("card")
        self._task = task
        self._title = ElidedLabel("", "section")
        self._amount = label("", "faint")
        self._bar = QProgressBar()
        self._bar.setRange(0, STEPS)
        self._bar.setTextVisible(False)
        self._cancel = IconButton(theme, "close")
        top = QHBoxLayout()
        top.addWidget(self._title, 1)
        top.addWidget(self._amount)
        left = QVBoxLayout()
        left.setSpacing(7)
        left.addLayout(top)
        left.addWidget(self._bar)
        row = QHBoxLayout(self)
        row.setContentsMargins(14, 8, 8, 10)
        row.setSpacing(10)
        row.addLayout(left, 1)
        row.addWidget(self._cancel)
        self._cancel.clicked.connect(self._on_cancel_clicked)
        self.retranslate()

    def retranslate(self) -> None:
        self._cancel.describe(self.tr("Cancel"))

    def show_progress(self, event: ProgressReported) -> None:
        self._title.setText(event.title)
        self._bar.setAccessibleName(event.title)
        self._cancel.setAccessibleName(f"{self._cancel.toolTip()}: {event.title}")
        if event.total > 0:
            self._bar.setRange(0, STEPS)
            self._bar.setValue(round(STEPS * min(1.0, event.done / event.total)))
            percent = f"{min(1.0, event.done / event.total):.0%}"
            parts = f"{amount(event.done, event.unit)} / {amount(event.total, event.unit)}"
            self._amount.setText(f"{parts} · {percent}")
        else:
            self._bar.setRange(0, 0)
            self._amount.setText(amount(event.done, event.unit) if event.done else "")

    def _on_cancel_clicked(self) -> None:
        self._cancel.setEnabled(False)
        self.cancel_requested.emit(self._task)


class TaskCards(QWidget):
    """All tasks under way; a finished one leaves."""

    cancel_requested = Signal(str)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._cards: dict[str, TaskCard] = {}
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(16, 8, 16, 8)
        self._column.setSpacing(8)
        self.hide()

    @property
    def tasks(self) -> list[str]:
        return list(self._cards)

    def show_progress(self, event: ProgressReported) -> None:
        if event.finished or event.error:
            card = self._cards.pop(event.task, None)
            if card is not None:
                self._column.removeWidget(card)
                card.hide()
                card.deleteLater()
        else:
            card = self._cards.get(event.task)
            if card is None:
                card = TaskCard(self._theme, event.task)
                card.cancel_requested.connect(self.cancel_requested)
                self._cards[event.task] = card
                self._column.addWidget(card)
            card.show_progress(event)
        self.setVisible(bool(self._cards))
