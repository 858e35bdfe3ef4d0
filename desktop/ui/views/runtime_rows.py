"""The separate environments of the big servers: install, follow, cancel, remove.

GUI thread only.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from enum import Enum, auto

from PySide6.QtCore import Signal
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QProgressBar,
    QPushButton,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from desktop.events import ProgressReported
from desktop.records import RuntimeRecord
from desktop.ui.i18n import Retranslated
from desktop.ui.theme import Theme
from desktop.ui.views.controls import IconButton, label, rule
from desktop.ui.views.task_cards import STEPS, amount

TASK = "runtime:"


class Offer(Enum):
    """Whether an environment can be installed from here."""

    NONE = auto()  # unknown, installed, or it cannot run on this machine
    POSSIBLE = auto()
    UNDER_WAY = auto()


class RuntimeRow(Retranslated, QFrame):
    """One environment."""

    install_requested = Signal(str)
    cancel_requested = Signal(str)
    remove_requested = Signal(str)

    def __init__(self, theme: Theme, record: RuntimeRecord, say: Callable[[str], str]) -> None:
        super().__init__()
        self._say = say
        self._record = record
        self._progress: ProgressReported | None = None
        self._name = label("", "section")
        self._facts = label("", "faint")
        self._reason = label("", "soft", wrap=True)
        policy = self._reason.sizePolicy()
        policy.setHorizontalPolicy(QSizePolicy.Policy.Ignored)
        self._reason.setSizePolicy(policy)
        self._bar = QProgressBar()
        self._bar.setTextVisible(False)
        self._remove = IconButton(theme, "trash")
        self._button = QPushButton()
        self._button.setMinimumWidth(104)
        left = QVBoxLayout()
        left.setSpacing(3)
        for widget in (self._name, self._facts, self._reason, self._bar):
            left.addWidget(widget)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 10, 0, 10)
        row.setSpacing(8)
        row.addLayout(left, 1)
        row.addWidget(self._remove)
        row.addWidget(self._button)
        self._button.clicked.connect(self._on_button_clicked)
        self._remove.clicked.connect(lambda: self.remove_requested.emit(self._record.name))
        self.retranslate()

    def retranslate(self) -> None:
        self._show()

    def show_record(self, record: RuntimeRecord) -> None:
        self._record = record
        if not record.installing:
            self._progress = None
        self._show()

    def show_progress(self, event: ProgressReported) -> None:
        self._progress = None if event.finished or event.error else event
        self._show()

    @property
    def offer(self) -> Offer:
        record = self._record
        if record.installing or self._progress is not None:
            return Offer.UNDER_WAY
        wanted = not record.installed or bool(record.reason)
        return Offer.POSSIBLE if wanted and record.possible else Offer.NONE

    def _show(self) -> None:
        record, progress = self._record, self._progress
        busy = record.installing or progress is not None
        name = self._say(record.label)
        self._name.setText(name)
        self._facts.setText(self._facts_of(record, progress, busy))
        reason = " ".join(self._say(text) for text in (record.reason, record.hint) if text)
        self._reason.setText(reason)
        self._reason.setVisible(bool(reason) and not busy)
        self._bar.setVisible(busy)
        self._bar.setAccessibleName(name)
        if progress is not None and progress.total > 0:
            self._bar.setRange(0, STEPS)
            self._bar.setValue(round(STEPS * min(1.0, progress.done / progress.total)))
        else:
            self._bar.setRange(0, 0)
        text = self.tr("Cancel") if busy else self.tr("Install")
        self._button.setText(text)
        self._button.setAccessibleName(f"{text}: {name}")
        # One that was interrupted, or is out of date, is installed again.
        self._button.setVisible(busy or not record.installed or bool(record.reason))
        self._button.setEnabled(busy or record.possible)
        self._remove.setVisible(record.installed and not busy)
        self._remove.describe(self.tr("Remove {name}").format(name=name))

    def _facts_of(
        self, record: RuntimeRecord, progress: ProgressReported | None, busy: bool
    ) -> str:
        if progress is not None and progress.total > 0:
            done = amount(progress.done, progress.unit)
            return f"{done} / {amount(progress.total, progress.unit)}"
        size = amount(record.size_bytes, "bytes")
        if busy:
            return self.tr("installing")
        if record.installed:
            parts = [self.tr("installed"), record.version, size]
        else:
            parts = [self.tr("not installed"), self.tr("takes about {size}").format(size=size)]
        return " · ".join(part for part in parts if part)

    def _on_button_clicked(self) -> None:
        busy = self._record.installing or self._progress is not None
        (self.cancel_requested if busy else self.install_requested).emit(self._record.name)


class RuntimesCard(QFrame):
    """All environments; known ones keep their row and its progress."""

    changed = Signal()

    install_requested = Signal(str)
    cancel_requested = Signal(str)
    remove_requested = Signal(str)

    def __init__(self, theme: Theme, say: Callable[[str], str], parent: QWidget | None = None):
        super().__init__(parent)
        self.setObjectName("card")
        self._theme = theme
        self._say = say
        self._rows: dict[str, RuntimeRow] = {}
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(16, 4, 12, 4)
        self._column.setSpacing(0)

    def offer(self, name: str) -> Offer:
        """Whether the environment `name` can be installed now."""
        return self._rows[name].offer if name in self._rows else Offer.NONE

    def row(self, name: str) -> RuntimeRow | None:
        return self._rows.get(name)

    def show_records(self, records: Sequence[RuntimeRecord]) -> None:
        for record in records:
            row = self._rows.get(record.name)
            if row is not None:
                row.show_record(record)
                continue
            row = RuntimeRow(self._theme, record, self._say)
            row.install_requested.connect(self.install_requested)
            row.cancel_requested.connect(self.cancel_requested)
            row.remove_requested.connect(self.remove_requested)
            if self._rows:
                self._column.addWidget(rule())
            self._rows[record.name] = row
            self._column.addWidget(row)
        self.changed.emit()

    def show_progress(self, event: ProgressReported) -> None:
        row = self._rows.get(event.task.removeprefix(TASK))
        if row is not None:
            before = row.offer
            row.show_progress(event)
            if row.offer is not before:
                self.changed.emit()
