"""The card that shows where every captured second went.  GUI thread only."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QFrame, QGridLayout, QVBoxLayout, QWidget

from desktop.events import SAMPLE_RATE_HZ, LedgerUpdated, Track
from desktop.ui.i18n import Retranslated
from desktop.ui.models.transcript_line import clock
from desktop.ui.models.transcript_words import default_name
from desktop.ui.theme import Theme
from desktop.ui.views.controls import label


def ledger_adds_up(entry: LedgerUpdated) -> bool:
    """captured + gaps = timeline and transcribed + silence + pending = timeline."""
    read = entry.transcribed_samples + entry.silence_samples + entry.pending_samples
    return (
        entry.captured_samples + entry.gap_samples == entry.timeline_samples
        and read == entry.timeline_samples
    )


class _Shares(QWidget):
    """A bar of the shares of one track."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._shares: list[tuple[str, float]] = []

    def sizeHint(self) -> QSize:
        return QSize(280, 8)

    def set_shares(self, shares: list[tuple[str, float]]) -> None:
        self._shares = shares
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setPen(Qt.PenStyle.NoPen)
        x, whole = 0.0, sum(share for _, share in self._shares) or 1.0
        for colour, share in self._shares:
            width = share / whole * self.width()
            painter.setBrush(self._theme.colour(colour))
            painter.drawRect(QRectF(x, 0, max(0.0, width - 1), self.height()))
            x += width


class LedgerEntry(Retranslated, QWidget):
    """What became of one track's sound; its numbers change in place."""

    def __init__(self, theme: Theme, entry: LedgerUpdated) -> None:
        super().__init__()
        self._entry = entry
        self._name = label("", "section")
        self._total = label("", "section")
        self._bar = _Shares(theme)
        self._bar.setFixedHeight(8)
        self._parts = [(label("", "soft"), label("", "soft")) for _ in range(4)]
        right = Qt.AlignmentFlag.AlignRight
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(24)
        grid.setVerticalSpacing(5)
        grid.addWidget(self._name, 0, 0)
        grid.addWidget(self._total, 0, 1, right)
        grid.addWidget(self._bar, 1, 0, 1, 2)
        for row, (name, amount) in enumerate(self._parts, 2):
            grid.addWidget(name, row, 0)
            grid.addWidget(amount, row, 1, right)
        self.retranslate()

    def retranslate(self) -> None:
        names = (
            self.tr("Transcribed"),
            self.tr("Silence"),
            self.tr("of that, gaps"),
            self.tr("Still to come"),
        )
        for (name, _), text in zip(self._parts, names, strict=True):
            name.setText(text)
        self.show_entry(self._entry)

    def show_entry(self, entry: LedgerUpdated) -> None:
        self._entry = entry
        self._name.setText(default_name(entry.track))
        self._total.setText(clock(entry.timeline_samples / SAMPLE_RATE_HZ))
        gaps_counted = min(entry.gap_samples, entry.silence_samples)
        self._bar.set_shares(
            [
                ("meter_low", entry.transcribed_samples),
                ("border_strong", entry.silence_samples - gaps_counted),
                ("meter_high", gaps_counted),
                ("pressed", entry.pending_samples),
            ]
        )
        amounts = (
            entry.transcribed_samples,
            entry.silence_samples,
            entry.gap_samples,
            entry.pending_samples,
        )
        for (_, amount), samples in zip(self._parts, amounts, strict=True):
            text = self.tr("{seconds} s").format(seconds=f"{samples / SAMPLE_RATE_HZ:,.1f}")
            amount.setText(text)


class LedgerCard(Retranslated, QFrame):
    """A popup over the status strip."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent, Qt.WindowType.Popup)
        self.setObjectName("card")
        self._theme = theme
        self._entries: dict[Track, LedgerEntry] = {}
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(16, 14, 16, 14)
        self._column.setSpacing(16)
        theme.changed.connect(self.update)
        self.retranslate()

    def retranslate(self) -> None:
        self.setAccessibleName(self.tr("Where every second went"))

    def show_ledger(self, entry: LedgerUpdated) -> None:
        shown = self._entries.get(entry.track)
        if shown is None:
            shown = self._entries[entry.track] = LedgerEntry(self._theme, entry)
            self._column.addWidget(shown)
        else:
            shown.show_entry(entry)

    def clear(self) -> None:
        for entry in self._entries.values():
            self._column.removeWidget(entry)
            entry.hide()
            entry.deleteLater()
        self._entries.clear()
