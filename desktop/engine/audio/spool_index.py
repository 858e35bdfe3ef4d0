"""What is known about one spool: where its frames lie, its gaps, and the sound not yet on disk.

Shared between the writer (recorder thread) and any number of readers; every access holds
`condition`.  Memory stays small for any length: one checkpoint for about 64 KiB of file, one entry
a gap, and the last seconds of sound, which live readers ask for again and again.
"""

from __future__ import annotations

import threading
from array import array
from bisect import bisect_right
from collections import deque
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from desktop.events import SAMPLE_RATE_HZ, Track
from desktop.records import GapRecord

Pcm = NDArray[np.int16]
CHECKPOINT_BYTES = 64 * 1024


@dataclass(frozen=True, slots=True)
class Gap:
    """Samples ``[start, end)`` of the timeline that hold no sound, and why."""

    start: int
    end: int
    cause: str

    @property
    def samples(self) -> int:
        return self.end - self.start

    def record(self, track: Track) -> GapRecord:
        """The same in seconds, as the store keeps it."""
        return GapRecord(track, self.start / SAMPLE_RATE_HZ, self.end / SAMPLE_RATE_HZ, self.cause)


class TailCache:
    """The last `capacity` samples of a timeline in memory."""

    def __init__(self, capacity: int) -> None:
        self._ring: Pcm = np.zeros(capacity, dtype=np.int16)
        self._capacity = capacity
        self.end = 0

    @property
    def start(self) -> int:
        return max(0, self.end - self._capacity)

    def append(self, pcm: Pcm) -> None:
        """Adds samples at the end."""
        kept = pcm[-self._capacity :]
        self.end += len(pcm)
        at = (self.end - len(kept)) % self._capacity
        first = min(len(kept), self._capacity - at)
        self._ring[at : at + first] = kept[:first]
        self._ring[: len(kept) - first] = kept[first:]

    def append_zeros(self, count: int) -> None:
        """Adds silence at the end."""
        if count >= self._capacity:
            self._ring[:] = 0
            self.end += count
        else:
            self.append(np.zeros(count, dtype=np.int16))

    def copy(self, start: int, count: int) -> Pcm:
        """Samples ``[start, start + count)``, which must lie inside the cache."""
        at = start % self._capacity
        first = min(count, self._capacity - at)
        out: Pcm = np.empty(count, dtype=np.int16)
        out[:first] = self._ring[at : at + first]
        out[first:] = self._ring[: count - first]
        return out


class SpoolIndex:
    """The shared state of one spool.  Callers hold `condition` around every method."""

    def __init__(self, tail_samples: int = 0) -> None:
        self.condition = threading.Condition()
        self.samples = 0  # the timeline's length so far
        self.file_samples = 0  # of these, on file
        self.file_bytes = 0  # end of the last whole frame on file
        self.finished = False
        self.tail = TailCache(tail_samples) if tail_samples else None
        self.memory: deque[tuple[int, Pcm]] = deque()  # sound after `file_samples`
        self._gaps: list[Gap] = []
        self._checkpoint_samples = array("Q")
        self._checkpoint_offsets = array("Q")

    @property
    def gaps(self) -> tuple[Gap, ...]:
        return tuple(self._gaps)

    def extend_sound(self, pcm: Pcm) -> None:
        """New sound at the end of the timeline, not on file yet."""
        self.memory.append((self.samples, pcm))
        self.samples += len(pcm)
        if self.tail is not None:
            self.tail.append(pcm)
        self.condition.notify_all()

    def extend_zeros(self, count: int, cause: str = "") -> None:
        """New silence, or with a cause a gap, at the end of the timeline."""
        if cause:
            self.add_gap(Gap(self.samples, self.samples + count, cause))
        self.samples += count
        if self.tail is not None:
            self.tail.append_zeros(count)
        self.condition.notify_all()

    def merge_memory(self, count: int, pcm: Pcm) -> None:
        """Replaces the last `count` pieces of sound in memory by the one frame made of them."""
        first = self.samples
        for _ in range(count):
            first, _pcm = self.memory.pop()
        self.memory.append((first, pcm))

    def frame_on_file(self, first_sample: int, samples: int, offset: int, frame_bytes: int) -> None:
        """A whole frame lies at `offset` of the file now."""
        if (
            not self._checkpoint_offsets
            or offset - self._checkpoint_offsets[-1] >= CHECKPOINT_BYTES
        ):
            self._checkpoint_samples.append(first_sample)
            self._checkpoint_offsets.append(offset)
        self.file_bytes = offset + frame_bytes
        self.file_samples = first_sample + samples
        while self.memory and self.memory[0][0] < self.file_samples:
            self.memory.popleft()

    def checkpoint_before(self, sample: int) -> tuple[int, int] | None:
        """First sample and offset of a frame at or before `sample`; None in an empty file."""
        if not self._checkpoint_samples:
            return None
        at = max(0, bisect_right(self._checkpoint_samples, sample) - 1)
        return self._checkpoint_samples[at], self._checkpoint_offsets[at]

    def add_gap(self, gap: Gap) -> None:
        """Adds a gap in order; it melts into a neighbour of the same cause."""
        gaps = self._gaps
        at = bisect_right(gaps, gap.start, key=lambda known: known.start)
        before = gaps[at - 1] if at else None
        if before is not None and before.end >= gap.start and before.cause == gap.cause:
            gaps[at - 1] = Gap(before.start, max(before.end, gap.end), gap.cause)
        else:
            gaps.insert(at, gap)
