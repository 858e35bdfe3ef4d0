"""Who gets the graphics memory: one stacked bar, its legend, and what was given up.

GUI thread only.
"""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QCoreApplication, QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPainterPath, QPaintEvent
from PySide6.QtWidgets import QFrame, QGridLayout, QHBoxLayout, QVBoxLayout, QWidget

from desktop.records import MemoryPlanRecord, MemoryShare
from desktop.ui.i18n import Retranslated
from desktop.ui.theme import Theme
from desktop.ui.views.controls import label

GIB = 1 << 30
TOKENS = {
    "recogniser": "kind_place",
    "embedding": "kind_company",
    "reranker": "kind_service",
    "language model": "kind_technology",
    "others": "kind_other",
    "reserve": "border_strong",
}


def share_name(what: str) -> str:
    """Who it is for, in the language of the interface."""
    translate = QCoreApplication.translate
    names = {
        "recogniser": translate("MemoryPlan", "Captions"),
        "embedding": translate("MemoryPlan", "Embedding"),
        "reranker": translate("MemoryPlan", "Reranker"),
        "language model": translate("MemoryPlan", "Language model"),
        "others": translate("MemoryPlan", "Other programs"),
        "reserve": translate("MemoryPlan", "Reserve"),
    }
    return names.get(what, what)


class _Bar(QWidget):
    """Shares of the whole, with what is free in the ground's colour."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._plan: MemoryPlanRecord | None = None
        self.setFixedHeight(18)
        theme.changed.connect(self.update)

    def sizeHint(self) -> QSize:
        return QSize(400, 18)

    def show_plan(self, plan: MemoryPlanRecord) -> None:
        self._plan = plan
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        if self._plan is None:
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        outline = QPainterPath()
        outline.addRoundedRect(QRectF(self.rect()), 6, 6)
        painter.setClipPath(outline)
        painter.fillRect(self.rect(), self._theme.colour("meter_track"))
        shares = [share for share in self._plan.shares if share.device == "cuda" and share.bytes]
        whole = max(self._plan.total_bytes, sum(share.bytes for share in shares), 1)
        x = 0.0
        for share in shares:
            width = share.bytes / whole * self.width()
            colour = self._theme.colour(TOKENS.get(share.what, "kind_other"))
            painter.fillRect(QRectF(x, 0, max(1.0, width - 1.5), self.height()), colour)
            x += width


class _Key(QWidget):
    """A square in the colour of a share."""

    def __init__(self, theme: Theme, token: str) -> None:
        super().__init__()
        self._theme = theme
        self._token = token
        self.setFixedSize(12, 12)
        theme.changed.connect(self.update)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self._theme.colour(self._token))
        painter.drawRoundedRect(QRectF(1, 1, 10, 10), 3, 3)


class MemoryCard(Retranslated, QFrame):
    """Shows a `MemoryPlanRecord`; without a graphics card it says so."""

    def __init__(self, theme: Theme, say: Callable[[str], str] = str) -> None:
        super().__init__()
        self.setObjectName("card")
        self._theme = theme
        self._say = say
        self._plan: MemoryPlanRecord | None = None
        self._title = label("", "section")
        self._total = label("", "faint")
        self._bar = _Bar(theme)
        self._legend: QWidget | None = None
        self._notes = label("", "soft", wrap=True)
        top = QHBoxLayout()
        top.addWidget(self._title)
        top.addStretch(1)
        top.addWidget(self._total)
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(16, 14, 16, 14)
        self._column.setSpacing(10)
        self._column.addLayout(top)
        self._column.addWidget(self._bar)
        self._column.addWidget(self._notes)
        self.retranslate()

    def retranslate(self) -> None:
        self._bar.setAccessibleName(self.tr("Shares of the graphics memory"))
        if self._plan is not None:
            self.show_plan(self._plan)

    def show_plan(self, plan: MemoryPlanRecord) -> None:
        self._plan = plan
        card = bool(plan.card)
        self._title.setText(plan.card if card else self.tr("No graphics card"))
        planned = sum(share.bytes for share in plan.shares if share.device == "cuda")
        text = self.tr("{planned} of {total} GiB planned")
        total = f"{plan.total_bytes / GIB:.1f}"
        self._total.setText(text.format(planned=f"{planned / GIB:.1f}", total=total))
        self._total.setVisible(card)
        self._bar.setVisible(card)
        self._bar.show_plan(plan)
        self._show_legend(plan)
        notes = [self._say(note) for note in plan.given_up]
        if not plan.fits and card:
            notes.insert(0, self.tr("Not everything fits."))
        if plan.hint:
            notes.append(self._say(plan.hint))
        self._notes.setText("\n".join(notes))
        self._notes.setVisible(bool(notes))

    def _show_legend(self, plan: MemoryPlanRecord) -> None:
        if self._legend is not None:
            self._column.removeWidget(self._legend)
            self._legend.hide()
            self._legend.deleteLater()
        self._legend = QWidget()
        grid = QGridLayout(self._legend)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(10)
        grid.setVerticalSpacing(4)
        for row, share in enumerate(plan.shares):
            self._add_row(grid, row, share)
        grid.setColumnStretch(2, 1)
        self._column.insertWidget(2, self._legend)
        self._legend.setVisible(bool(plan.shares))

    def _add_row(self, grid: QGridLayout, row: int, share: MemoryShare) -> None:
        on_card = share.device.startswith("cuda")
        token = TOKENS.get(share.what, "kind_other") if on_card else "border_strong"
        grid.addWidget(_Key(self._theme, token), row, 0)
        grid.addWidget(label(share_name(share.what)), row, 1)
        grid.addWidget(label(self._say(share.detail), "faint", wrap=True), row, 2)
        if on_card:
            text = f"{share.bytes / GIB:.1f} GiB"
        else:
            text = self.tr("processor") if share.device == "cpu" else "–"
        grid.addWidget(label(text, "soft"), row, 3, Qt.AlignmentFlag.AlignRight)
