"""The session's clock: one for all tracks, and it keeps counting while the machine sleeps.

Read on the audio threads, so reading costs well under a microsecond.
"""

from __future__ import annotations

import ctypes
import sys
import time
from typing import Protocol


class SessionClock(Protocol):
    """A steady clock that includes the time the machine was suspended."""

    def now_s(self) -> float:
        """Seconds since some fixed moment; never goes back."""

    def suspended_s(self) -> float:
        """How many of these seconds the machine spent asleep."""


class SystemClock:
    """The operating system's clock."""

    if sys.platform == "linux":

        def now_s(self) -> float:
            return time.clock_gettime(time.CLOCK_BOOTTIME)

        def suspended_s(self) -> float:
            # In this order the difference is never negative.
            return -time.monotonic() + time.clock_gettime(time.CLOCK_BOOTTIME)

    elif sys.platform == "win32":

        def now_s(self) -> float:
            return time.perf_counter()

        def suspended_s(self) -> float:
            # Both count 100 ns since boot; only the first one counts sleep.
            biased, unbiased = ctypes.c_ulonglong(), ctypes.c_ulonglong()
            ctypes.windll.kernelbase.QueryInterruptTime(ctypes.byref(biased))
            ctypes.windll.kernel32.QueryUnbiasedInterruptTime(ctypes.byref(unbiased))
            return (biased.value - unbiased.value) / 1e7

    else:

        def now_s(self) -> float:
            return time.monotonic()

        def suspended_s(self) -> float:
            return 0.0
