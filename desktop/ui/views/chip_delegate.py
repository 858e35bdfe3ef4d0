"""Paints one keyword as a chip: icon of its category, text, how often.  GUI thread only."""

from __future__ import annotations

from PySide6.QtCore import QModelIndex, QObject, QPersistentModelIndex, QRectF, QSize, Qt
from PySide6.QtGui import QFont, QFontMetrics, QPainter, QPen
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem, QWidget

from desktop.records import KeywordEntry
from desktop.ui.models.keyword_list import ENTRY_ROLE, SHOWN_ROLE
from desktop.ui.models.plain_text import one_line
from desktop.ui.theme import Theme
from desktop.ui.views.keyword_style import category_icon, category_token, mixed

Index = QModelIndex | QPersistentModelIndex
HEIGHT = 30
EDGE = 9
ICON = 15
GAP = 6
IMPORTANT = 0.42
"""From this importance on a keyword is set in bold."""

_ALIGN = Qt.AlignmentFlag


class ChipDelegate(QStyledItemDelegate):
    """A chip is as wide as its text asks for, at most as wide as the list."""

    def __init__(self, theme: Theme, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self.chosen_key = ""

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        entry: KeywordEntry = index.data(ENTRY_ROLE)
        shown = one_line(entry.text)
        text = QFontMetrics(_text_font(option.font, entry)).horizontalAdvance(shown) + 2
        width = 2 * EDGE + ICON + GAP + text + GAP + self._count_width(option.font, entry)
        return QSize(min(width, self._room(option.widget)), HEIGHT)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        entry: KeywordEntry = index.data(ENTRY_ROLE)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        faint = 0.55 if entry.hidden else 1.0
        painter.setOpacity(float(index.data(SHOWN_ROLE)) * faint)
        self._paint_ground(painter, option, entry)
        rect, font = option.rect, option.font
        left = rect.left() + EDGE
        icon = "pin" if entry.pinned else category_icon(entry.category)
        middle = rect.top() + (rect.height() - ICON) // 2
        colour = category_token(entry.category)
        self._theme.icon(icon, colour).paint(painter, left, middle, ICON, ICON)
        left += ICON + GAP
        count_width = self._count_width(font, entry)
        right = rect.right() - EDGE - count_width - GAP
        painter.setFont(_text_font(font, entry))
        painter.setPen(self._theme.colour("text"))
        text = painter.fontMetrics().elidedText(
            one_line(entry.text), Qt.TextElideMode.ElideRight, right - left + 2
        )
        place = QRectF(left, rect.top(), right - left + 2, rect.height())
        painter.drawText(place, int(_ALIGN.AlignLeft | _ALIGN.AlignVCenter), text)
        painter.setFont(_count_font(font))
        painter.setPen(self._theme.colour("text_soft"))
        place = QRectF(rect.right() - EDGE - count_width + 1, rect.top(), count_width, HEIGHT)
        painter.drawText(place, int(_ALIGN.AlignRight | _ALIGN.AlignVCenter), _count(entry))
        painter.restore()

    def _paint_ground(
        self, painter: QPainter, option: QStyleOptionViewItem, entry: KeywordEntry
    ) -> None:
        colour = self._theme.colour(category_token(entry.category))
        surface = self._theme.colour("surface")
        chosen = entry.key == self.chosen_key
        hovered = bool(option.state & QStyle.StateFlag.State_MouseOver)
        share = 0.28 if chosen else 0.18 if hovered else 0.10
        painter.setBrush(mixed(colour, surface, share))
        focused = bool(option.state & QStyle.StateFlag.State_HasFocus)
        edge = self._theme.colour("accent") if focused else mixed(colour, surface, 0.3)
        if chosen:
            edge = colour
        width = 2.0 if chosen or focused else 1.0
        painter.setPen(QPen(edge, width))
        inset = width / 2
        area = QRectF(option.rect).adjusted(inset, inset, -inset, -inset)
        painter.drawRoundedRect(area, area.height() / 2, area.height() / 2)

    def _count_width(self, font: QFont, entry: KeywordEntry) -> int:
        """Room for two digits at least, so that counting on does not move the chips behind."""
        return QFontMetrics(_count_font(font)).horizontalAdvance("0" * max(2, len(_count(entry))))

    @staticmethod
    def _room(widget: QWidget) -> int:
        viewport = getattr(widget, "viewport", None)
        return max(120, viewport().width() - 14) if viewport is not None else 280


def _count(entry: KeywordEntry) -> str:
    return str(entry.count) if entry.count < 1000 else "999+"


def _text_font(font: QFont, entry: KeywordEntry) -> QFont:
    made = QFont(font)
    made.setBold(entry.importance >= IMPORTANT or entry.pinned)
    return made


def _count_font(font: QFont) -> QFont:
    made = QFont(font)
    made.setPointSizeF(font.pointSizeF() * 0.85)
    made.setFeature(QFont.Tag("tnum"), 1)
    return made
