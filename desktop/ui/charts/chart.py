"""One chart over pyqtgraph: cheap curves, marks, a crosshair.  GUI thread only.

The only place that knows pyqtgraph, which is imported when the first chart is made.  Axes and
grids change only with the range; a new measurement sets the curves' data and nothing else.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import QColor, QMouseEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QVBoxLayout, QWidget

from desktop.ui.charts.legend import Legend
from desktop.ui.charts.specs import (
    ChartSpec,
    chart_name,
    nice_top,
    series_name,
    series_token,
    shown,
)
from desktop.ui.charts.time_axis import tick_texts
from desktop.ui.i18n import Retranslated
from desktop.ui.models.machine_history import MachineHistory, Values
from desktop.ui.theme import Theme, interface_font
from desktop.ui.views.controls import label

PLOT_PX = 118
AXIS_PX = 54
MAX_POINTS = 360
HEADROOM = 1.14  # or pyqtgraph leaves out the label at the top
MARK_TOKENS = {"restart": "meter_high", "memory": "danger", "lag": "kind_company"}


def load_pyqtgraph() -> Any:
    import pyqtgraph

    return pyqtgraph


def thinned(ages: Values, values: Values, limit: int = MAX_POINTS) -> tuple[Values, Values]:
    """At most `limit` points; of those drawn over each other the largest stays, and the newest."""
    step = -(-len(ages) // limit)
    if step <= 1:
        return ages, values
    first = len(ages) % step  # what is left over is at the old end
    groups = values[first:].reshape(-1, step)
    known = np.where(np.isnan(groups), -np.inf, groups).max(axis=1)
    known[np.isinf(known)] = np.nan
    return ages[first:].reshape(-1, step)[:, -1], known


def with_lone_values(values: Values) -> Values:
    """The curve with each value that stands alone drawn out to a dash: a line needs two points.

    Some things happen now and then, like the first token of an answer.
    """
    known = ~np.isnan(values)
    around = np.concatenate(([False], known, [False]))
    alone = np.flatnonzero(known & ~around[:-2] & ~around[2:])
    if not len(alone) or len(values) < 2:
        return values
    beside = np.where(alone + 1 < len(values), alone + 1, alone - 1)
    drawn = values.copy()
    drawn[beside] = values[alone]
    return drawn


class Chart(Retranslated, QFrame):
    """Shows one `ChartSpec`; `hovered` tells the age under the pointer, None when it leaves."""

    hovered = Signal(object)

    def __init__(self, theme: Theme, spec: ChartSpec, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("card")
        self.setMouseTracking(True)
        self.spec = spec
        self.stale = True
        self._theme = theme
        self._span_s = 60.0
        self._top = 0.0
        self._hover: float | None = None
        self._ages: Values = np.empty(0)
        self._values: dict[str, Values] = {}
        self._names: dict[str, str] = {}
        self._curves: dict[str, Any] = {}
        self._marks: dict[str, Any] = {}
        self._title = label("", "section")
        self._legend = Legend(theme)
        self._pg = load_pyqtgraph()
        self._plot = self._pg.PlotWidget()
        self._cross = self._pg.InfiniteLine(angle=90, movable=False)
        self._prepare()
        self._arrange()
        theme.changed.connect(self._on_theme_changed)
        self._on_theme_changed()
        self.retranslate()

    def _prepare(self) -> None:
        plot = self._plot
        plot.setFixedHeight(PLOT_PX)
        plot.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        plot.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        plot.setFrameShape(QFrame.Shape.NoFrame)
        item = plot.getPlotItem()
        item.hideButtons()
        item.setMenuEnabled(False)
        item.disableAutoRange()
        item.setContentsMargins(0, 4, 18, 0)
        font = interface_font(8.0)
        for name in ("left", "bottom"):
            axis = item.getAxis(name)
            axis.setStyle(tickFont=font, tickLength=0, tickTextOffset=4)
        item.getAxis("left").setWidth(AXIS_PX)
        item.getAxis("bottom").setHeight(18)
        item.showGrid(x=False, y=True, alpha=0.22)
        self._cross.hide()
        item.addItem(self._cross, ignoreBounds=True)

    def _arrange(self) -> None:
        top = QHBoxLayout()
        top.setContentsMargins(14, 0, 12, 0)
        top.setSpacing(12)
        top.addWidget(self._title)
        top.addWidget(self._legend, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(1, 9, 1, 4)
        column.setSpacing(2)
        column.addLayout(top)
        column.addWidget(self._plot)

    def retranslate(self) -> None:
        self._title.setText(chart_name(self.spec.key))
        self.setAccessibleName(chart_name(self.spec.key))
        self.stale = True
        self.set_span(self._span_s)

    def set_span(self, span_s: float) -> None:
        """Shows the last `span_s` seconds."""
        self._span_s = span_s
        self.stale = True
        item = self._plot.getPlotItem()
        item.setXRange(-span_s, 0.0, padding=0.0)
        item.getAxis("bottom").setTicks([tick_texts(span_s)])

    def show_history(self, history: MachineHistory, now_s: float) -> None:
        """Draws what is known now."""
        self.stale = False
        keys = history.keys(self.spec.prefix)
        self._ages, self._values = history.series(keys, self._span_s, now_s)
        for key in keys:
            self._names[key] = series_name(key, history)
        drawn = self._stacked(keys) if self.spec.stacked else self._values
        self._show_top(drawn)
        for number, key in enumerate(keys):
            curve = self._curves.get(key) or self._add_curve(key, number)
            ages, values = thinned(self._ages, drawn[key])
            curve.setData(ages, with_lone_values(values))
        self._show_marks(history, now_s)
        self._show_values()

    def set_hover(self, age_s: float | None) -> None:
        """Shows the values at an age, None for the newest."""
        self._hover = age_s
        self._cross.setVisible(age_s is not None)
        if age_s is not None:
            self._cross.setValue(age_s)
        self._show_values()

    @property
    def legend(self) -> Legend:
        """The values shown, for the keyboard and for tests."""
        return self._legend

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        area = self._plot.getPlotItem().getViewBox().sceneBoundingRect()
        x = event.position().x() - self._plot.x() - area.left()
        if area.width() > 0 and 0 <= x <= area.width():
            self.hovered.emit(-self._span_s * (1.0 - x / area.width()))
        else:
            self.hovered.emit(None)

    def leaveEvent(self, event: QEvent) -> None:
        super().leaveEvent(event)
        self.hovered.emit(None)

    def _stacked(self, keys: list[str]) -> dict[str, Values]:
        """Each series on top of those before it."""
        below = np.zeros(len(self._ages))
        drawn = {}
        known = np.zeros(len(self._ages), dtype=bool)
        for key in keys:
            known |= ~np.isnan(self._values[key])
            below = below + np.nan_to_num(self._values[key])
            drawn[key] = below
        return {key: np.where(known, values, np.nan) for key, values in drawn.items()}

    def _show_top(self, drawn: dict[str, Values]) -> None:
        highest = max((float(np.nanmax(v)) for v in drawn.values() if not np.isnan(v).all()),
                      default=0.0)  # fmt: skip
        top = self.spec.top or nice_top(max(highest * 1.05, self.spec.least), self.spec.unit)
        if top == self._top:
            return
        self._top = top
        item = self._plot.getPlotItem()
        item.setYRange(0.0, top * HEADROOM, padding=0.0)
        steps = (top / 2, top)
        item.getAxis("left").setTicks([[(v, shown(v, self.spec.unit)) for v in steps]])

    def _add_curve(self, key: str, number: int) -> Any:
        curve = self._pg.PlotCurveItem(antialias=False, connect="finite")
        if self.spec.stacked:
            curve.setFillLevel(0.0)
            curve.setZValue(-number)  # the lower areas hide those that reach above them
        self._curves[key] = curve
        self._plot.getPlotItem().addItem(curve, ignoreBounds=True)
        self._colour_curve(key, number)
        return curve

    def _colour_curve(self, key: str, number: int) -> None:
        colour = self._theme.colour(series_token(key, number))
        curve = self._curves[key]
        if self.spec.stacked:
            ground = self._theme.colour("surface")
            curve.setBrush(_mixed(colour, ground))
        curve.setPen(self._pg.mkPen(colour, width=1.0 if self.spec.stacked else 2.0))

    def _show_marks(self, history: MachineHistory, now_s: float) -> None:
        for kind, token in MARK_TOKENS.items():
            ages = [m.wall_s - now_s for m in history.marks if m.kind == kind]
            ages = [age for age in ages if age >= -self._span_s]
            item = self._marks.get(kind)
            if item is None and ages:
                pen = self._pg.mkPen(self._theme.colour(token), style=Qt.PenStyle.DashLine)
                item = self._pg.PlotCurveItem(antialias=False, connect="pairs", pen=pen)
                self._marks[kind] = item
                self._plot.getPlotItem().addItem(item, ignoreBounds=True)
            if item is not None:
                item.setData(np.repeat(ages, 2), np.tile([0.0, self._top * HEADROOM], len(ages)))

    def _show_values(self) -> None:
        row = self._row()
        entries = []
        for number, (key, values) in enumerate(self._values.items()):
            value = float(values[row]) if row is not None else float("nan")
            if self.spec.key == "vram" and value == 0.0:
                continue  # a process that does not use the card
            token = series_token(key, number)
            entries.append((token, self._names[key], shown(value, self.spec.unit)))
        self._legend.show_entries(tuple(entries))

    def _row(self) -> int | None:
        """The point nearest to the crosshair, or the newest."""
        if not len(self._ages):
            return None
        if self._hover is None:
            return len(self._ages) - 1
        return int(np.argmin(np.abs(self._ages - self._hover)))

    def _on_theme_changed(self) -> None:
        colour = self._theme.colour
        self._plot.setBackground(colour("surface"))
        item = self._plot.getPlotItem()
        for name in ("left", "bottom"):
            axis = item.getAxis(name)
            axis.setPen(self._pg.mkPen(colour("border_strong")))
            axis.setTextPen(self._pg.mkPen(colour("text_faint")))
        self._cross.setPen(self._pg.mkPen(colour("text_faint"), style=Qt.PenStyle.DashLine))
        for number, key in enumerate(self._curves):
            self._colour_curve(key, number)
        for kind, mark in self._marks.items():
            pen = self._pg.mkPen(colour(MARK_TOKENS[kind]), style=Qt.PenStyle.DashLine)
            mark.setPen(pen)


def _mixed(colour: QColor, ground: QColor) -> QColor:
    """An area's colour: opaque, since see-through areas cost several times as much."""
    parts = [
        round(a * 0.62 + b * 0.38)
        for a, b in zip(colour.toTuple()[:3], ground.toTuple()[:3], strict=True)  # type: ignore[index]
    ]
    return QColor(*parts)
