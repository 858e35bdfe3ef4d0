"""Paints one transcript row: time, lane, name, text, marks.  GUI thread only."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QPainter, QPen

from desktop.ui.models.transcript_gaps import PAUSED
from desktop.ui.models.transcript_line import LineKind, TranscriptLine, clock
from desktop.ui.models.transcript_words import gap_text
from desktop.ui.theme import Theme
from desktop.ui.views.line_layout import (
    GAP_HEIGHT,
    LANE_X,
    RIGHT_GUTTER,
    TEXT_X,
    TIME_WIDTH,
    LineLayouts,
    RowLayout,
)

_ALIGN = Qt.AlignmentFlag
DIMMED = 0.34
GAP_RULES = 48  # what is left for the lines beside the words of a gap, and the air between


@dataclass(frozen=True, slots=True)
class RowState:
    """How a row stands towards the pointer and the keyboard."""

    hovered: bool = False
    selected: bool = False
    current: bool = False
    playable: bool = False
    playing: bool = False
    dimmed: bool = False  # steps back while others are looked for


class LinePainter:
    """Paints rows at the place they are given."""

    def __init__(self, theme: Theme, layouts: LineLayouts) -> None:
        self._theme = theme
        self._layouts = layouts

    def paint(  # noqa: PLR0917 - called once a row and frame
        self,
        painter: QPainter,
        rect: QRectF,
        line: TranscriptLine,
        row: RowLayout,
        name: str,
        state: RowState,
    ) -> None:
        painter.setOpacity(DIMMED if state.dimmed else 1.0)
        if line.kind is LineKind.GAP:
            self._paint_gap(painter, rect, line)
            return
        self._paint_ground(painter, rect, row, state)
        self._paint_lane(painter, rect, line, row)
        painter.setFont(self._layouts.time_font)
        self._paint_time(painter, rect, line, row, state)
        if line.shows_name:
            painter.setFont(self._layouts.name_font)
            painter.setPen(self._theme.lane(line.track))
            painter.drawText(
                QRectF(
                    rect.left() + TEXT_X,
                    rect.top() + row.name_y,
                    rect.width() - TEXT_X,
                    row.text_y - row.name_y,
                ),
                int(_ALIGN.AlignLeft | _ALIGN.AlignVCenter),
                name,
            )
        assert row.text is not None
        painter.setPen(self._theme.colour("text"))
        row.text.draw(painter, QPointF(rect.left() + TEXT_X, rect.top() + row.text_y))
        self._paint_marks(painter, rect, line, row)

    def _paint_ground(
        self, painter: QPainter, rect: QRectF, row: RowLayout, state: RowState
    ) -> None:
        if not (state.hovered or state.selected or state.current or state.playing):
            return
        top = rect.top() + row.name_y - 6 if row.text_y > row.name_y > 0 else rect.top()
        ground = QRectF(rect.left(), top, rect.width(), rect.bottom() - top)
        ground.adjust(4, 0.5, -4, -0.5)
        painter.setPen(Qt.PenStyle.NoPen)
        if state.selected or state.playing:
            painter.setBrush(self._theme.colour("selection"))
        else:
            painter.setBrush(self._theme.colour("raised"))
        if state.current:
            painter.setPen(QPen(self._theme.colour("accent"), 1.5))
        painter.drawRoundedRect(ground, 8, 8)

    def _paint_lane(
        self, painter: QPainter, rect: QRectF, line: TranscriptLine, row: RowLayout
    ) -> None:
        top = rect.top() + (row.name_y if line.shows_name else 0) + 2
        colour = self._theme.lane(line.track)
        if line.live:
            colour.setAlphaF(0.45)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(colour)
        painter.drawRoundedRect(
            QRectF(rect.left() + LANE_X, top, 3, rect.bottom() - 1 - top), 1.5, 1.5
        )

    def _paint_time(
        self,
        painter: QPainter,
        rect: QRectF,
        line: TranscriptLine,
        row: RowLayout,
        state: RowState,
    ) -> None:
        place = QRectF(
            rect.left() + 8, rect.top() + row.text_y, TIME_WIDTH, self._layouts.line_height
        )
        if (state.hovered and state.playable) or state.playing:
            name = "pause" if state.playing else "play"
            icon = self._theme.icon(name, "accent_text")
            icon.paint(
                painter,
                round(place.right()) - 18,
                round(place.center().y()) - 9,
                18,
                18,
            )
            return
        painter.setPen(self._theme.colour("text_faint"))
        painter.drawText(place, int(_ALIGN.AlignRight | _ALIGN.AlignVCenter), clock(line.start_s))

    def _paint_marks(
        self, painter: QPainter, rect: QRectF, line: TranscriptLine, row: RowLayout
    ) -> None:
        x = round(rect.right() - RIGHT_GUTTER + 8)
        y = round(rect.top() + row.text_y + self._layouts.line_height / 2 - 8)
        if line.bookmarked:
            self._theme.icon("bookmark-filled", "accent_text").paint(painter, x, y, 16, 16)
        elif line.edited:
            self._theme.icon("edit", "text_faint").paint(painter, x, y, 16, 16)

    def _paint_gap(self, painter: QPainter, rect: QRectF, line: TranscriptLine) -> None:
        text = gap_text(line)
        painter.setFont(self._layouts.time_font)
        colour = "text_faint" if line.cause == PAUSED else "warning_text"
        painter.setPen(self._theme.colour(colour))
        middle = rect.top() + GAP_HEIGHT / 2
        left, right = rect.left() + LANE_X, rect.right() - RIGHT_GUTTER
        metrics, room = painter.fontMetrics(), int(right - left - GAP_RULES)
        text = metrics.elidedText(text, Qt.TextElideMode.ElideRight, room)
        width = metrics.horizontalAdvance(text) + 24.0
        centre = (left + right) / 2
        painter.drawText(
            QRectF(centre - width / 2, rect.top(), width, GAP_HEIGHT),
            int(_ALIGN.AlignCenter),
            text,
        )
        painter.setPen(QPen(self._theme.colour("border_strong"), 1))
        painter.drawLine(QPointF(left, middle), QPointF(centre - width / 2, middle))
        painter.drawLine(QPointF(centre + width / 2, middle), QPointF(right, middle))
