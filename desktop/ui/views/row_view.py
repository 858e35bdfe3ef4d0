"""An item view over a transcript that lays out only the rows that are looked at.

A layout of its own instead of `QListView`'s, whose every insertion asks the height of every row
again.  Heights are estimated until a row comes into view; what the reader looks at never moves
when an estimate is corrected or a row is added.  GUI thread only.
"""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import (
    QItemSelection,
    QItemSelectionModel,
    QModelIndex,
    QPersistentModelIndex,
    QPoint,
    QRect,
    QRectF,
    Qt,
    Signal,
)
from PySide6.QtGui import QRegion
from PySide6.QtWidgets import QAbstractItemView, QWidget

from desktop.ui.models.transcript_model import TranscriptModel
from desktop.ui.theme import Theme, interface_font
from desktop.ui.views.line_layout import MAX_TEXT_WIDTH, RIGHT_GUTTER, TEXT_X, LineLayouts
from desktop.ui.views.row_heights import RowHeights

Index = QModelIndex | QPersistentModelIndex
COLUMN = MAX_TEXT_WIDTH + TEXT_X + RIGHT_GUTTER
BOTTOM_MARGIN = 24.0


class RowView(QAbstractItemView):
    """Rows of a `TranscriptModel` at their heights, following the end until scrolled away."""

    following_changed = Signal(bool)

    def __init__(self, theme: Theme, font_size_pt: float, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._heights = RowHeights()
        self._layouts = LineLayouts(theme, interface_font(font_size_pt))
        self._transcript = TranscriptModel(self)
        self._following = True
        self._adjusting = False

    @property
    def transcript(self) -> TranscriptModel:
        return self._transcript

    @property
    def following(self) -> bool:
        """True while new text scrolls into view by itself."""
        return self._following

    def visualRect(self, index: Index) -> QRect:
        """Empty also for a row of another model: Qt asks for that under the pointer once more."""
        if not index.isValid() or index.model() is not self._transcript:
            return QRect()
        return self._row_rect(index.row()).toAlignedRect()

    def indexAt(self, point: QPoint) -> QModelIndex:
        y = point.y() + self.verticalOffset()
        if not 0 <= y < self._heights.total:
            return QModelIndex()
        return self.transcript.index(self._heights.row_at(y))

    def scrollTo(
        self,
        index: Index,
        hint: QAbstractItemView.ScrollHint = QAbstractItemView.ScrollHint.EnsureVisible,
    ) -> None:
        if not index.isValid():
            return
        row, room = index.row(), self.viewport().height()
        if hint == QAbstractItemView.ScrollHint.PositionAtCenter:
            self._measure(max(0, row - 20), row + 1)
        top, height = self._heights.top(row), self._heights.height(row)
        value = self.verticalOffset()
        if hint == QAbstractItemView.ScrollHint.PositionAtCenter:
            value = round(top + height / 2 - room / 2)
        elif top < value or hint == QAbstractItemView.ScrollHint.PositionAtTop:
            value = round(top)
        elif top + height > value + room:
            value = round(top + height - room)
        self.verticalScrollBar().setValue(value)

    def horizontalOffset(self) -> int:
        return 0

    def verticalOffset(self) -> int:
        return self.verticalScrollBar().value()

    def isIndexHidden(self, index: Index) -> bool:
        return False

    def moveCursor(
        self, action: QAbstractItemView.CursorAction, modifiers: Qt.KeyboardModifier
    ) -> QModelIndex:
        count = self.transcript.rowCount()
        if not count:
            return QModelIndex()
        kind = QAbstractItemView.CursorAction
        row = self.currentIndex().row()
        page = max(1, self.viewport().height() // 60)
        step = {
            kind.MoveUp: -1,
            kind.MovePrevious: -1,
            kind.MoveDown: 1,
            kind.MoveNext: 1,
            kind.MovePageUp: -page,
            kind.MovePageDown: page,
            kind.MoveHome: -count,
            kind.MoveEnd: count,
        }.get(action, 0)
        if row < 0 and action not in (kind.MoveHome, kind.MoveEnd):
            row, step = self._row_to_begin_with(count), 0
        return self.transcript.index(min(max(row + step, 0), count - 1))

    def _row_to_begin_with(self, count: int) -> int:
        """One that is seen: the keyboard's mark far below would look like none."""
        if self._following:
            return count - 1
        above_px = self.verticalOffset()
        row = max(0, self._heights.row_at(above_px))
        return row + 1 if self._heights.top(row) < above_px else row  # the whole of it

    def setSelection(self, rect: QRect, flags: QItemSelectionModel.SelectionFlag) -> None:
        first = self._heights.row_at(rect.top() + self.verticalOffset())
        last = self._heights.row_at(rect.bottom() + self.verticalOffset())
        if first >= 0:
            model = self.transcript
            self.selectionModel().select(
                QItemSelection(model.index(first), model.index(last)), flags
            )

    def visualRegionForSelection(self, selection: QItemSelection) -> QRegion:
        return QRegion(self.viewport().rect())

    def doItemsLayout(self) -> None:
        super().doItemsLayout()
        self._settle()

    def reset(self) -> None:
        super().reset()
        self._measure_all()

    def rowsInserted(self, parent: Index, start: int, end: int) -> None:
        lines = self.transcript.lines[start : end + 1]
        self._heights.insert(start, [self._layouts.measure(line) for line in lines])
        self._settle()

    def rowsAboutToBeRemoved(self, parent: Index, start: int, end: int) -> None:
        super().rowsAboutToBeRemoved(parent, start, end)
        self._heights.remove(start, end)

    def dataChanged(self, first: Index, last: Index, roles: Sequence[int] | None = None) -> None:
        for row in range(first.row(), min(last.row(), len(self._heights) - 1) + 1):
            line = self.transcript.line(row)
            self._heights.change(row, self._layouts.measure(line))
            self._heights.set_exact(row, self._layouts.layout(line, self._column()).height)
        self._settle()

    def updateGeometries(self) -> None:
        super().updateGeometries()
        self._update_range()

    def _column(self) -> float:
        return min(float(self.viewport().width()), COLUMN)

    def _left(self) -> float:
        return max(0.0, (self.viewport().width() - COLUMN) / 2)

    def _row_rect(self, row: int) -> QRectF:
        return QRectF(
            self._left(),
            self._heights.top(row) - self.verticalOffset(),
            self._column(),
            self._heights.height(row),
        )

    def _measure_all(self) -> None:
        self._heights.reset([self._layouts.measure(line) for line in self.transcript.lines])
        self._settle()
        self.viewport().update()

    def _settle(self) -> None:
        """Brings heights, scroll range and position in line after a change."""
        text_width = self._layouts.text_width(self._column())
        anchor = self._heights.row_at(self.verticalOffset())
        inside = self.verticalOffset() - self._heights.top(anchor) if anchor >= 0 else 0.0
        if self._heights.set_metrics(text_width, self._layouts.line_height) and anchor >= 0:
            self._scroll_to(round(self._heights.top(anchor) + inside))
        self._measure_visible()
        self.viewport().update()

    def _measure_visible(self) -> None:
        """Exact heights for what is in view; what the reader looks at does not move."""
        room = self.viewport().height()
        for _ in range(4):
            self._update_range()
            if self._following:
                self._scroll_to(self.verticalScrollBar().maximum())
            value = self.verticalOffset()
            first = self._heights.row_at(value)
            if first < 0:
                return
            above = self._heights.top(first) < value
            last = self._heights.row_at(value + room) + 1
            shift = self._measure(first, first + 1) if above and not self._following else 0.0
            changed = self._measure(first, last)
            if not changed and not shift:
                return
            if shift:
                self._update_range()
                self._scroll_to(round(value + shift))

    def _measure(self, first: int, last: int) -> float:
        change = 0.0
        for row in range(first, min(last, len(self._heights))):
            layout = self._layouts.layout(self.transcript.line(row), self._column())
            change += abs(d) if (d := self._heights.set_exact(row, layout.height)) < 0 else d
        return change

    def _update_range(self) -> None:
        room = self.viewport().height()
        self._adjusting = True
        bar = self.verticalScrollBar()
        bar.setRange(0, max(0, round(self._heights.total + BOTTOM_MARGIN) - room))
        bar.setPageStep(room)
        if self._following:
            bar.setValue(bar.maximum())
        self._adjusting = False

    def _scroll_to(self, value: int) -> None:
        self._adjusting = True
        self.verticalScrollBar().setValue(value)
        self._adjusting = False

    def _set_following(self, following: bool) -> None:
        if following != self._following:
            self._following = following
            self.following_changed.emit(following)
