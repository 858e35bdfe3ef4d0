"""Paints one document of the list: its kind, name, facts, state, and why it failed.

All rows are equally high, so a list of thousands costs what is in view.  GUI thread only.
"""

from __future__ import annotations

from pathlib import PurePath

from PySide6.QtCore import (
    QModelIndex,
    QPersistentModelIndex,
    QRect,
    QRectF,
    QSize,
    Qt,
)
from PySide6.QtGui import QFont, QPainter, QPen
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem, QWidget

from desktop.events import Document, DocumentState
from desktop.ui.models.document_list import DOCUMENT_ROLE
from desktop.ui.models.document_words import (
    TRANSCRIPT,
    WORKING,
    facts_text,
    state_text,
    warning_text,
)
from desktop.ui.models.plain_text import one_line
from desktop.ui.theme import Theme

Index = QModelIndex | QPersistentModelIndex
ROW_HEIGHT = 66
MORE_WIDTH = 40
SIDE = 24
_BADGE = 40
_CHIP_HEIGHT = 20
_ALIGN = Qt.AlignmentFlag
_KIND_COLOURS = {
    "pdf": "danger_text",
    "docx": "lane_file",
    "hwp": "lane_file",
    "hwpx": "lane_file",
    "pptx": "warning_text",
    "xlsx": "accent_text",
    "csv": "accent_text",
    TRANSCRIPT: "lane_others",
}
_LONGEST_KIND = 4


