"""The time since a recording began, as its lines count it: pauses and suspends included.

No Qt; whoever shows it asks.
"""

from __future__ import annotations

import sys
import time

if sys.platform == "linux":

    def _steady_s() -> float:
        """Goes on while the computer sleeps, and with no correction of its time of day."""
        return time.clock_gettime(time.CLOCK_BOOTTIME)

else:

    def _steady_s() -> float:
        """As above: the performance counter of Windows counts sleep."""
        return time.perf_counter()


class SessionClock:
    """Runs from `set` to `hold`."""

    def __init__(self) -> None:
        self._origin_s = _steady_s()
        self._held_s: float | None = 0.0

    @property
    def now_s(self) -> float:
        """Seconds since the start, or those at which it was held."""
        return self._held_s if self._held_s is not None else _steady_s() - self._origin_s

    def set(self, audio_s: float, wall_s: float) -> None:
        """Runs; at the time of day `wall_s`, a moment ago, it was `audio_s`."""
        self._origin_s = _steady_s() - audio_s - max(0.0, time.time() - wall_s)
        self._held_s = None

    def hold(self) -> None:
        """Stands still from now on."""
        self._held_s = self.now_s
