"""What the recogniser reads: one track's timeline as random-access 16 kHz mono samples.

The spool on disk is the queue between capture and recognition: a slow recogniser reads later,
memory stays bounded and nothing is dropped.
"""

from __future__ import annotations

import threading
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

Samples = NDArray[np.float32]


class AudioFeed(Protocol):
    """A growing timeline.  Gaps read as zeros.  Safe to read while another thread appends."""

    def available(self) -> int:
        """Samples that can be read so far."""

    def finished(self) -> bool:
        """True once no more samples will come; what is available then is all there is."""

    def read(self, start: int, count: int) -> Samples:
        """Samples ``[start, start + count)``, cut at what is available; float32 in [-1, 1]."""

    def wait(self, beyond: int, timeout_s: float) -> bool:
        """Blocks until more than `beyond` samples are available or the feed is finished.

        Returns whether either is so; False on time-out.
        """


class ArrayFeed:
    """A whole recording in memory that is revealed at once or step by step (tests, `--live`)."""

    def __init__(self, samples: Samples, *, revealed: int | None = None) -> None:
        self._samples = np.asarray(samples, dtype=np.float32)
        self._revealed = len(self._samples) if revealed is None else revealed
        self._condition = threading.Condition()

    def reveal(self, until: int) -> None:
        """Makes samples up to `until` available."""
        with self._condition:
            self._revealed = max(self._revealed, min(until, len(self._samples)))
            self._condition.notify_all()

    def available(self) -> int:
        return self._revealed

    def finished(self) -> bool:
        return self._revealed >= len(self._samples)

    def read(self, start: int, count: int) -> Samples:
        return self._samples[start : min(start + count, self._revealed)]

    def wait(self, beyond: int, timeout_s: float) -> bool:
        with self._condition:
            return self._condition.wait_for(
                lambda: self._revealed > beyond or self.finished(), timeout_s
            )
