"""The scrolling transcript: ten thousand rows, each laid out only while it is looked at.

An item view with a layout of its own instead of `QListView`, whose every insertion asks the
height of every row again.  Finished rows never reflow when rows are added.  GUI thread only.
"""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import (
    QAbstractItemModel,
    QEvent,
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
from PySide6.QtGui import (
    QGuiApplication,
    QKeyEvent,
    QKeySequence,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QRegion,
    QResizeEvent,
)
from PySide6.QtWidgets import QAbstractItemView, QFrame, QWidget

from desktop.ui.i18n import Retranslated
from desktop.ui.models.transcript_line import LineKind, TranscriptLine
from desktop.ui.models.transcript_model import TranscriptModel
from desktop.ui.theme import Theme, interface_font
from desktop.ui.views.jump_pill import JumpPill
from desktop.ui.views.line_editor import LineEditor
from desktop.ui.views.line_layout import (
    LANE_X,
    MAX_TEXT_WIDTH,
    RIGHT_GUTTER,
    TEXT_X,
    LineLayouts,
)
from desktop.ui.views.line_painter import LinePainter, RowState, default_name
from desktop.ui.views.row_heights import RowHeights

Index = QModelIndex | QPersistentModelIndex
COLUMN = MAX_TEXT_WIDTH + TEXT_X + RIGHT_GUTTER
BOTTOM_MARGIN = 24.0
AT_END_PX = 24


class TranscriptView(Retranslated, QAbstractItemView):
    """Shows a `TranscriptModel`."""

    play_requested = Signal(object)
    edited = Signal(int, str)
    bookmark_toggled = Signal(int, bool)
    menu_requested = Signal(object, QPoint)
    following_changed = Signal(bool)

    def __init__(self, theme: Theme, font_size_pt: float = 12, parent: QWidget | None = None):
        super().__init__(parent)
        self._theme = theme
        self._heights = RowHeights()
        self._layouts = LineLayouts(theme, interface_font(font_size_pt))
        self._painter = LinePainter(theme, self._layouts)
        self._transcript = TranscriptModel(self)
        self._following = True
        self._adjusting = False
        self._hovered = -1
        self._playable = False
        self._playing: TranscriptLine | None = None
        self._editor: LineEditor | None = None
        self._pill = JumpPill(theme, self.viewport())
        self._pill.clicked.connect(self.jump_to_end)
        self._pill.hide()
        self._live = False
        self._prepare()
        self.retranslate()

    def _prepare(self) -> None:
        self.setObjectName("transcript")
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setMouseTracking(True)
        self.setTabKeyNavigation(False)
        self.verticalScrollBar().setSingleStep(24)
        self._theme.changed.connect(self._on_theme_changed)

    def retranslate(self) -> None:
        self.setAccessibleName(self.tr("Transcript"))
        self.viewport().update()

    # what the window asks --------------------------------------------------------------------
    @property
    def transcript(self) -> TranscriptModel:
        return self._transcript

    @property
    def following(self) -> bool:
        """True while new text scrolls into view by itself."""
        return self._following

    def set_live(self, live: bool) -> None:
        """A live transcript offers to jump to now when one has scrolled away."""
        self._live = live
        self._show_pill()

    def set_playable(self, playable: bool) -> None:
        """True when recorded sound exists, so that a click on a time can play it."""
        self._playable = playable
        self.viewport().update()

    def set_playing(self, line: TranscriptLine | None) -> None:
        self._playing = line
        self.viewport().update()

    def set_font_size(self, points: float) -> None:
        self._layouts.set_font(interface_font(points))
        self._measure_all()

    def set_highlight(self, text: str) -> None:
        """Marks a searched text in every row."""
        self._layouts.set_highlight(text)
        self.viewport().update()

    def jump_to_end(self) -> None:
        """Scrolls to the newest text and follows it again."""
        self._set_following(True)
        self._settle()

    def show_row(self, row: int) -> None:
        """Selects a row and brings it to the middle."""
        index = self.transcript.index(row)
        if index.isValid():
            self._set_following(False)
            self.setCurrentIndex(index)
            self.scrollTo(index, QAbstractItemView.ScrollHint.PositionAtCenter)

    def current_line(self) -> TranscriptLine | None:
        index = self.currentIndex()
        return self.transcript.line(index.row()) if index.isValid() else None

    def selected_text(self) -> str:
        """The text of the selected rows, one line each, in their order."""
        rows = sorted(index.row() for index in self.selectionModel().selectedIndexes())
        lines = [self.transcript.line(row) for row in rows]
        return "\n".join(line.shown for line in lines if line.kind is LineKind.SPEECH)

    def copy(self) -> None:
        text = self.selected_text()
        if text:
            QGuiApplication.clipboard().setText(text)

    def edit_current(self) -> None:
        """Opens the current line for editing."""
        line = self.current_line()
        if line is None or not line.segment_id:
            return
        self.scrollTo(self.currentIndex())
        self._close_editor()
        area = self._row_rect(self.currentIndex().row())
        layout = self._layouts.layout(line, self._column())
        self._editor = LineEditor(
            line.text,
            self._layouts.font,
            QRect(
                round(area.left() + TEXT_X - 8),
                round(area.top() + layout.text_y - 6),
                round(self._layouts.text_width(self._column()) + 16),
                round(layout.height - layout.text_y + 14),
            ),
            self.viewport(),
        )
        self._editor.accepted.connect(lambda text: self._on_editor_accepted(line, text))
        self._editor.closed.connect(self._close_editor)

    def toggle_bookmark(self) -> None:
        line = self.current_line()
        if line is not None and line.segment_id:
            self.bookmark_toggled.emit(line.segment_id, not line.bookmarked)

    # the item view's contract ------------------------------------------------------------------
    def setModel(self, model: QAbstractItemModel | None) -> None:
        assert isinstance(model, TranscriptModel)
        self._close_editor()
        self._transcript = model
        super().setModel(model)
        self._measure_all()

    def visualRect(self, index: Index) -> QRect:
        return self._row_rect(index.row()).toAlignedRect() if index.isValid() else QRect()

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
        if row < 0:
            row, step = count - 1, 0
        self._set_following(False)
        return self.transcript.index(min(max(row + step, 0), count - 1))

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

    def scrollContentsBy(self, dx: int, dy: int) -> None:
        if not self._adjusting:
            bar = self.verticalScrollBar()
            self._set_following(bar.value() >= bar.maximum() - AT_END_PX)
            self._measure_visible()
        self._close_editor()
        self.viewport().update()

    # events ------------------------------------------------------------------------------------
    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self.viewport())
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.fillRect(event.rect(), self._theme.colour("surface"))
        offset = self.verticalOffset()
        row = self._heights.row_at(event.rect().top() + offset)
        if row < 0:
            return
        selection, current = self.selectionModel(), self.currentIndex().row()
        focused = self.hasFocus()
        while row < len(self._heights):
            rect = self._row_rect(row)
            if rect.top() > event.rect().bottom():
                break
            line = self.transcript.line(row)
            state = RowState(
                hovered=row == self._hovered,
                selected=selection.isRowSelected(row, QModelIndex()),
                current=focused and row == current,
                playable=self._playable,
                playing=line is self._playing,
            )
            name = self.transcript.name(line.track) or default_name(line.track)
            layout = self._layouts.layout(line, self._column())
            self._painter.paint(painter, rect, line, layout, name, state)
            row += 1

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._settle()
        self._place_pill()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key = event.key()
        if key == Qt.Key.Key_F2:
            self.edit_current()
        elif key == Qt.Key.Key_B and not event.modifiers():
            self.toggle_bookmark()
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self.current_line() is not None:
            self.play_requested.emit(self.current_line())
        elif event.matches(QKeySequence.StandardKey.Copy):
            self.copy()
        else:
            super().keyPressEvent(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        super().mouseMoveEvent(event)
        index = self.indexAt(event.position().toPoint())
        self._set_hovered(index.row(), event.position().x())

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        super().mouseReleaseEvent(event)
        index = self.indexAt(event.position().toPoint())
        left = event.position().x() - self._left()
        if (
            event.button() == Qt.MouseButton.LeftButton
            and index.isValid()
            and self._playable
            and 0 <= left < LANE_X
        ):
            self.play_requested.emit(self.transcript.line(index.row()))

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        if event.position().x() - self._left() >= LANE_X:
            self.edit_current()

    def contextMenuEvent(self, event: object) -> None:
        index = self.currentIndex()
        if index.isValid():
            self.menu_requested.emit(self.transcript.line(index.row()), event.globalPos())  # type: ignore[attr-defined]

    def leaveEvent(self, event: QEvent) -> None:
        super().leaveEvent(event)
        self._set_hovered(-1, 0)

    # inside ------------------------------------------------------------------------------------
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
        self._show_pill()
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
        self._adjusting = False

    def _scroll_to(self, value: int) -> None:
        self._adjusting = True
        self.verticalScrollBar().setValue(value)
        self._adjusting = False

    def _set_following(self, following: bool) -> None:
        if following != self._following:
            self._following = following
            self._show_pill()
            self.following_changed.emit(following)

    def _show_pill(self) -> None:
        self._pill.setVisible(self._live and not self._following)
        self._place_pill()

    def _place_pill(self) -> None:
        area = self.viewport().rect()
        size = self._pill.sizeHint()
        self._pill.setGeometry(
            (area.width() - size.width()) // 2,
            area.height() - size.height() - 16,
            size.width(),
            size.height(),
        )

    def _set_hovered(self, row: int, x: float) -> None:
        over_time = self._playable and row >= 0 and 0 <= x - self._left() < LANE_X
        self.viewport().setCursor(
            Qt.CursorShape.PointingHandCursor if over_time else Qt.CursorShape.ArrowCursor
        )
        if row != self._hovered:
            self._hovered = row
            self.viewport().update()

    def _on_editor_accepted(self, line: TranscriptLine, text: str) -> None:
        if text.strip() and text != line.text:
            self.edited.emit(line.segment_id, text.strip())

    def _close_editor(self) -> None:
        if self._editor is not None:
            editor, self._editor = self._editor, None
            editor.hide()
            editor.deleteLater()
            self.setFocus()

    def _on_theme_changed(self) -> None:
        self._layouts.clear()
        self.viewport().update()
