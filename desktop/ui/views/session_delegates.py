"""Paints sessions and search hits in the sidebar.  GUI thread only."""

from __future__ import annotations

import datetime as dt

from PySide6.QtCore import (
    QCoreApplication,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    QPointF,
    QRect,
    QRectF,
    QSize,
    Qt,
)
from PySide6.QtGui import (
    QFont,
    QFontMetrics,
    QPainter,
    QPen,
    QTextCharFormat,
    QTextLayout,
    QTextOption,
)
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem

from desktop.events import Track
from desktop.records import SearchHit, SessionRecord, SessionState
from desktop.ui.models.offsets import Utf16Offsets
from desktop.ui.models.plain_text import one_line
from desktop.ui.models.session_list import (
    HEADING_ROLE,
    LIVE_ROLE,
    PAUSED_ROLE,
    RECORD_ROLE,
)
from desktop.ui.models.transcript_line import clock
from desktop.ui.theme import Theme

Index = QModelIndex | QPersistentModelIndex
HEADING_HEIGHT = 30
SESSION_HEIGHT = 64
HIT_HEIGHT = 58
SNIPPET_BEFORE = 14
_ALIGN = Qt.AlignmentFlag


def _smaller(font: QFont, *, bold: bool = False) -> QFont:
    made = QFont(font)
    made.setPointSizeF(font.pointSizeF() * 0.88)
    made.setBold(bold)
    return made


class _CardDelegate(QStyledItemDelegate):
    """Heading above a rounded card that shows selection, hover and focus."""

    card_height = SESSION_HEIGHT

    def __init__(self, theme: Theme, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._theme = theme

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        heading = HEADING_HEIGHT if index.data(HEADING_ROLE) else 0
        return QSize(100, self.card_height + heading)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        rect = QRect(option.rect)
        font = QFont(option.font)
        state = option.state
        heading = index.data(HEADING_ROLE)
        if heading:
            painter.setFont(_smaller(font, bold=True))
            painter.setPen(self._theme.colour("text_faint"))
            place = QRect(rect.left() + 20, rect.top() + 4, rect.width() - 32, HEADING_HEIGHT - 4)
            text = painter.fontMetrics().elidedText(
                heading, Qt.TextElideMode.ElideRight, place.width()
            )
            painter.drawText(place, int(_ALIGN.AlignVCenter | _ALIGN.AlignLeft), text)
            rect.setTop(rect.top() + HEADING_HEIGHT)
        card = rect.adjusted(8, 1, -8, -1)
        selected = bool(state & QStyle.StateFlag.State_Selected)
        hovered = bool(state & QStyle.StateFlag.State_MouseOver)
        if selected or hovered:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(self._theme.colour("accent_tint" if selected else "hover"))
            painter.drawRoundedRect(card, 8, 8)
        if state & QStyle.StateFlag.State_HasFocus:
            painter.setPen(QPen(self._theme.colour("accent"), 2))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(QRectF(card).adjusted(1, 1, -1, -1), 8, 8)
        self.paint_card(painter, card.adjusted(12, 7, -10, -7), font, index)
        painter.restore()

    def paint_card(self, painter: QPainter, rect: QRect, font: QFont, index: Index) -> None:
        raise NotImplementedError

    def _line(self, painter: QPainter, rect: QRect, text: str, colour: str) -> None:
        painter.setPen(self._theme.colour(colour))
        elided = painter.fontMetrics().elidedText(
            one_line(text), Qt.TextElideMode.ElideRight, rect.width()
        )
        painter.drawText(rect, int(_ALIGN.AlignVCenter | _ALIGN.AlignLeft), elided)


class SessionDelegate(_CardDelegate):
    """Title, then time, length and the first words."""

    def paint_card(self, painter: QPainter, rect: QRect, font: QFont, index: Index) -> None:
        record: SessionRecord = index.data(RECORD_ROLE)
        live, paused = bool(index.data(LIVE_ROLE)), bool(index.data(PAUSED_ROLE))
        title = QRect(rect.left(), rect.top(), rect.width(), 24)
        bold = QFont(font)
        bold.setBold(True)
        painter.setFont(bold)
        if live and not _of_file(record):
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(self._theme.colour("warning_text" if paused else "danger"))
            painter.drawEllipse(QRectF(rect.right() - 8, title.center().y() - 3, 8, 8))
            title.setRight(title.right() - 16)
        self._line(painter, title, record.title, "text")
        painter.setFont(_smaller(font))
        below = QRect(rect.left(), title.bottom() + 2, rect.width(), rect.bottom() - title.bottom())
        text, colour = self._second_line(record, live=live, paused=paused)
        self._line(painter, below, text, colour)

    def _second_line(self, record: SessionRecord, *, live: bool, paused: bool) -> tuple[str, str]:
        translate = QCoreApplication.translate
        if live and _of_file(record):
            return translate("SessionDelegate", "Transcribing…"), "accent_text"
        if live and paused:
            return translate("SessionDelegate", "Paused"), "warning_text"
        if live:
            return translate("SessionDelegate", "Live now"), "danger_text"
        if record.state is SessionState.RECORDING:
            return translate("SessionDelegate", "Interrupted · can be recovered"), "warning_text"
        started = dt.datetime.fromtimestamp(record.started_wall_s).astimezone()
        parts = [started.strftime("%H:%M"), clock(record.duration_s)]
        if record.preview:
            parts.append(record.preview)
        return " · ".join(parts), "text_soft"


def _of_file(record: SessionRecord) -> bool:
    """Made from a file, not recorded."""
    return [part.track for part in record.tracks] == [Track.FILE]


class HitDelegate(_CardDelegate):
    """A matching line with the searched text marked, and its time."""

    card_height = HIT_HEIGHT

    def paint_card(self, painter: QPainter, rect: QRect, font: QFont, index: Index) -> None:
        hit: SearchHit = index.data(RECORD_ROLE)
        painter.setFont(_smaller(font))
        lane = self._theme.lane(hit.track)
        painter.setPen(lane)
        painter.drawText(rect, int(_ALIGN.AlignTop | _ALIGN.AlignLeft), clock(hit.start_s))
        text, matches = snippet(hit)
        shown = QFontMetrics(font).elidedText(text, Qt.TextElideMode.ElideRight, rect.width())
        offsets = Utf16Offsets(text)
        last = Utf16Offsets(shown).qt_length
        layout = QTextLayout(shown, font)
        option = QTextOption()
        option.setWrapMode(QTextOption.WrapMode.NoWrap)
        layout.setTextOption(option)
        formats = []
        for start, end in matches:
            mark = QTextLayout.FormatRange()
            mark.start = offsets.to_qt(start)
            mark.length = min(offsets.to_qt(end), last) - mark.start
            style = QTextCharFormat()
            style.setBackground(self._theme.colour("match"))
            mark.format = style
            if mark.length > 0:
                formats.append(mark)
        layout.setFormats(formats)
        layout.beginLayout()
        line = layout.createLine()
        line.setLineWidth(10_000)
        layout.endLayout()
        painter.setPen(self._theme.colour("text"))
        layout.draw(painter, QPointF(rect.left(), rect.bottom() - line.height() + 1))


def snippet(hit: SearchHit) -> tuple[str, list[tuple[int, int]]]:
    """The part of a hit that shows its first match early, and where the matches are in it."""
    first = hit.matches[0][0] if hit.matches else 0
    start = max(0, first - SNIPPET_BEFORE)
    lead = "…" if start else ""
    shift = len(lead) - start
    text = lead + hit.text[start:].replace("\n", " ")
    return text, [(a + shift, b + shift) for a, b in hit.matches if a >= start]
