"""The page of charts: ranges, groups, one crosshair over all of them.  GUI thread only.

Nothing is drawn while the page is hidden, and of a page that is shown only what is in view.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QHideEvent, QResizeEvent, QShowEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QScrollArea, QVBoxLayout, QWidget

from desktop.events import MachineMeasured, ServiceChanged, ServiceState, ServiceStatus
from desktop.ui.charts.legend import Legend
from desktop.ui.charts.specs import GROUPS, group_name
from desktop.ui.charts.time_axis import REFRESH_S, SPANS_S, span_text
from desktop.ui.charts.timeline import Timeline
from desktop.ui.i18n import Retranslated
from desktop.ui.models.machine_history import MachineHistory, Mark
from desktop.ui.theme import Theme
from desktop.ui.views.controls import Segmented, label
from desktop.ui.views.service_words import reason_text

if TYPE_CHECKING:
    from desktop.ui.charts.group import ChartGroup

TWO_COLUMNS_PX = 760
THREE_COLUMNS_PX = 1_700
LAG_MARK_S = 5.0
LAG_OVER_S = 2.0
PAINTED_FIRST_MS = 30
_TROUBLE = (ServiceState.BACKOFF, ServiceState.FAILED)
_MEMORY = re.compile(r"memory", re.IGNORECASE)


class ChartsPage(Retranslated, QFrame):
    """Takes measurements and service changes at any time; `looked` tells whether it is shown."""

    looked = Signal(bool)
    _continued = Signal()

    def __init__(self, theme: Theme, say: Callable[[str], str]) -> None:
        """`say` translates messages."""
        super().__init__()
        self.setObjectName("page")
        self.history = MachineHistory()
        self._theme = theme
        self._say = say
        self._span_s = SPANS_S[0]
        self._drawn_s = 0.0
        self._lagging = False
        self._restarts: dict[str, int] = {}
        self._build_soon = QTimer(self)
        self._build_soon.setSingleShot(True)
        self._build_soon.setInterval(PAINTED_FIRST_MS)
        self._build_soon.timeout.connect(self._build)
        self.groups: dict[str, ChartGroup] = {}
        self._title = label("", "title")
        self._readout = label("", "faint")
        self._marks = Legend(theme)
        self._spans = Segmented(theme, [(str(span), "") for span in SPANS_S])
        self._scroll = QScrollArea()
        self._column = QVBoxLayout()
        self._wait = label("", "soft")  # until the drawing library is there
        self._services = label("", "heading")
        self.timeline = Timeline(theme)
        self._arrange()
        self._continued.connect(self._make_charts, Qt.ConnectionType.QueuedConnection)
        self._spans.chosen.connect(self._on_span_chosen)
        self._scroll.verticalScrollBar().valueChanged.connect(self._draw_stale)
        self.timeline.hovered.connect(self._on_hovered)
        self.retranslate()

    def _arrange(self) -> None:
        self._spans.set_value(str(self._span_s))
        top = QHBoxLayout()
        top.setContentsMargins(24, 18, 24, 8)
        top.setSpacing(16)
        top.addWidget(self._title)
        top.addWidget(self._readout)
        top.addWidget(self._marks, 1)
        top.addWidget(self._spans)
        body = QWidget()
        body.setObjectName("scroll_body")
        body.setLayout(self._column)
        self._column.setContentsMargins(24, 4, 16, 24)
        self._column.setSpacing(4)
        self._column.addWidget(self._wait)
        self._column.addStretch(1)
        self._scroll.setWidget(body)
        self._scroll.setWidgetResizable(True)
        self._scroll.setFrameShape(QFrame.Shape.NoFrame)
        self._scroll.setObjectName("ringed")
        self._scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(top)
        column.addWidget(self._scroll, 1)

    def retranslate(self) -> None:
        self.setAccessibleName(self.tr("Charts"))
        self._scroll.setAccessibleName(self.tr("Charts"))
        self._title.setText(self.tr("Charts"))
        self._spans.set_texts({str(s): span_text(s) for s in SPANS_S}, self.tr("Range"))
        self._services.setText(group_name("services"))
        self._wait.setText(self.tr("Preparing the charts…"))
        self._marks.show_entries(
            (
                ("meter_high", self.tr("restart"), ""),
                ("danger", self.tr("out of memory"), ""),
                ("kind_company", self.tr("captions behind"), ""),
            )
        )
        self._show_readout(None)

    # what comes in -------------------------------------------------------------------------------
    def add_measurement(self, event: MachineMeasured) -> None:
        """Keeps a measurement and, when somebody looks, draws what is due."""
        self.history.add(event)
        lag_s = event.lag_s or 0.0
        if lag_s > LAG_MARK_S and not self._lagging:
            self._lagging = True
            self.history.mark(Mark(event.wall_s, "lag", self.tr("Captions fall behind")))
        elif lag_s < LAG_OVER_S:
            self._lagging = False
        if self.isVisible() and event.wall_s - self._drawn_s >= REFRESH_S[self._span_s] - 0.3:
            self.refresh()

    def add_service(self, event: ServiceChanged) -> None:
        """Keeps a service's change; a restart or a lack of memory is marked."""
        status = event.status
        self.history.set_state(status.name, status.state, event.wall_s)
        fresh = status.restarts > self._restarts.get(status.name, status.restarts)
        self._restarts[status.name] = status.restarts
        failed = status.state in _TROUBLE and event.previous not in _TROUBLE
        text = f"{self._say(status.label)}: {reason_text(status.reason, self._say)}"
        if failed and _MEMORY.search(status.reason):
            self.history.mark(Mark(event.wall_s, "memory", text))
        elif failed or fresh:
            self.history.mark(Mark(event.wall_s, "restart", text))

    def show_services(self, statuses: Iterable[ServiceStatus]) -> None:
        """The states as they are; how long those have been ready is known."""
        now_s = time.time()
        for status in statuses:
            self._restarts.setdefault(status.name, status.restarts)
            if status.name not in self.history.states:
                self.history.set_state(status.name, status.state, now_s - status.uptime_s)
        if self.isVisible():
            self.timeline.show_history(self.history, self._now_s())

    # drawing -------------------------------------------------------------------------------------
    def refresh(self) -> None:
        """Draws what is in view; the rest when it comes into view."""
        if not self.groups:
            self._build_soon.start()
        self._drawn_s = self._now_s() if self.history.latest is not None else 0.0
        latest = self.history.latest
        for name, group in self.groups.items():
            if name == "gpu" and latest is not None and not latest.gpus:
                said = self._say(latest.gpu_reason).rstrip(".")
                group.set_hint(f"{said[:1].upper()}{said[1:]}." if said else "")
            for chart in group.charts.values():
                chart.stale = True
        self.timeline.show_history(self.history, self._now_s())
        self._draw_stale()
        self._make_charts()

    def _make_charts(self) -> None:
        """One chart a turn of the event loop, so that the window stays alive meanwhile."""
        if self.isVisible() and any(group.prepare(self.history) for group in self.groups.values()):
            self._continued.emit()
        self._draw_stale()

    def _draw_stale(self) -> None:
        for group in self.groups.values():
            for chart in group.charts.values():
                if chart.stale and not chart.visibleRegion().isEmpty():
                    chart.show_history(self.history, self._drawn_s)

    def _now_s(self) -> float:
        """The newest measurement's time: curves end at the right edge, however late it comes."""
        return self.history.latest.wall_s if self.history.latest is not None else time.time()

    def _build(self) -> None:
        """Imports pyqtgraph, which takes up to a second, once the page says so.

        On this thread: it defines hundreds of Qt classes, and PySide's tables of them bear no
        second thread beside one that works with widgets.
        """
        from desktop.ui.charts.chart import load_pyqtgraph
        from desktop.ui.charts.group import ChartGroup

        if self.groups or not self.isVisible():
            return
        load_pyqtgraph()
        self._column.removeWidget(self._wait)
        self._wait.hide()
        for place, name in enumerate(GROUPS):
            group = ChartGroup(self._theme, name)
            group.set_span(self._span_s)
            group.hovered.connect(self._on_hovered)
            self.groups[name] = group
            self._column.insertWidget(place, group)
        self._column.insertWidget(len(GROUPS), self._services)
        self._column.insertSpacing(len(GROUPS) + 1, 4)
        self._column.insertWidget(len(GROUPS) + 2, self.timeline)
        self._set_columns()
        self.refresh()

    def _set_columns(self) -> None:
        width = self._scroll.viewport().width()
        columns = 1 if width < TWO_COLUMNS_PX else 2 if width < THREE_COLUMNS_PX else 3
        for group in self.groups.values():
            group.set_columns(columns)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.looked.emit(True)
        self.refresh()

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self.looked.emit(False)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._set_columns()
        self._marks.setVisible(self.width() > TWO_COLUMNS_PX)

    # pointer -------------------------------------------------------------------------------------
    def _on_span_chosen(self, value: str) -> None:
        self._span_s = int(value)
        for group in self.groups.values():
            group.set_span(self._span_s)
        self.timeline.set_span(self._span_s)
        self.refresh()

    def _on_hovered(self, age_s: float | None) -> None:
        for group in self.groups.values():
            group.set_hover(age_s)
        self.timeline.set_hover(age_s)
        self._show_readout(age_s)

    def _show_readout(self, age_s: float | None) -> None:
        if age_s is None:
            self._readout.setText("")
            return
        wall_s = self._now_s() + age_s
        text = time.strftime("%H:%M:%S", time.localtime(wall_s))
        near = [m for m in self.history.marks if abs(m.wall_s - wall_s) < self._span_s / 100]
        self._readout.setText(f"{text} · {near[-1].text}" if near else text)
