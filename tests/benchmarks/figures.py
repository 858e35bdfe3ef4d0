"""What every measurement hands over: figures with their goals, and how they are shown.  Pure."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Figure:
    """One measured value.

    Args:
        name: what was measured, and on what.
        value: in `unit`.
        unit: "%", "s", "ms", "µs", "MiB/h" ...; empty for counts and ratios.
        goal: to stay at or below; None where there is none.
        rival: the same figure of whisper_streaming on the same work, where it was measured.
        note: what a reader must know to understand it.
        at_least: a goal to stay at or above, where more is better.
    """

    name: str
    value: float
    unit: str = ""
    goal: float | None = None
    rival: float | None = None
    note: str = ""
    at_least: float | None = None

    @property
    def reached(self) -> bool | None:
        """Whether the goal was reached; None without one."""
        if self.at_least is not None:
            return bool(self.value >= self.at_least)
        return None if self.goal is None else bool(self.value <= self.goal)

    def as_record(self) -> dict[str, Any]:
        """For JSON."""
        return {**asdict(self), "value": float(self.value), "reached": self.reached}

    @staticmethod
    def from_record(record: Mapping[str, Any]) -> Figure:
        """The inverse of `as_record`."""
        fields = Figure.__dataclass_fields__
        return Figure(**{name: record[name] for name in fields if name in record})


def shown(value: float | None, unit: str) -> str:
    """A number as it stands in the report."""
    if value is None:
        return ""
    if math.isnan(value):
        return "not measured"
    fine = abs(value) < 0.1 or (not unit and abs(value) < 1.0)
    digits = 0 if value == int(value) and abs(value) >= 10 else 3 if fine else 2
    number = f"{value:.{digits}f}" if value else "0"
    return f"{number} {unit}".strip()


def table(figures: Sequence[Figure]) -> str:
    """A Markdown table; columns that nobody fills are left out."""
    rivals = any(figure.rival is not None for figure in figures)
    goals = any(figure.reached is not None for figure in figures)
    notes = any(figure.note for figure in figures)
    head = ["figure", "measured"]
    head += ["goal", "reached"] if goals else []
    head += ["whisper_streaming"] if rivals else []
    head += ["note"] if notes else []
    lines = [_row(head), _row(["---"] * len(head))]
    for figure in figures:
        cells = [figure.name, shown(figure.value, figure.unit)]
        if goals:
            cells += [_goal(figure), {True: "yes", False: "**no**", None: ""}[figure.reached]]
        cells += [shown(figure.rival, figure.unit)] if rivals else []
        cells += [figure.note] if notes else []
        lines.append(_row(cells))
    return "\n".join(lines)


def _goal(figure: Figure) -> str:
    if figure.at_least is not None:
        return f"≥ {shown(figure.at_least, figure.unit)}"
    return "" if figure.goal is None else f"≤ {shown(figure.goal, figure.unit)}"


def _row(cells: Iterable[str]) -> str:
    return "| " + " | ".join(cells) + " |"


def percentile(values: Sequence[float], share: float) -> float:
    """The value below which `share` of all values lie; NaN without any."""
    if not values:
        return math.nan
    ordered = sorted(values)
    place = share * (len(ordered) - 1)
    low = math.floor(place)
    high = min(low + 1, len(ordered) - 1)
    return ordered[low] + (ordered[high] - ordered[low]) * (place - low)
