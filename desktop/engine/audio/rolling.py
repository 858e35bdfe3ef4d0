"""A feed over sound that is pulled in as it is needed and forgotten once it is far behind.

For files that are captioned without being kept: memory stays the same for any length.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator

import numpy as np

from desktop.engine.audio.feed import Samples
from desktop.events import SAMPLE_RATE_HZ

KEEP_S = 90.0


class RollingFeed:
    """The last minute and a half of a stream.  One writer (`pull`), any reader.

    Args:
        blocks: 16 kHz mono float32 blocks, in order.
        keep_s: how far back `read` reaches; older sound reads as zeros.
    """

    def __init__(self, blocks: Iterable[Samples], keep_s: float = KEEP_S) -> None:
        self._blocks: Iterator[Samples] = iter(blocks)
        self._keep = round(keep_s * SAMPLE_RATE_HZ)
        self._held = np.zeros(0, dtype=np.float32)
        self._first = 0  # position of the first held sample
        self._over = False
        self._condition = threading.Condition()

    def pull(self, count: int) -> int:
        """Takes blocks until `count` more samples are there or the stream ends.

        Returns how many samples came.
        """
        added = 0
        while added < count and not self._over:
            block = next(self._blocks, None)
            with self._condition:
                if block is None:
                    self._over = True
                else:
                    self._append(block)
                    added += len(block)
                self._condition.notify_all()
        return added

    def available(self) -> int:
        with self._condition:
            return self._first + len(self._held)

    def finished(self) -> bool:
        return self._over

    def read(self, start: int, count: int) -> Samples:
        with self._condition:
            end = min(start + count, self.available())
            missing = min(max(self._first - start, 0), max(end - start, 0))
            held = self._held[max(start - self._first, 0) : max(end - self._first, 0)]
        if missing:
            return np.concatenate([np.zeros(missing, dtype=np.float32), held])
        return held.copy()

    def wait(self, beyond: int, timeout_s: float) -> bool:
        with self._condition:
            return self._condition.wait_for(
                lambda: self.available() > beyond or self._over, timeout_s
            )

    def _append(self, block: Samples) -> None:
        self._held = np.concatenate([self._held, block])
        surplus = len(self._held) - self._keep
        if surplus > self._keep:  # trimmed rarely: a copy of a minute now and then, not per block
            self._held = self._held[surplus:].copy()
            self._first += surplus
