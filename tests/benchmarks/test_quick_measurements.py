"""Every measurement runs: their small versions, under ``pytest -m benchmark``."""

from __future__ import annotations

import importlib
import math

import pytest
from benchmarks.figures import Figure, percentile, shown, table

CHEAP = ("streaming", "joins", "nonspeech", "layers", "capture")


@pytest.mark.benchmark
@pytest.mark.timeout(600)
@pytest.mark.parametrize("name", CHEAP)
def test_measures(name: str) -> None:
    figures = importlib.import_module(f"benchmarks.measure_{name}").measure(quick=True)
    assert figures
    print("\n" + table(figures))


def test_a_table_says_which_goals_were_reached() -> None:
    figures = [Figure("lag", 0.5, "s", 0.9, 1.38), Figure("error", 4.0, "%", 3.0)]
    text = table(figures)
    assert "| lag | 0.50 s | ≤ 0.90 s | yes | 1.38 s |" in text
    assert "| error | 4.00 % | ≤ 3.00 % | **no** |  |" in text


def test_a_goal_can_be_a_floor() -> None:
    figures = [Figure("recall", 0.901, at_least=0.9), Figure("recall", 0.8, at_least=0.9)]
    assert [figure.reached for figure in figures] == [True, False]
    assert "| recall | 0.901 | ≥ 0.900 | yes |" in table(figures)


def test_figures_survive_json() -> None:
    figure = Figure("lag", 0.5, "s", 0.9, note="why")
    assert Figure.from_record(figure.as_record()) == figure


def test_percentiles() -> None:
    assert percentile([3.0, 1.0, 2.0], 0.5) == 2.0
    assert percentile([0.0, 1.0], 0.25) == 0.25
    assert math.isnan(percentile([], 0.5))
    assert shown(math.nan, "s") == "not measured"