class DocumentDelegate(QStyledItemDelegate):
    """Two lines: what it is, and how it stands."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        return QSize(200, ROW_HEIGHT)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        document: Document = index.data(DOCUMENT_ROLE)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        rect: QRect = option.rect
        self._ground(painter, rect, option)
        inner = rect.adjusted(SIDE, 0, -SIDE, 0)
        self._badge(painter, inner, document.kind)
        right = inner.right() - MORE_WIDTH
        if option.state & (QStyle.StateFlag.State_MouseOver | QStyle.StateFlag.State_Selected):
            self._theme.icon("more").paint(
                painter, more_area(rect).adjusted(8, 21, -8, -21), Qt.AlignmentFlag.AlignCenter
            )
        left = inner.left() + _BADGE + 14
        right = self._state(painter, QRect(left, inner.top(), right - left, ROW_HEIGHT), document)
        self._texts(painter, QRect(left, inner.top(), right - left - 16, ROW_HEIGHT), document)
        painter.restore()

    def _ground(self, painter: QPainter, rect: QRect, option: QStyleOptionViewItem) -> None:
        card = QRectF(rect.adjusted(SIDE - 12, 1, -(SIDE - 12), -1))
        selected = bool(option.state & QStyle.StateFlag.State_Selected)
        if selected or option.state & QStyle.StateFlag.State_MouseOver:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(self._theme.colour("accent_tint" if selected else "hover"))
            painter.drawRoundedRect(card, 8, 8)
        if option.state & QStyle.StateFlag.State_HasFocus:
            painter.setPen(QPen(self._theme.colour("accent"), 2))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(card.adjusted(1, 1, -1, -1), 8, 8)

    def _badge(self, painter: QPainter, inner: QRect, kind: str) -> None:
        box = QRect(inner.left(), inner.center().y() - _BADGE // 2 + 1, _BADGE, _BADGE)
        painter.setPen(self._theme.colour("border"))
        painter.setBrush(self._theme.colour("raised"))
        painter.drawRoundedRect(QRectF(box).adjusted(0.5, 0.5, -0.5, -0.5), 8, 8)
        colour = _KIND_COLOURS.get(kind, "text_soft")
        if kind in (TRANSCRIPT, "") or len(kind) > _LONGEST_KIND:
            icon = "mic" if kind == TRANSCRIPT else "file"
            self._theme.icon(icon, colour).paint(painter, box.adjusted(10, 10, -10, -10))
            return
        painter.setFont(_sized(painter.font(), 8, bold=True))
        painter.setPen(self._theme.colour(colour))
        painter.drawText(box, int(_ALIGN.AlignCenter), kind.upper())

    def _state(self, painter: QPainter, area: QRect, document: Document) -> int:
        """Paints how far it is; returns where the room for texts ends."""
        if document.state in WORKING:
            return self._progress(painter, area, document)
        right = area.right()
        painter.setFont(_sized(painter.font(), 9))
        chips = []
        if document.folder:
            name = one_line(PurePath(document.folder).name or document.folder)
            chips.append(("folder", name, "text_soft", "raised"))
        for chip in chips:
            if right - area.left() > 320:
                right = self._chip(painter, right, area.center().y(), chip) - 8
        return right

    def _chip(
        self, painter: QPainter, right: int, middle: int, chip: tuple[str, str, str, str]
    ) -> int:
        icon, text, colour, ground = chip
        metrics = painter.fontMetrics()
        shown = metrics.elidedText(text, Qt.TextElideMode.ElideMiddle, 120)
        width = metrics.horizontalAdvance(shown) + 32
        box = QRect(right - width, middle - _CHIP_HEIGHT // 2, width, _CHIP_HEIGHT)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self._theme.colour(ground))
        painter.drawRoundedRect(QRectF(box), 10, 10)
        self._theme.icon(icon, colour).paint(painter, box.left() + 7, box.top() + 3, 14, 14)
        painter.setPen(self._theme.colour(colour))
        painter.drawText(box.adjusted(24, 0, -8, 0), int(_ALIGN.AlignVCenter), shown)
        return box.left()

    def _progress(self, painter: QPainter, area: QRect, document: Document) -> int:
        width = 120
        bar = QRectF(area.right() - width, area.center().y() + 8, width, 4)
        painter.setFont(_sized(painter.font(), 9))
        text = state_text(document)
        if document.state is not DocumentState.QUEUED:
            text += f" {document.progress:.0%}"
        painter.setPen(self._theme.colour("text_soft"))
        painter.drawText(
            QRect(round(bar.left()), area.top() + 16, width, 20), int(_ALIGN.AlignLeft), text
        )
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self._theme.colour("meter_track"))
        painter.drawRoundedRect(bar, 2, 2)
        if document.progress > 0:
            painter.setBrush(self._theme.colour("accent"))
            done = QRectF(bar)
            done.setWidth(max(4.0, bar.width() * min(1.0, document.progress)))
            painter.drawRoundedRect(done, 2, 2)
        return round(bar.left()) - 8

    def _texts(self, painter: QPainter, area: QRect, document: Document) -> None:
        name = QRect(area.left(), area.top() + 11, area.width(), 22)
        painter.setFont(_sized(painter.font(), 10, bold=True))
        painter.setPen(self._theme.colour("text"))
        # The end of a name tells as much as its beginning.
        elide = Qt.TextElideMode.ElideMiddle
        painter.drawText(
            name,
            int(_ALIGN.AlignVCenter | _ALIGN.AlignLeft),
            painter.fontMetrics().elidedText(one_line(document.name), elide, name.width()),
        )
        below = QRect(area.left(), name.bottom() + 1, area.width(), 22)
        painter.setFont(_sized(painter.font(), 9))
        text, colour = facts_text(document), "text_soft"
        if document.state is DocumentState.FAILED:
            text, colour = " ".join(filter(None, (document.reason, document.hint))), "danger_text"
        left = self._part(painter, below, text, colour)
        if document.warnings:
            self._theme.icon("warning", "warning_text").paint(
                painter, left + 12, below.center().y() - 7, 14, 14
            )
            known = " ".join(map(warning_text, document.warnings))
            self._part(painter, below.adjusted(left + 30 - below.left(), 0, 0, 0), known)

    def _part(self, painter: QPainter, area: QRect, text: str, colour: str = "warning_text") -> int:
        """Paints the beginning of a line; returns where it ends."""
        shown = painter.fontMetrics().elidedText(
            one_line(text), Qt.TextElideMode.ElideRight, area.width()
        )
        painter.setPen(self._theme.colour(colour))
        painter.drawText(area, int(_ALIGN.AlignVCenter | _ALIGN.AlignLeft), shown)
        return area.left() + painter.fontMetrics().horizontalAdvance(shown)


def more_area(row: QRect) -> QRect:
    """Where a click on a row opens its menu."""
    return QRect(row.right() - SIDE - MORE_WIDTH, row.top(), MORE_WIDTH, row.height())


def _sized(font: QFont, points: float, *, bold: bool = False) -> QFont:
    made = QFont(font)
    made.setPointSizeF(points)
    made.setBold(bold)
    return made
