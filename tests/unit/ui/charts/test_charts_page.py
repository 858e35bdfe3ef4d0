"""The charts, as a person uses them."""

from __future__ import annotations

import dataclasses
import subprocess
import sys
import time

import numpy as np
import pytest
from fakes.fake_backend import FakeBackend
from fakes.fake_machine_room import measured
from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from desktop import events as ev
from desktop.bus import EventBus
from desktop.events import ServiceState
from desktop.ui.charts.chart import Chart, thinned, with_lone_values
from desktop.ui.charts.page import ChartsPage
from desktop.ui.charts.specs import CHARTS, chart_name, nice_top, shown
from desktop.ui.charts.time_axis import SPANS_S, tick_texts
from desktop.ui.control.machine_room import LOOKING_S, RESTING_S
from desktop.ui.main_window import MainWindow

START_S = float(int(time.time())) - 60.0


def charts_page(window: MainWindow) -> ChartsPage:
    return window.findChildren(ChartsPage)[0]


@pytest.fixture
def page(window: MainWindow, qtbot: QtBot) -> ChartsPage:
    """The page with a busy minute and every chart made."""
    found = charts_page(window)
    window.resize(1280, 1000)
    for step in range(60):
        found.add_measurement(measured(step, START_S + step))
    window.pages.show_page("charts")
    qtbot.waitUntil(
        lambda: sum(len(g.charts) for g in found.groups.values()) == len(CHARTS), timeout=90_000
    )
    qtbot.waitUntil(lambda: not chart(found, "gpu").stale, timeout=30_000)
    qtbot.waitUntil(lambda: not window.runner.busy)
    return found


def chart(page: ChartsPage, key: str) -> Chart:
    return next(g.charts[key] for g in page.groups.values() if key in g.charts)


def move_over(widget: QWidget, x: float) -> None:
    place = QPointF(x, 60.0)
    button, none = Qt.MouseButton.NoButton, Qt.KeyboardModifier.NoModifier
    kind = QMouseEvent.Type.MouseMove
    widget.mouseMoveEvent(QMouseEvent(kind, place, widget.mapToGlobal(place), button, button, none))


def test_the_start_does_not_load_pyqtgraph() -> None:
    code = (
        "import sys, desktop.ui.application, desktop.ui.charts.page;"
        "sys.exit('pyqtgraph' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-P", "-c", code], check=False).returncode == 0


def test_every_chart_shows_its_newest_values(page: ChartsPage) -> None:
    newest = measured(59, START_S + 59)
    assert chart(page, "gpu").legend.entries[0][2] == f"{100 * newest.gpus[0].utilisation:.0f}%"
    names = [name for _, name, _ in chart(page, "vram").legend.entries]
    assert names[0] == "Malgeul"
    assert names[-1] == "other programs"
    tokens = [name for _, name, _ in chart(page, "tokens").legend.entries]
    assert tokens == ["in", "out"]


def test_a_measurement_is_drawn_at_once_and_what_is_out_of_view_waits(
    page: ChartsPage, qtbot: QtBot
) -> None:
    before = chart(page, "gpu").legend.entries
    page.add_measurement(measured(75, START_S + 60))
    assert chart(page, "gpu").legend.entries != before
    last = chart(page, "ram")
    assert last.stale
    page._scroll.verticalScrollBar().setValue(page._scroll.verticalScrollBar().maximum())
    qtbot.waitUntil(lambda: not last.stale)


def test_nothing_is_drawn_while_hidden(window: MainWindow, page: ChartsPage) -> None:
    window.pages.show_page("transcript")
    before = chart(page, "gpu").legend.entries
    page.add_measurement(measured(80, START_S + 61))
    assert chart(page, "gpu").legend.entries == before
    window.pages.show_page("charts")
    assert chart(page, "gpu").legend.entries != before


def test_measuring_follows_whether_somebody_looks(
    window: MainWindow, backend: FakeBackend, page: ChartsPage, qtbot: QtBot
) -> None:
    room = window.machine_room
    assert room is not None
    assert backend.measuring_every_s == LOOKING_S
    window.pages.show_page("transcript")
    assert backend.measuring_every_s == LOOKING_S  # for a while: somebody may look back
    room._rest.setInterval(1)
    room.look(False)
    qtbot.waitUntil(lambda: backend.measuring_every_s == RESTING_S)
    window.pages.show_page("charts")
    assert backend.measuring_every_s == LOOKING_S
    qtbot.waitUntil(lambda: not window.runner.busy)


def test_the_crosshair_shows_all_values_of_one_moment(page: ChartsPage) -> None:
    area = chart(page, "gpu")._plot.getPlotItem().getViewBox().sceneBoundingRect()
    left = chart(page, "gpu")._plot.x() + area.left()
    move_over(chart(page, "gpu"), left + area.width() / 2)
    then = measured(29, START_S + 29)
    told = chart(page, "gpu").legend.entries[0][2]
    assert abs(float(told.rstrip("%")) - 100 * then.gpus[0].utilisation) <= 3
    assert page._readout.text()
    assert chart(page, "rtf")._cross.isVisible()
    move_over(chart(page, "gpu"), left - 20)
    assert not chart(page, "rtf")._cross.isVisible()
    assert page._readout.text() == ""


