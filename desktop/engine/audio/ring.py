"""The ring between PortAudio's callback and the recorder: one writer, one reader, no lock.

`write` runs on the audio thread and only copies: everything it touches was allocated before the
stream started.  Each call leaves one mark (where its frames lie, when they arrived, whether the
driver reported a loss), so that the reader gets the blocks back one by one and can place every
one of them on the clock.  The interpreter's own lock orders the counters: a reader that sees the
new count also sees the frames behind it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

FLAG_OVERFLOW = 1  # the driver lost sound before this block


@dataclass(frozen=True, slots=True)
class RingBlock:
    """One callback's worth of sound.

    Args:
        samples: float32, shape (frames, channels); the reader owns it.
        arrival_s: clock reading when the callback ran.
        lost_frames: frames dropped right before this block because the ring was full.
        overflow: the driver reported that it lost sound before this block.
    """

    samples: NDArray[np.float32]
    arrival_s: float
    lost_frames: int
    overflow: bool


class SampleRing:
    """A preallocated ring of float32 frames with a side ring of marks.

    Args:
        frames: capacity; a full ring drops whole blocks and counts them.
        channels: samples a frame.
        marks: how many blocks fit, however short they are.
    """

    def __init__(self, frames: int, channels: int, marks: int = 4096) -> None:
        self._capacity = frames
        # Written to, not only reserved: the first touch of a page costs the audio thread more
        # than the copy does.
        self._samples = np.full((frames, channels), 0.0, dtype=np.float32)
        self._mark_capacity = marks
        self._mark_frames = np.zeros(marks, dtype=np.int64)
        self._mark_lost = np.zeros(marks, dtype=np.int64)
        self._mark_arrival_s = np.zeros(marks, dtype=np.float64)
        self._mark_flags = np.zeros(marks, dtype=np.uint8)
        # Written by the producer only.
        self._written = 0
        self._marks_written = 0
        self._lost_pending = 0
        self._flags_pending = 0
        self._overrun_frames = 0
        # Written by the consumer only.
        self._read = 0
        self._marks_read = 0

    @property
    def overrun_frames(self) -> int:
        """Frames dropped so far because the reader was too slow."""
        return self._overrun_frames

    def write(
        self, samples: NDArray[np.float32], frames: int, arrival_s: float, flags: int
    ) -> None:
        """Copies one block in, or counts it as lost when it does not fit.  Producer only."""
        start = self._written
        mark = self._marks_written
        if (
            start + frames - self._read > self._capacity
            or mark - self._marks_read >= self._mark_capacity
        ):
            self._overrun_frames += frames
            self._lost_pending += frames
            self._flags_pending |= flags
            return
        at = start % self._capacity
        first = self._capacity - at
        if frames <= first:
            self._samples[at : at + frames] = samples
        else:
            self._samples[at:] = samples[:first]
            self._samples[: frames - first] = samples[first:]
        slot = mark % self._mark_capacity
        self._mark_frames[slot] = frames
        self._mark_lost[slot] = self._lost_pending
        self._mark_arrival_s[slot] = arrival_s
        self._mark_flags[slot] = flags | self._flags_pending
        self._lost_pending = 0
        self._flags_pending = 0
        self._written = start + frames
        self._marks_written = mark + 1

    def read(self) -> RingBlock | None:
        """The oldest unread block, or None.  Consumer only."""
        mark = self._marks_read
        if mark >= self._marks_written:
            return None
        slot = mark % self._mark_capacity
        frames = int(self._mark_frames[slot])
        at = self._read % self._capacity
        first = min(frames, self._capacity - at)
        samples = np.empty((frames, self._samples.shape[1]), dtype=np.float32)
        samples[:first] = self._samples[at : at + first]
        samples[first:] = self._samples[: frames - first]
        block = RingBlock(
            samples=samples,
            arrival_s=float(self._mark_arrival_s[slot]),
            lost_frames=int(self._mark_lost[slot]),
            overflow=bool(self._mark_flags[slot] & FLAG_OVERFLOW),
        )
        self._read += frames
        self._marks_read = mark + 1
        return block
