"""The card that shows where every captured second went.  GUI thread only."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QFrame, QGridLayout, QVBoxLayout, QWidget

from desktop.events import SAMPLE_RATE_HZ, LedgerUpdated, Track
from desktop.ui.i18n import Retranslated
from desktop.ui.models.transcript_line import clock
from desktop.ui.theme import Theme
from desktop.ui.views.controls import label
from desktop.ui.views.line_painter import default_name


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


class LedgerCard(Retranslated, QFrame):
    """A popup over the status strip."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent, Qt.WindowType.Popup)
        self.setObjectName("card")
        self._theme = theme
        self._entries: dict[Track, LedgerUpdated] = {}
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(16, 14, 16, 14)
        self._column.setSpacing(10)
        self._body: QWidget | None = None
        theme.changed.connect(self.retranslate)

    def retranslate(self) -> None:
        self.setAccessibleName(self.tr("Where every second went"))
        if self.isVisible():
            self._rebuild()

    def show_ledger(self, entry: LedgerUpdated) -> None:
        self._entries[entry.track] = entry
        if self.isVisible():
            self._rebuild()

    def clear(self) -> None:
        self._entries.clear()

    def setVisible(self, visible: bool) -> None:
        if visible:
            self._rebuild()
            self.adjustSize()
        super().setVisible(visible)

    def adjustSize(self) -> None:
        if self._body is None:
            self._rebuild()
        super().adjustSize()

    def _rebuild(self) -> None:
        if self._body is not None:
            self._column.removeWidget(self._body)
            self._body.hide()
            self._body.deleteLater()
        self._body = QWidget()
        grid = QGridLayout(self._body)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(24)
        grid.setVerticalSpacing(5)
        row = 0
        for track, entry in self._entries.items():
            row = self._add_entry(grid, row, track, entry)
        self._column.addWidget(self._body)

    def _add_entry(self, grid: QGridLayout, row: int, track: Track, entry: LedgerUpdated) -> int:
        heading = label(default_name(track), "section")
        total = label(clock(entry.timeline_samples / SAMPLE_RATE_HZ), "section")
        grid.addWidget(heading, row, 0)
        grid.addWidget(total, row, 1, Qt.AlignmentFlag.AlignRight)
        bar = _Shares(self._theme)
        bar.setFixedHeight(8)
        gaps_counted = min(entry.gap_samples, entry.silence_samples)
        bar.set_shares(
            [
                ("meter_low", entry.transcribed_samples),
                ("border_strong", entry.silence_samples - gaps_counted),
                ("meter_high", gaps_counted),
                ("pressed", entry.pending_samples),
            ]
        )
        grid.addWidget(bar, row + 1, 0, 1, 2)
        parts = (
            (self.tr("Transcribed"), entry.transcribed_samples),
            (self.tr("Silence"), entry.silence_samples),
            (self.tr("of that, gaps"), entry.gap_samples),
            (self.tr("Still to come"), entry.pending_samples),
        )
        row += 2
        for name, samples in parts:
            grid.addWidget(label(name, "soft"), row, 0)
            text = f"{samples / SAMPLE_RATE_HZ:,.1f} s"
            grid.addWidget(label(text, "soft"), row, 1, Qt.AlignmentFlag.AlignRight)
            row += 1
        grid.setRowMinimumHeight(row, 6)
        return row + 1
