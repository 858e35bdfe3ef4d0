"""The clock of a recording follows what the recording says, and stands where it is held."""

from __future__ import annotations

import time

import pytest

from desktop.ui.control import session_clock
from desktop.ui.control.session_clock import SessionClock


@pytest.fixture
def steady(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    now = [1_000.0]
    monkeypatch.setattr(session_clock, "_steady_s", lambda: now[0])
    monkeypatch.setattr(time, "time", lambda: 50_000.0)
    return now


def test_it_starts_at_nothing() -> None:
    assert SessionClock().now_s == 0.0


def test_it_runs_on_from_what_it_was_told(steady: list[float]) -> None:
    clock = SessionClock()
    clock.set(60.0, 49_998.0)  # two seconds ago
    assert clock.now_s == 62.0
    steady[0] += 100.0
    assert clock.now_s == 162.0


def test_it_stands_where_it_is_held(steady: list[float]) -> None:
    clock = SessionClock()
    clock.set(60.0, 50_000.0)
    clock.hold()
    steady[0] += 100.0
    clock.hold()
    assert clock.now_s == 60.0


def test_a_time_of_day_set_back_takes_nothing_away(steady: list[float]) -> None:
    clock = SessionClock()
    clock.set(60.0, 50_100.0)
    assert clock.now_s == 60.0
