"""A page as a picture with the cited passage marked on it, at any size.  GUI thread only."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QPoint, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QImage,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QResizeEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QFrame, QScrollArea, QWidget

from desktop.ui.theme import Theme
from desktop.ui.views.controls import QuietScrollBar

Box = tuple[float, float, float, float]
MIN_ZOOM, MAX_ZOOM = 0.25, 4.0
STEP = 1.2
SAME_LINE = 0.4  # how much of their height two boxes of one line share at least
JOIN_GAP = 0.05  # of the page's width; what is further apart is another column
_MARGIN = 16
_MARK = QColor(255, 214, 64, 96)  # a marker pen: pages are white in both themes
_EDGE = QColor(200, 140, 0, 200)


class _Sheet(QWidget):
    """The page itself."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self.image = QImage()
        self.boxes: Sequence[Box] = ()
        self.zoom = 1.0

    @property
    def page(self) -> QRectF:
        """Where the page stands on the sheet."""
        size = QSize(round(self.image.width() * self.zoom), round(self.image.height() * self.zoom))
        left = max(_MARGIN, (self.width() - size.width()) // 2)
        return QRectF(left, _MARGIN, size.width(), size.height())

    def marked(self) -> list[QRectF]:
        page = self.page
        return [
            QRectF(
                page.left() + x * page.width(),
                page.top() + y * page.height(),
                w * page.width(),
                h * page.height(),
            )
            for x, y, w, h in self.boxes
        ]

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        painter.fillRect(event.rect(), self._theme.colour("window"))
        if self.image.isNull():
            return
        painter.fillRect(self.page.adjusted(-1, -1, 1, 1), self._theme.colour("border_strong"))
        painter.drawImage(self.page, self.image)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setCompositionMode(QPainter.CompositionMode.CompositionMode_Multiply)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(_MARK)
        for box in self.marked():
            painter.drawRoundedRect(box.adjusted(-2, -1, 2, 1), 3, 3)
        painter.setCompositionMode(QPainter.CompositionMode.CompositionMode_SourceOver)
        painter.setPen(_EDGE)
        for box in self.marked():  # a bar at its left, for those who do not see the colour
            painter.drawLine(box.topLeft() + QPoint(-5, 0), box.bottomLeft() + QPoint(-5, 0))


class PageImage(QScrollArea):
    """Scrolls and zooms a page; opens fitted to the width, with the first mark in view."""

    zoom_changed = Signal(float)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._sheet = _Sheet(theme)
        self._fitted = True
        self._drag_from: QPoint | None = None
        self.setObjectName("ringed")
        self.setWidget(self._sheet)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        # Coming and going it would change the width that the page is fitted to, without end.
        self.setVerticalScrollBar(QuietScrollBar())
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOn)
        theme.changed.connect(self._sheet.update)

    @property
    def zoom(self) -> float:
        return self._sheet.zoom

    def show_page(self, png: bytes, boxes: Sequence[Box]) -> bool:
        """Shows a PNG; False when it is none."""
        image = QImage.fromData(png, "PNG")  # type: ignore[arg-type]
        self._sheet.image, self._sheet.boxes = image, joined(boxes)
        if self._fitted:
            self.fit()
        else:
            self._set_zoom(self.zoom)
        if boxes:
            self.show_mark()
        else:
            self.verticalScrollBar().setValue(0)
        return not image.isNull()

    def fit(self) -> None:
        """As wide as there is room."""
        self._fitted = True
        width = self._sheet.image.width()
        if width:
            self._set_zoom((self.viewport().width() - 2 * _MARGIN) / width)
        self.show_mark()

    def zoom_by(self, factor: float) -> None:
        self._fitted = False
        self._set_zoom(self.zoom * factor)
        self.show_mark()

    def show_mark(self) -> None:
        """Scrolls so that the first mark stands in the upper third."""
        marks = self._sheet.marked()
        if marks:
            first = marks[0]
            self.verticalScrollBar().setValue(round(first.top() - self.viewport().height() / 3))
            self.horizontalScrollBar().setValue(
                round(first.center().x() - self.viewport().width() / 2)
            )

    def _set_zoom(self, zoom: float) -> None:
        sheet = self._sheet
        sheet.zoom = min(MAX_ZOOM, max(MIN_ZOOM, zoom))
        width = round(sheet.image.width() * sheet.zoom) + 2 * _MARGIN
        height = round(sheet.image.height() * sheet.zoom) + 2 * _MARGIN
        sheet.resize(max(width, self.viewport().width()), max(height, self.viewport().height()))
        sheet.update()
        self.zoom_changed.emit(sheet.zoom)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if self._fitted:
            self.fit()
        else:
            self._set_zoom(self.zoom)

    def wheelEvent(self, event: QWheelEvent) -> None:
        if event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            self.zoom_by(STEP if event.angleDelta().y() > 0 else 1 / STEP)
            event.accept()
        else:
            super().wheelEvent(event)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self._drag_from = event.position().toPoint()
        self.setCursor(Qt.CursorShape.ClosedHandCursor)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self._drag_from is not None:
            place = event.position().toPoint()
            moved, self._drag_from = place - self._drag_from, place
            self.verticalScrollBar().setValue(self.verticalScrollBar().value() - moved.y())
            self.horizontalScrollBar().setValue(self.horizontalScrollBar().value() - moved.x())

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        self._drag_from = None
        self.unsetCursor()


def joined(boxes: Sequence[Box]) -> list[Box]:
    """Boxes of words as boxes of lines: a marker pen does not stop at every space."""
    lines: list[Box] = []
    for x, y, width, height in boxes:
        if lines:
            left, top, wide, high = lines[-1]
            shared = min(y + height, top + high) - max(y, top)
            gap = x - (left + wide)
            if shared > SAME_LINE * min(height, high) and -JOIN_GAP < gap < JOIN_GAP:
                right, bottom = max(left + wide, x + width), max(top + high, y + height)
                start, upper = min(left, x), min(top, y)
                lines[-1] = (start, upper, right - start, bottom - upper)
                continue
        lines.append((x, y, width, height))
    return lines
