"""What the machine did, in bounded memory: the last minutes finely, the last day coarsely.

Three tiers of rings (1 s for 15 minutes, 10 s for 3 hours, 60 s for 24 hours), each measurement
into all of them, so that no range is computed from another one.  Pure numpy.  GUI thread only.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from desktop.events import MachineMeasured, ServiceState

TIERS = ((1.0, 900), (10.0, 1_080), (60.0, 1_440))
"""(seconds a row, rows) of each tier."""

MAX_SERIES = 96
MAX_MARKS = 200
MAX_STATES = 400
GAP_ROWS = 4
GAP_S = 25.0
"""A hole of this many rows breaks the curve, but none so short: the machine is measured every ten
seconds while nobody looks, and a look may come late."""

PEAKS = ("lag", "rtf", "keywords", "first_token", "inter_token")
"""Of these the worst of a row is kept, of all others the mean."""

Values = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Mark:
    """Something that happened: "restart", "memory" (out of it) or "lag"."""

    wall_s: float
    kind: str
    text: str


def readings(event: MachineMeasured) -> dict[str, float]:
    """A measurement as named numbers; what was not told is left out.

    Names with a slash belong together: ``ram/malgeul``, ``ram/vllm``.  Bytes, seconds, shares of
    1, cores, degrees Celsius and watts.
    """
    found: dict[str, float | None] = {
        "cpu_total": event.cpu,
        "ram_total": float(event.memory_used_bytes),
        "rtf": event.real_time_factor,
        "lag": event.lag_s,
        "keywords": event.keyword_latency_s,
    }
    for process in event.processes:
        found[f"vram/{process.name}"] = float(process.gpu_memory_bytes) if event.gpus else None
        if process.pid:
            found[f"cpu/{process.name}"] = process.cpu
            found[f"ram/{process.name}"] = float(process.memory_bytes)
    for card in event.gpus:
        found[f"gpu/{card.index}"] = card.utilisation
        found[f"temperature/{card.index}"] = card.temperature_c
        found[f"power/{card.index}"] = card.power_w
    if event.llm is not None:
        llm = event.llm
        found |= {
            "tokens/in": llm.tokens_in_per_s,
            "tokens/out": llm.tokens_out_per_s,
            "requests/running": float(llm.running),
            "requests/waiting": float(llm.waiting),
            "first_token": llm.first_token_s,
            "inter_token": llm.inter_token_s,
            "kv_cache": llm.kv_cache,
            "prefix_hits": llm.prefix_hits,
        }
    return {key: value for key, value in found.items() if value is not None}


class _Tier:
    """A ring of rows; the newest row grows until its time is over."""

    def __init__(self, step_s: float, rows: int) -> None:
        self.step_s = step_s
        self.rows = rows
        self._times = np.full(rows, np.nan)
        self._columns: dict[str, NDArray[np.float32]] = {}
        self._counts: dict[str, int] = {}
        self._next = 0
        self._filled = 0
        self._bucket = -math.inf

    def add(self, wall_s: float, values: Mapping[str, float]) -> None:
        bucket = math.floor(wall_s / self.step_s)
        if bucket != self._bucket:
            hole_s = (bucket - self._bucket) * self.step_s
            if hole_s > max(GAP_ROWS * self.step_s, GAP_S) and self._filled:
                self._advance((self._bucket + 1) * self.step_s)
            self._advance(wall_s)
            self._bucket = bucket
        row = (self._next - 1) % self.rows
        self._times[row] = wall_s
        for key, value in values.items():
            column = self._column(key)
            if column is None:
                continue
            count = self._counts[key] = self._counts.get(key, 0) + 1
            if count == 1:
                column[row] = value
            elif key in PEAKS:
                column[row] = max(column[row], value)
            else:
                column[row] += (value - column[row]) / count

    def keys(self, prefix: str) -> list[str]:
        return [key for key in self._columns if key.startswith(prefix)]

    def times(self) -> Values:
        return self._in_order(self._times).astype(np.float64, copy=False)

    def values(self, key: str) -> Values:
        column = self._columns.get(key)
        if column is None:
            return np.full(self._filled, np.nan)
        return self._in_order(column).astype(np.float64)

    def _column(self, key: str) -> NDArray[np.float32] | None:
        column = self._columns.get(key)
        if column is None and len(self._columns) < MAX_SERIES:
            column = self._columns[key] = np.full(self.rows, np.nan, dtype=np.float32)
        return column

    def _advance(self, wall_s: float) -> None:
        self._times[self._next] = wall_s
        for column in self._columns.values():
            column[self._next] = np.nan
        self._counts.clear()
        self._next = (self._next + 1) % self.rows
        self._filled = min(self._filled + 1, self.rows)

    def _in_order(self, ring: NDArray[Any]) -> NDArray[Any]:
        if self._filled < self.rows:
            return ring[: self._filled]
        return np.concatenate((ring[self._next :], ring[: self._next]))


class MachineHistory:
    """Everything the charts show."""

    def __init__(self) -> None:
        self._tiers: tuple[_Tier, ...] = ()
        self._newest_s = -math.inf
        self.latest: MachineMeasured | None = None
        self.marks: deque[Mark] = deque(maxlen=MAX_MARKS)
        self.states: dict[str, deque[tuple[float, ServiceState]]] = {}
        self._clear()

    def add(self, event: MachineMeasured) -> None:
        """Takes a measurement; a clock that was set back begins the history anew."""
        if event.wall_s < self._newest_s - TIERS[0][0] * GAP_ROWS:
            self._clear()
        self._newest_s = max(self._newest_s, event.wall_s)
        self.latest = event
        values = readings(event)
        for tier in self._tiers:
            tier.add(event.wall_s, values)

    def mark(self, mark: Mark) -> None:
        self.marks.append(mark)

    def set_state(self, name: str, state: ServiceState, wall_s: float) -> None:
        """A service is in a state from now on."""
        states = self.states.setdefault(name, deque(maxlen=MAX_STATES))
        if not states or states[-1][1] is not state:
            states.append((wall_s, state))

    def keys(self, prefix: str) -> list[str]:
        """The series whose names begin so, in the order in which they came."""
        return self._tiers[0].keys(prefix)

    def has(self, prefix: str) -> bool:
        """Whether any such series has ever been told of."""
        return bool(self.keys(prefix))

    def series(
        self, keys: list[str], span_s: float, now_s: float
    ) -> tuple[Values, dict[str, Values]]:
        """Curves over the last `span_s`, at most a few hundred points each.

        Returns:
            The ages of the points in seconds, 0 for now and negative before, and the values of
            each series at these ages (NaN where nothing is known).
        """
        tier = self._tier(span_s)
        ages = tier.times() - now_s
        inside = ages >= -span_s - tier.step_s
        return ages[inside], {key: tier.values(key)[inside] for key in keys}

    def _tier(self, span_s: float) -> _Tier:
        for tier in self._tiers:
            if tier.step_s * tier.rows >= span_s:
                return tier
        return self._tiers[-1]

    def _clear(self) -> None:
        self._tiers = tuple(_Tier(step_s, rows) for step_s, rows in TIERS)
        self._newest_s = -math.inf
