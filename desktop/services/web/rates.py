"""How fast somebody may go on: a bucket that fills with time.  One thread a bucket."""

from __future__ import annotations

import time


class Bucket:
    """Full at first; what is taken comes back with time.

    Args:
        per_s: what comes back in a second.
        burst: what it holds.
    """

    def __init__(self, per_s: float, burst: float) -> None:
        self._per_s = per_s
        self._burst = burst
        self._left = burst
        self._at_s = time.monotonic()

    def take(self, amount: float = 1.0) -> bool:
        """Takes `amount`, or nothing and says False."""
        now = time.monotonic()
        self._left = min(self._burst, self._left + (now - self._at_s) * self._per_s)
        self._at_s = now
        if self._left < amount:
            return False
        self._left -= amount
        return True
