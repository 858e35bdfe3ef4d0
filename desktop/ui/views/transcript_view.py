"""The scrolling transcript: ten thousand rows, each laid out only while it is looked at.

An item view with a layout of its own instead of `QListView`, whose every insertion asks the
height of every row again.  Finished rows never reflow when rows are added.  GUI thread only.
"""

from __future__ import annotations

from PySide6.QtCore import (
    QAbstractItemModel,
    QEvent,
    QModelIndex,
    QPersistentModelIndex,
    QPoint,
    QRect,
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
    QResizeEvent,
)
from PySide6.QtWidgets import QAbstractItemView, QFrame, QWidget

from desktop.ui.i18n import Retranslated
from desktop.ui.models.transcript_line import LineKind, TranscriptLine
from desktop.ui.models.transcript_model import TranscriptModel
from desktop.ui.models.transcript_words import default_name
from desktop.ui.theme import Theme, interface_font
from desktop.ui.views.focus_bar import FocusBar
from desktop.ui.views.jump_pill import JumpPill
from desktop.ui.views.line_editor import LineEditor
from desktop.ui.views.line_layout import (
    LANE_X,
    MAX_TEXT_WIDTH,
    RIGHT_GUTTER,
    TEXT_X,
)
from desktop.ui.views.line_painter import LinePainter, RowState
from desktop.ui.views.row_view import RowView

Index = QModelIndex | QPersistentModelIndex
COLUMN = MAX_TEXT_WIDTH + TEXT_X + RIGHT_GUTTER
BOTTOM_MARGIN = 24.0
AT_END_PX = 24


class TranscriptView(Retranslated, RowView):
    """Shows a `TranscriptModel`."""

    play_requested = Signal(object)
    edited = Signal(int, str)
    bookmark_toggled = Signal(int, bool)
    menu_requested = Signal(object, QPoint)
    focus_stepped = Signal(int)
    focus_cleared = Signal()

    def __init__(self, theme: Theme, font_size_pt: float = 12, parent: QWidget | None = None):
        super().__init__(theme, font_size_pt, parent)
        self._theme = theme
        self._painter = LinePainter(theme, self._layouts)
        self._hovered = -1
        self._playable = False
        self._playing: TranscriptLine | None = None
        self._editor: LineEditor | None = None
        self._edited_id = 0  # the line in the editor
        self._follow_after = False  # whether to follow the newest text again when it closes
        self._pill = JumpPill(theme, self.viewport())
        self._pill.clicked.connect(self.jump_to_end)
        self._pill.hide()
        self._live = False
        self._focused: frozenset[int] = frozenset()
        self._focus_bar = FocusBar(theme, self.viewport())
        self._focus_bar.stepped.connect(self.focus_stepped)
        self._focus_bar.cleared.connect(self.focus_cleared)
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
        self.following_changed.connect(self._show_pill)

    def retranslate(self) -> None:
        self.setAccessibleName(self.tr("Transcript"))
        self.viewport().update()

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

    def set_highlight(self, text: str, *, loose: bool = False) -> None:
        """Marks a searched text in every row; `loose` however it is spaced."""
        self._layouts.set_highlight(text, loose=loose)
        self.viewport().update()

    def set_focus(self, segments: frozenset[int]) -> None:
        """Lets all other lines step back, without moving any; an empty set ends it."""
        self._focused = segments
        if not segments:
            self._focus_bar.hide()
        self.viewport().update()

    def show_focus_place(self, text: str, number: int, count: int) -> None:
        """Says what is looked for and which place this is, from 1."""
        self._focus_bar.show_place(text, number, count)
        self._focus_bar.place(self.viewport().width())

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
        self._close_editor()
        follow = self._following
        self.scrollTo(self.currentIndex())
        self._set_following(False)  # what is being corrected stays under the eyes
        self._edited_id = line.segment_id
        place = self._editor_place(self.currentIndex().row())
        editor = LineEditor(line.text, self._layouts.font, place, self.viewport())
        editor.accepted.connect(lambda text: self._on_editor_accepted(line, text))
        editor.closed.connect(self._close_editor)
        self._editor, self._follow_after = editor, follow

    def toggle_bookmark(self) -> None:
        line = self.current_line()
        if line is not None and line.segment_id:
            self.bookmark_toggled.emit(line.segment_id, not line.bookmarked)

    def setModel(self, model: QAbstractItemModel | None) -> None:
        assert isinstance(model, TranscriptModel)
        self._close_editor()
        self._transcript = model
        super().setModel(model)
        self._measure_all()

    def scrollContentsBy(self, dx: int, dy: int) -> None:
        if not self._adjusting:
            bar = self.verticalScrollBar()
            self._set_following(bar.value() >= bar.maximum() - AT_END_PX)
            self._measure_visible()
        self._place_editor()
        self.viewport().update()

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
                dimmed=bool(self._focused) and line.segment_id not in self._focused,
            )
            name = self.transcript.name(line.track) or default_name(line.track)
            layout = self._layouts.layout(line, self._column())
            self._painter.paint(painter, rect, line, layout, name, state)
            row += 1

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._settle()
        self._place_pill()
        self._focus_bar.place(self.viewport().width())

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key = event.key()
        if key == Qt.Key.Key_F2:
            self.edit_current()
        elif key == Qt.Key.Key_B and not event.modifiers():
            self.toggle_bookmark()
        elif key == Qt.Key.Key_Escape:
            self.focus_cleared.emit()
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

    def _settle(self) -> None:
        super()._settle()
        self._place_editor()

    def _editor_place(self, row: int) -> QRect:
        area = self._row_rect(row)
        layout = self._layouts.layout(self.transcript.line(row), self._column())
        return QRect(
            round(area.left() + TEXT_X - 8),
            round(area.top() + layout.text_y - 6),
            round(self._layouts.text_width(self._column()) + 16),
            round(layout.height - layout.text_y + 14),
        )

    def _place_editor(self) -> None:
        """The editor goes with its line, wherever scrolling and new lines take it."""
        if self._editor is None:
            return
        row = self.transcript.row_of_segment(self._edited_id)
        if row < 0:
            self._close_editor()
        else:
            self._editor.put(self._editor_place(row))

    def _close_editor(self) -> None:
        if self._editor is None:
            return
        editor, self._editor = self._editor, None
        focused = editor.hasFocus()
        editor.hide()
        editor.deleteLater()
        if focused:  # else somebody has chosen where to go on
            self.setFocus()
        if self._follow_after:
            self.jump_to_end()

    def _on_theme_changed(self) -> None:
        self._layouts.clear()
        self.viewport().update()
