"""The ring between PortAudio's callback and the recorder: one writer, one reader, no lock.

`write` runs on the audio thread and only copies, into what was allocated before the stream
started.  Each call leaves one mark (where its frames lie, when they arrived, whether the
driver reported a loss), so that the reader gets the blocks back one by one and can place every
one of them on the clock.  The interpreter's own lock orders the counters: a reader that sees the
new count also sees the frames behind it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer

FLAG_OVERFLOW = 1  # the driver lost sound before this block
_Mark = tuple[int, int, float, int]  # frames, frames lost before them, arrival in seconds, flags


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
        # The audio thread wakes to cold caches, where steps through NumPy's or struct's machinery
        # cost more than the copy: plain bytes, and a mark is a tuple (measured: a third less time).
        self._frame_bytes = self._samples.itemsize * channels
        self._bytes = self._samples.data.cast("B")
        self._mark_capacity = marks
        self._marks: list[_Mark] = [(0, 0, 0.0, 0)] * marks
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

    def write(self, samples: ReadableBuffer, frames: int, arrival_s: float, flags: int) -> None:
        """Copies one block in, or counts it as lost when it does not fit.  Producer only.

        Args:
            samples: bytes of float32 frames, channels side by side.
            frames: how many they are.
            arrival_s: clock reading.
            flags: `FLAG_OVERFLOW` or 0.
        """
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
        at = start % self._capacity * self._frame_bytes
        end = at + frames * self._frame_bytes
        beyond = end - len(self._bytes)
        if beyond <= 0:
            self._bytes[at:end] = samples
        else:
            source = memoryview(samples)
            self._bytes[at:] = source[:-beyond]
            self._bytes[:beyond] = source[-beyond:]
        self._marks[mark % self._mark_capacity] = (
            frames,
            self._lost_pending,
            arrival_s,
            flags | self._flags_pending,
        )
        self._lost_pending = 0
        self._flags_pending = 0
        self._written = start + frames
        self._marks_written = mark + 1

    def read(self) -> RingBlock | None:
        """The oldest unread block, or None.  Consumer only."""
        mark = self._marks_read
        if mark >= self._marks_written:
            return None
        frames, lost_frames, arrival_s, flags = self._marks[mark % self._mark_capacity]
        at = self._read % self._capacity
        first = min(frames, self._capacity - at)
        samples = np.empty((frames, self._samples.shape[1]), dtype=np.float32)
        samples[:first] = self._samples[at : at + first]
        samples[first:] = self._samples[: frames - first]
        block = RingBlock(
            samples=samples,
            arrival_s=arrival_s,
            lost_frames=lost_frames,
            overflow=bool(flags & FLAG_OVERFLOW),
        )
        self._read += frames
        self._marks_read = mark + 1
        return block
