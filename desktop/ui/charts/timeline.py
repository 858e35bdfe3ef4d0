"""The states of the services over time, a row each.  GUI thread only."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFont, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QFrame, QWidget

from desktop.events import ServiceState
from desktop.ui.charts.time_axis import tick_texts
from desktop.ui.i18n import Retranslated
from desktop.ui.models.machine_history import MachineHistory
from desktop.ui.theme import Theme
from desktop.ui.views.service_words import service_name, state_name

ROW_PX = 26
NAME_PX = 190
STATE_PX = 150
EDGE_PX = 14
STATE_FILLS = {
    ServiceState.STOPPED: "meter_track",
    ServiceState.STARTING: "meter_high",
    ServiceState.READY: "meter_low",
    ServiceState.DEGRADED: "meter_high",
    ServiceState.BACKOFF: "kind_product",
    ServiceState.FAILED: "danger",
    ServiceState.STOPPING: "border_strong",
}
_ALIGN = Qt.AlignmentFlag


class Timeline(Retranslated, QFrame):
    """Painted; `hovered` tells the age under the pointer, None when it leaves."""

    hovered = Signal(object)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("card")
        self.setMouseTracking(True)
        self._theme = theme
        self._span_s = 60.0
        self._now_s = 0.0
        self._hover: float | None = None
        self._states: dict[str, list[tuple[float, ServiceState]]] = {}
        theme.changed.connect(self.update)
        self.retranslate()

    def retranslate(self) -> None:
        self.setAccessibleName(self.tr("States of the services"))
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(400, 20 + ROW_PX * max(1, len(self._states)) + 18)

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()

    def set_span(self, span_s: float) -> None:
        self._span_s = span_s
        self.update()

    def show_history(self, history: MachineHistory, now_s: float) -> None:
        before = len(self._states)
        self._now_s = now_s
        self._states = {name: list(states) for name, states in history.states.items()}
        if len(self._states) != before:
            self.updateGeometry()
        self.update()

    def set_hover(self, age_s: float | None) -> None:
        self._hover = age_s
        self.update()

    def state_at(self, name: str, age_s: float) -> ServiceState | None:
        """The state a service was in, None before it was known."""
        found = None
        for wall_s, state in self._states.get(name, ()):
            if wall_s - self._now_s > age_s:
                break
            found = state
        return found

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        left, width = self._area()
        x = event.position().x() - left
        inside = width > 0 and 0 <= x <= width
        self.hovered.emit(-self._span_s * (1.0 - x / width) if inside else None)

    def leaveEvent(self, event: QEvent) -> None:
        super().leaveEvent(event)
        self.hovered.emit(None)

    def _area(self) -> tuple[float, float]:
        return float(NAME_PX), max(1.0, self.width() - NAME_PX - STATE_PX)

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        painter = QPainter(self)
        font = QFont(self.font())
        font.setPointSizeF(9.0)
        painter.setFont(font)
        left, width = self._area()
        middle = int(_ALIGN.AlignVCenter | _ALIGN.AlignLeft)
        for row, (name, states) in enumerate(self._states.items()):
            top = 10.0 + row * ROW_PX
            painter.setPen(self._theme.colour("text"))
            place = QRectF(EDGE_PX, top, NAME_PX - EDGE_PX - 8, ROW_PX)
            text = painter.fontMetrics().elidedText(
                service_name(name, name), Qt.TextElideMode.ElideRight, int(place.width())
            )
            painter.drawText(place, middle, text)
            self._paint_states(painter, QRectF(left, top + 7, width, ROW_PX - 14), states)
            age_s = self._hover if self._hover is not None else 0.0
            state = self.state_at(name, age_s)
            painter.setPen(self._theme.colour("text_soft"))
            place = QRectF(left + width + 12, top, STATE_PX - 16, ROW_PX)
            painter.drawText(place, middle, state_name(state) if state is not None else "–")
        self._paint_axis(painter, left, width)

    def _paint_states(
        self, painter: QPainter, area: QRectF, states: Sequence[tuple[float, ServiceState]]
    ) -> None:
        painter.fillRect(area, self._theme.colour("raised"))
        ends = [wall_s for wall_s, _ in states[1:]] + [self._now_s]
        for (wall_s, state), end_s in zip(states, ends, strict=True):
            first = max(-self._span_s, wall_s - self._now_s)
            last = min(0.0, end_s - self._now_s)
            if last < first:
                continue
            x = area.left() + area.width() * (1.0 + first / self._span_s)
            width = max(1.5, area.width() * (last - first) / self._span_s)
            colour = self._theme.colour(STATE_FILLS[state])
            painter.fillRect(QRectF(x, area.top(), width, area.height()), colour)

    def _paint_axis(self, painter: QPainter, left: float, width: float) -> None:
        font = QFont(self.font())
        font.setPointSizeF(8.0)
        painter.setFont(font)
        bottom = 10.0 + ROW_PX * max(1, len(self._states))
        painter.setPen(self._theme.colour("text_faint"))
        for age_s, text in tick_texts(self._span_s):
            x = left + width * (1.0 + age_s / self._span_s)
            place = QRectF(x - 60, bottom, 120, 20)
            painter.drawText(place, int(_ALIGN.AlignCenter), text)
        if self._hover is not None:
            x = left + width * (1.0 + self._hover / self._span_s)
            painter.drawLine(int(x), 8, int(x), int(bottom))
