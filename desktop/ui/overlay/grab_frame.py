"""What is drawn over the captions while they can be moved: frame, handles, "Done".  GUI thread."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication, QPointF, QRect, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter, QPen

from desktop.ui.overlay.grab import Edge

_ACCENT = QColor("#38BDF8")
_INK = QColor("#06222F")
_HINT = QColor(255, 255, 255, 225)
_WASH = QColor(16, 20, 24, 150)


class GrabFrame:
    """Paints the frame and knows where its button is."""

    def __init__(self) -> None:
        self._font = QFont()
        self._font.setPointSizeF(10.5)
        self._font.setWeight(QFont.Weight.DemiBold)

    def _done_text(self) -> str:
        return QCoreApplication.translate("GrabFrame", "Done")

    def done_button(self, rect: QRect) -> QRectF:
        """Where a click ends the grab, inside the frame at the top right."""
        metrics = QFontMetricsF(self._font)
        width = metrics.horizontalAdvance(self._done_text()) + 26.0
        height = metrics.height() + 9.0
        return QRectF(rect.right() - width - 13.0, rect.top() + 13.0, width, height)

    def paint(self, painter: QPainter, rect: QRect, empty: bool) -> None:
        """Draws frame, handles, button and, where no caption stands, what to do."""
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        frame = QRectF(rect).adjusted(4.0, 4.0, -4.0, -4.0)
        painter.setBrush(_WASH if empty else Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(_ACCENT, 2.0))
        painter.drawRoundedRect(frame, 10.0, 10.0)
        self._paint_handles(painter, frame)
        painter.setFont(self._font)
        if empty:
            painter.setPen(_HINT)
            text = QCoreApplication.translate(
                "GrabFrame", "Drag to move. Pull an edge to resize. Esc to finish."
            )
            space = frame.adjusted(20.0, 0.0, -(self.done_button(rect).width() + 24.0), 0.0)
            flags = int(Qt.AlignmentFlag.AlignVCenter) | int(Qt.TextFlag.TextWordWrap)
            painter.drawText(space, flags, text)
        button = self.done_button(rect)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(_ACCENT)
        painter.drawRoundedRect(button, button.height() / 2, button.height() / 2)
        painter.setPen(_INK)
        painter.drawText(button, Qt.AlignmentFlag.AlignCenter, self._done_text())

    def _paint_handles(self, painter: QPainter, frame: QRectF) -> None:
        painter.setPen(QPen(QColor("white"), 1.5))
        painter.setBrush(_ACCENT)
        middle = frame.center()
        for at in (
            frame.topLeft(),
            frame.topRight(),
            frame.bottomLeft(),
            frame.bottomRight(),
            QPointF(frame.left(), middle.y()),
            QPointF(frame.right(), middle.y()),
        ):
            painter.drawEllipse(at, 4.0, 4.0)

    def cursor(self, edge: Edge, on_button: bool) -> Qt.CursorShape:
        """The pointer's shape over a part of the frame."""
        if on_button:
            return Qt.CursorShape.PointingHandCursor
        if edge in (Edge.LEFT | Edge.TOP, Edge.RIGHT | Edge.BOTTOM):
            return Qt.CursorShape.SizeFDiagCursor
        if edge in (Edge.RIGHT | Edge.TOP, Edge.LEFT | Edge.BOTTOM):
            return Qt.CursorShape.SizeBDiagCursor
        if edge & (Edge.LEFT | Edge.RIGHT):
            return Qt.CursorShape.SizeHorCursor
        if edge & (Edge.TOP | Edge.BOTTOM):
            return Qt.CursorShape.SizeVerCursor
        return Qt.CursorShape.SizeAllCursor

    def qt_edges(self, edge: Edge) -> Qt.Edge:
        """The same edges in Qt's words."""
        edges = Qt.Edge(0)
        for ours, theirs in (
            (Edge.LEFT, Qt.Edge.LeftEdge),
            (Edge.TOP, Qt.Edge.TopEdge),
            (Edge.RIGHT, Qt.Edge.RightEdge),
            (Edge.BOTTOM, Qt.Edge.BottomEdge),
        ):
            if ours in edge:
                edges |= theirs
        return edges
