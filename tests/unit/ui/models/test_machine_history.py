"""The machine's past in bounded memory."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from fakes.fake_machine_room import measured
from hypothesis import given, settings
from hypothesis import strategies as st

from desktop.events import MachineMeasured, ServiceState
from desktop.ui.models import machine_history
from desktop.ui.models.machine_history import MachineHistory, Mark, readings

START_S = 1_000_000.0


def at(wall_s: float, **values: object) -> MachineMeasured:
    return dataclasses.replace(measured(0, wall_s), **values)  # type: ignore[arg-type]


def filled(seconds: int, step_s: int = 1) -> MachineHistory:
    history = MachineHistory()
    for second in range(0, seconds, step_s):
        history.add(at(START_S + second, lag_s=float(second)))
    return history


def test_what_is_not_told_is_left_out() -> None:
    event = at(START_S, gpus=(), llm=None, lag_s=None)
    found = readings(event)
    assert "lag" not in found
    assert not [key for key in found if key.startswith(("gpu/", "vram/", "tokens/"))]
    assert found["ram/malgeul"] > 0
    assert "ram/other" not in found  # only its graphics memory is known


def test_a_minute_second_by_second() -> None:
    ages, values = filled(200).series(["lag"], 60.0, START_S + 199)
    assert ages[-1] == 0.0
    assert -61.0 <= ages[0] <= -60.0
    assert np.all(np.diff(ages) == 1.0)
    assert list(values["lag"][-3:]) == [197.0, 198.0, 199.0]


@pytest.mark.parametrize(("span_s", "most"), [(900, 900), (10_800, 1_080), (86_400, 1_440)])
def test_each_range_is_bounded_and_reaches_back(span_s: int, most: int) -> None:
    history = filled(90_000, 3)
    ages, values = history.series(["lag", "cpu/malgeul"], span_s, START_S + 89_997)
    assert 0 < len(ages) <= most
    assert ages[0] <= -span_s * 0.98
    assert np.all(np.diff(ages) > 0)
    assert not np.isnan(values["cpu/malgeul"]).any()


def test_the_worst_of_lag_and_the_mean_of_loads_are_kept() -> None:
    history = MachineHistory()
    for second, (lag_s, cpu) in enumerate(((1.0, 0.2), (9.0, 0.4), (2.0, 0.6))):
        history.add(at(START_S + second, lag_s=lag_s, cpu=cpu))
    _, values = history.series(["lag", "cpu_total"], 10_800, START_S + 2)
    assert values["lag"][-1] == 9.0
    assert values["cpu_total"][-1] == pytest.approx(0.4)


def test_a_pause_breaks_the_curve() -> None:
    history = filled(10)
    history.add(at(START_S + 40))
    _, values = history.series(["cpu_total"], 60.0, START_S + 40)
    assert np.isnan(values["cpu_total"]).sum() == 1
    assert not np.isnan(values["cpu_total"][-1])


def test_a_look_every_ten_seconds_makes_one_curve() -> None:
    """So often the machine is measured while nobody looks at the charts."""
    history = filled(10)
    for number in range(1, 30):
        history.add(at(START_S + 9 + 10 * number))
    for span_s in (60.0, 3_600.0, 86_400.0):
        _, values = history.series(["cpu_total"], span_s, START_S + 299)
        assert not np.isnan(values["cpu_total"]).any()


def test_a_process_that_ends_leaves_the_curve() -> None:
    history = filled(5)
    gone = at(START_S + 5)
    history.add(dataclasses.replace(gone, processes=gone.processes[:1]))
    _, values = history.series(["ram/vllm"], 60.0, START_S + 5)
    assert np.isnan(values["ram/vllm"][-1])
    assert not np.isnan(values["ram/vllm"][-2])


def test_a_clock_set_back_begins_anew() -> None:
    """faults: P18"""
    history = filled(100)
    history.add(at(START_S - 86_400))
    ages, _ = history.series(["cpu_total"], 60.0, START_S - 86_400)
    assert list(ages) == [0.0]


def test_names_marks_and_states_are_bounded() -> None:
    history = MachineHistory()
    processes = tuple(
        dataclasses.replace(measured(0, 0.0).processes[0], name=f"p{number}")
        for number in range(500)
    )
    history.add(at(START_S, processes=processes))
    assert len(history.keys("")) <= machine_history.MAX_SERIES
    for number in range(1_000):
        history.mark(Mark(START_S + number, "restart", ""))
        state = ServiceState.READY if number % 2 else ServiceState.FAILED
        history.set_state("redis", state, START_S + number)
        history.set_state("redis", state, START_S + number)
    assert len(history.marks) == machine_history.MAX_MARKS
    assert len(history.states["redis"]) == machine_history.MAX_STATES


@settings(deadline=None, max_examples=40)
@given(st.lists(st.floats(0.05, 400.0), min_size=1, max_size=120))
def test_any_rhythm_keeps_order_and_the_newest_value(pauses: list[float]) -> None:
    history, wall_s = MachineHistory(), START_S
    for number, pause_s in enumerate(pauses):
        wall_s += pause_s
        history.add(at(wall_s, keyword_latency_s=float(number)))
    for span_s in (60.0, 10_800.0, 86_400.0):
        ages, values = history.series(["keywords"], span_s, wall_s)
        assert np.all(np.diff(ages) > 0)
        assert ages[-1] == 0.0
        assert values["keywords"][-1] == len(pauses) - 1