def test_restarts_lack_of_memory_and_lag_are_marked(
    page: ChartsPage, backend: FakeBackend, qtbot: QtBot
) -> None:
    vllm = backend.service_states["vllm"]

    def change(state: ServiceState, wall_s: float, reason: str = "", restarts: int = 1) -> None:
        status = dataclasses.replace(vllm, state=state, reason=reason, restarts=restarts)
        page.add_service(ev.ServiceChanged(status, ServiceState.READY, wall_s))

    change(ServiceState.BACKOFF, START_S + 40, "it ended by itself with exit code 1")
    change(ServiceState.READY, START_S + 42, restarts=2)
    change(ServiceState.FAILED, START_S + 50, "the graphics card ran out of memory", 2)
    late = dataclasses.replace(measured(60, START_S + 60), lag_s=9.0)
    page.add_measurement(late)
    page.add_measurement(dataclasses.replace(late, wall_s=START_S + 61))
    assert [m.kind for m in page.history.marks] == ["restart", "restart", "memory", "lag"]
    assert chart(page, "gpu")._marks.keys() == {"restart", "memory", "lag"}
    assert page.timeline.state_at("vllm", -18.0) is ServiceState.READY
    assert page.timeline.state_at("vllm", -5.0) is ServiceState.FAILED
    page._on_hovered(-11.0)
    assert "out of memory" in page._readout.text()


def test_every_range_is_drawn(page: ChartsPage) -> None:
    for span_s in SPANS_S:
        page._spans._buttons[str(span_s)].click()
        assert not chart(page, "gpu").stale
        assert len(tick_texts(span_s)) == 4
        low, high = chart(page, "gpu")._plot.getPlotItem().getViewBox().viewRange()[0]
        assert (low, high) == (-span_s, 0)


def test_without_a_card_it_says_so_and_shows_the_processor(
    window: MainWindow, bus: EventBus, qtbot: QtBot
) -> None:
    page = charts_page(window)
    window.pages.show_page("charts")
    bare = dataclasses.replace(
        measured(0, START_S), gpus=(), gpu_reason="No NVIDIA driver was found.", llm=None
    )
    bus.publish(bare)
    qtbot.waitUntil(
        lambda: bool(page.groups) and "cpu" in page.groups["machine"].charts, timeout=90_000
    )
    qtbot.waitUntil(lambda: page.groups["gpu"]._hint.text().startswith("No NVIDIA driver"))
    assert page.groups["gpu"].charts == {}
    assert page.groups["llm"]._hint.isVisible()
    qtbot.waitUntil(lambda: {"cpu", "ram"} <= page.groups["machine"].charts.keys())
    qtbot.waitUntil(lambda: not window.runner.busy)


def test_theme_and_language_change_at_once(window: MainWindow, page: ChartsPage) -> None:
    window.theme.set_mode("dark")
    ground = chart(page, "gpu")._plot.backgroundBrush().color().name()
    assert ground == window.theme.tokens.surface.lower()
    window.theme.set_mode("light")
    chart(page, "gpu").retranslate()
    assert chart(page, "gpu")._title.text() == chart_name("gpu")


def test_columns_follow_the_width(window: MainWindow, page: ChartsPage) -> None:
    assert page.groups["gpu"]._columns == 2
    page._scroll.resize(600, 500)
    page._set_columns()
    assert page.groups["gpu"]._columns == 1


def test_thinning_keeps_peaks_and_holes() -> None:
    ages = np.arange(1_003.0)
    values = np.zeros(1_003)
    values[501] = 7.0
    values[600:620] = np.nan
    few_ages, few = thinned(ages, values, 100)
    assert len(few_ages) == len(few) <= 100
    assert np.nanmax(few) == 7.0
    assert np.isnan(few).any()
    assert few_ages[-1] == 1_002.0, "the newest is always there"


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [
        (0.42, "share", "42%"),
        (0.011, "s", "11 ms"),
        (2.5, "s", "2.5 s"),
        (1 << 30, "bytes", "1.0 GiB"),
        (5 << 20, "bytes", "5 MiB"),
        (float("nan"), "watt", "–"),
        (1_234.0, "rate", "1,234"),
    ],
)
def test_values_have_their_unit(value: float, unit: str, text: str) -> None:
    assert shown(value, unit) == text


@pytest.mark.parametrize(
    ("value", "top"), [(0.7, 1.0), (1.0, 1.0), (1.2, 2.0), (23.0, 25.0), (80.0, 100.0)]
)
def test_axes_end_at_round_numbers(value: float, top: float) -> None:
    assert nice_top(value, "rate") == pytest.approx(top)


def test_every_chart_has_a_name(qapp: object) -> None:
    assert len({(spec.group, chart_name(spec.key)) for spec in CHARTS}) == len(CHARTS)


@pytest.mark.parametrize(
    ("values", "drawn"),
    [
        ([np.nan, 2.0, np.nan, np.nan], [np.nan, 2.0, 2.0, np.nan]),
        ([np.nan, np.nan, 3.0], [np.nan, 3.0, 3.0]),
        ([1.0, np.nan, 3.0, np.nan], [1.0, 1.0, 3.0, 3.0]),
        ([1.0, 2.0, np.nan], [1.0, 2.0, np.nan]),
        ([5.0], [5.0]),
        ([], []),
    ],
)
def test_a_value_that_stands_alone_can_be_seen(values: list[float], drawn: list[float]) -> None:
    """The time to the first token comes once an answer."""
    given = np.array(values, dtype=np.float64)
    assert np.array_equal(with_lone_values(given), np.array(drawn), equal_nan=True)


def test_a_legend_shows_names_letter_by_letter(page: ChartsPage) -> None:
    """Names come from models and processes (faults: N80)."""
    legend = chart(page, "vram").legend
    legend.show_entries((("accent", "<b>card</b>", "71%"),))
    assert "&lt;b&gt;card&lt;/b&gt; 71%" in legend.toolTip()
