"""A heading with its charts in columns, or a line that says why there are none.

GUI thread only.
"""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QGridLayout, QVBoxLayout, QWidget

from desktop.ui.charts.chart import Chart
from desktop.ui.charts.specs import CHARTS, group_name
from desktop.ui.i18n import Retranslated
from desktop.ui.models.machine_history import MachineHistory
from desktop.ui.theme import Theme
from desktop.ui.views.controls import label


class ChartGroup(Retranslated, QWidget):
    """Makes a chart once there is something to draw in it."""

    hovered = Signal(object)

    def __init__(self, theme: Theme, group: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._group = group
        self._specs = [spec for spec in CHARTS if spec.group == group]
        self._columns = 2
        self._span_s = 60.0
        self._heading = label("", "heading")
        self._hint = label("", "soft", wrap=True)
        self.charts: dict[str, Chart] = {}
        self._grid = QGridLayout()
        self._grid.setSpacing(10)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 14)
        column.setSpacing(8)
        column.addWidget(self._heading)
        column.addWidget(self._hint)
        column.addLayout(self._grid)
        self.retranslate()

    def retranslate(self) -> None:
        self._heading.setText(group_name(self._group))
        hints = {
            "gpu": self.tr("No graphics card is used."),
            "llm": self.tr("The language model has not been asked yet."),
            "captions": self.tr("Appears while something is being captioned."),
            "machine": self.tr("Measuring…"),
        }
        self._hint.setText(hints[self._group])

    def set_hint(self, text: str) -> None:
        """Says more exactly why there are no charts."""
        if text:
            below = self.tr("What the processor does stands below.")
            self._hint.setText(f"{text} {below}")

    def set_columns(self, columns: int) -> None:
        if columns != self._columns:
            self._columns = columns
            self._lay_out()

    def set_span(self, span_s: float) -> None:
        self._span_s = span_s
        for chart in self.charts.values():
            chart.set_span(span_s)

    def set_hover(self, age_s: float | None) -> None:
        for chart in self.charts.values():
            chart.set_hover(age_s)

    def prepare(self, history: MachineHistory) -> bool:
        """Makes one of the charts that now have something to show; a chart takes a moment.

        Returns:
            True when it made one: there may be more to make.
        """
        fresh = [s for s in self._specs if s.key not in self.charts and history.has(s.prefix)]
        if fresh:
            chart = Chart(self._theme, fresh[0])
            chart.set_span(self._span_s)
            chart.hovered.connect(self.hovered)
            self.charts[fresh[0].key] = chart
            self._lay_out()
        self._hint.setVisible(not self.charts)
        return bool(fresh)

    def _lay_out(self) -> None:
        shown = [self.charts[spec.key] for spec in self._specs if spec.key in self.charts]
        for number, chart in enumerate(shown):
            self._grid.addWidget(chart, number // self._columns, number % self._columns)
        for column in range(4):
            self._grid.setColumnStretch(column, int(column < self._columns))
