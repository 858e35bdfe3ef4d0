"""Text of documents and models, shown as it is: never markup, links, images (faults: N80, D67).

Laid out and painted by us: Hangul breaks at spaces, citations are marks that can be clicked,
doubtful sentences are underlined, and what is selected can be copied.  GUI thread only.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QEvent, QPoint, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QFocusEvent,
    QFont,
    QGuiApplication,
    QHelpEvent,
    QKeyEvent,
    QKeySequence,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QTextCharFormat,
    QTextLayout,
    QTextLine,
    QTextOption,
)
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from desktop.ui.models.conversation import Mark
from desktop.ui.models.offsets import Utf16Offsets, printable
from desktop.ui.models.plain_text import plain_tip
from desktop.ui.theme import Theme
from desktop.ui.views.line_layout import break_columns

LEADING = 1.62
LONGEST = 60_000  # characters; what is longer is cut, so that no text can stop the window
_CUT = "…"


@dataclass(frozen=True, slots=True)
class Tip:
    """What a tool tip says over a stretch of the text."""

    start: int
    end: int
    text: str


class InertText(QWidget):
    """A block of plain text as wide as it is given room, and as high as it needs."""

    citation_clicked = Signal(int)

    def __init__(
        self, theme: Theme, colour: str = "text", points: float = 0, max_lines: int = 0
    ) -> None:
        """`points` 0 means the interface's size; `max_lines` 0 means all of them."""
        super().__init__()
        self._theme = theme
        self._colour = colour
        self._max_lines = max_lines
        self._text = ""
        self._marks: Sequence[Mark] = ()
        self._tips: Sequence[Tip] = ()
        self._layout: QTextLayout | None = None
        self._laid_width = -1.0
        self._height = 0.0
        self._selection = (0, 0)
        self._offsets = Utf16Offsets("")
        if points:
            font = QFont(QGuiApplication.font())
            font.setPointSizeF(points)
            self.setFont(font)
        # Not `Minimum`: that takes the height of the first, narrow width as the least there may be.
        policy = QSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
        theme.changed.connect(self._on_theme_changed)

    @property
    def text(self) -> str:
        return self._text

    @property
    def marks(self) -> Sequence[Mark]:
        return self._marks

    def set_text(self, text: str, marks: Sequence[Mark] = (), tips: Sequence[Tip] = ()) -> None:
        """Shows a text; `marks` and `tips` are character offsets into it."""
        shown = printable(text if len(text) <= LONGEST else text[:LONGEST] + _CUT)
        if shown == self._text and tuple(marks) == tuple(self._marks) and not tips:
            return
        self._text, self._marks, self._tips = shown, tuple(marks), tuple(tips)
        self._offsets = Utf16Offsets(shown)
        self._selection = (0, 0)
        self.setAccessibleName(shown)
        self._forget()

    def set_colour(self, colour: str) -> None:
        self._colour = colour
        self._forget()

    def selected_text(self) -> str:
        return self._text[min(self._selection) : max(self._selection)]

    # size ------------------------------------------------------------------------------------
    def hasHeightForWidth(self) -> bool:
        return True

    def heightForWidth(self, width: int) -> int:
        self._lay_out(float(width))
        return round(self._height + 0.5)

    def sizeHint(self) -> QSize:
        return QSize(240, self.heightForWidth(max(1, self.width())))

    def minimumSizeHint(self) -> QSize:
        return QSize(60, 0)

    def _forget(self) -> None:
        self._laid_width = -1.0
        self.updateGeometry()
        self.update()

    def _line_height(self) -> float:
        return float(self.fontInfo().pixelSize()) * LEADING

    def _lay_out(self, width: float) -> QTextLayout:
        if self._layout is not None and width == self._laid_width:
            return self._layout
        height = self._line_height()
        # U+2028 breaks a line inside one layout, as a newline does in a document.
        text = self._text.replace("\n", "\u2028") or " "
        layout = QTextLayout(text, self.font())
        option = QTextOption()
        option.setWrapMode(QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)
        layout.setTextOption(option)
        layout.setCacheEnabled(True)
        layout.setFormats([_format(self._theme, mark, self._offsets) for mark in self._marks])
        y, lines = 0.0, 0
        layout.beginLayout()
        while (line := layout.createLine()).isValid():
            line.setLineWidth(max(1.0, width))
            self._break(text, line)
            line.setPosition(QPointF(0.0, y + (height - line.height()) / 2))
            y += height
            lines += 1
            if self._max_lines and lines >= self._max_lines:
                break
        layout.endLayout()
        self._layout, self._laid_width, self._height = layout, width, y
        return layout

    def _break(self, text: str, line: QTextLine) -> None:
        """Moves a break inside a Korean word back to the space before it."""
        offsets, start = self._offsets, self._offsets.from_qt(line.textStart())
        length = offsets.from_qt(line.textStart() + line.textLength()) - start
        columns = break_columns(text, start, length)
        if columns != length:
            line.setNumColumns(offsets.to_qt(start + columns) - line.textStart())

    # painting --------------------------------------------------------------------------------
    def paintEvent(self, event: QPaintEvent) -> None:
        layout = self._lay_out(float(self.width()))
        painter = QPainter(self)
        painter.setPen(self._theme.colour(self._colour))
        start, end = (self._offsets.to_qt(at) for at in sorted(self._selection))
        chosen = []
        if end > start:
            part = QTextLayout.FormatRange()
            part.start, part.length = start, end - start
            style = QTextCharFormat()
            style.setBackground(self._theme.colour("selection"))
            part.format = style
            chosen.append(part)
        layout.draw(painter, QPointF(0, 0), chosen)
        last = layout.lineAt(layout.lineCount() - 1)
        if self._max_lines and last.textStart() + last.textLength() < self._offsets.qt_length:
            self._paint_cut(painter, last)

    def _paint_cut(self, painter: QPainter, line: QTextLine) -> None:
        """An ellipsis after the last character that leaves room for it."""
        width = self.fontMetrics().horizontalAdvance(_CUT) + 6
        left = min(line.naturalTextWidth(), self.width() - width)
        end = int(line.xToCursor(left))
        if _x(line.cursorToX(end)) > left:  # `xToCursor` rounds to the nearest
            end -= 1
        left = _x(line.cursorToX(end))
        area = QRectF(left, line.y(), self.width() - left, line.height())
        painter.fillRect(area, self._theme.colour(str(self.property("ground") or "surface")))
        painter.drawText(QPointF(left + 2, line.y() + line.ascent()), _CUT)

    # mouse and keys --------------------------------------------------------------------------
    def _offset_at(self, place: QPoint) -> int:
        layout = self._lay_out(float(self.width()))
        row = min(max(0, int(place.y() / self._line_height())), layout.lineCount() - 1)
        return self._offsets.from_qt(int(layout.lineAt(row).xToCursor(float(place.x()))))

    def _covers(self, place: QPoint, start: int, end: int) -> bool:
        """Whether a place lies on the characters from `start` to `end`."""
        layout = self._lay_out(float(self.width()))
        row = int(place.y() / self._line_height())
        if not 0 <= row < layout.lineCount():
            return False
        line = layout.lineAt(row)
        start, end = self._offsets.to_qt(start), self._offsets.to_qt(end)
        first, last = line.textStart(), line.textStart() + line.textLength()
        if end <= first or start >= last:
            return False
        left = _x(line.cursorToX(max(start, first)))
        right = _x(line.cursorToX(min(end, last)))
        return left <= place.x() < right

    def citation_at(self, place: QPoint) -> int:
        """The number of the citation at a place; 0 where there is none."""
        for mark in self._marks:
            if mark.kind == "citation" and self._covers(place, mark.start, mark.end):
                return mark.number
        return 0

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            offset = self._offset_at(event.position().toPoint())
            self._selection = (offset, offset)
            self.update()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        place = event.position().toPoint()
        if event.buttons() & Qt.MouseButton.LeftButton:
            self._selection = (self._selection[0], self._offset_at(place))
            self.update()
        else:
            over = self.citation_at(place) > 0
            shape = Qt.CursorShape
            self.setCursor(shape.PointingHandCursor if over else shape.IBeamCursor)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        number = self.citation_at(event.position().toPoint())
        if number and self._selection[0] == self._selection[1]:
            self.citation_clicked.emit(number)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        offset = self._offset_at(event.position().toPoint())
        start = max(self._text.rfind(" ", 0, offset), self._text.rfind("\n", 0, offset)) + 1
        ends = (self._text.find(" ", offset), self._text.find("\n", offset))
        self._selection = (start, min((e for e in ends if e >= 0), default=len(self._text)))
        self.update()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.matches(QKeySequence.StandardKey.Copy) and self.selected_text():
            QGuiApplication.clipboard().setText(self.selected_text())
        elif event.matches(QKeySequence.StandardKey.SelectAll):
            self._selection = (0, len(self._text))
            self.update()
        else:
            super().keyPressEvent(event)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        if event.reason() != Qt.FocusReason.PopupFocusReason:
            self._selection = (0, 0)
            self.update()

    def event(self, event: QEvent) -> bool:
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            found = [t for t in self._tips if self._covers(event.pos(), t.start, t.end)]
            # The narrowest one: a citation lies inside its sentence.
            tip = min(found, key=lambda t: t.end - t.start, default=None)
            QToolTip.showText(event.globalPos(), plain_tip(tip.text) if tip else "", self)
            return True
        return super().event(event)

    def _on_theme_changed(self) -> None:
        self._forget()


def _x(found: object) -> float:
    """`cursorToX` gives the place alone or together with the cursor, by version."""
    return float(found[0]) if isinstance(found, (tuple, list)) else float(found)  # type: ignore[arg-type]


def _format(theme: Theme, mark: Mark, offsets: Utf16Offsets) -> QTextLayout.FormatRange:
    made = QTextLayout.FormatRange()
    made.start = offsets.to_qt(mark.start)
    made.length = offsets.to_qt(mark.end) - made.start
    style = QTextCharFormat()
    if mark.kind == "citation":
        style.setForeground(theme.colour("accent_text"))
        style.setBackground(theme.colour("accent_tint"))
    elif mark.kind == "match":
        style.setBackground(theme.colour("match"))
    elif mark.kind == "weak":
        style.setUnderlineStyle(QTextCharFormat.UnderlineStyle.DotLine)
        style.setUnderlineColor(theme.colour("meter_high"))
    elif mark.kind == "unsupported":
        style.setUnderlineStyle(QTextCharFormat.UnderlineStyle.WaveUnderline)
        style.setUnderlineColor(theme.colour("danger"))
    made.format = style
    return made
