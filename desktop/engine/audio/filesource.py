"""A file that plays into the recorder at the speed of sound, as if it came from a device."""

from __future__ import annotations

import threading

from desktop.engine.audio.clock import SessionClock
from desktop.engine.audio.feed import Samples
from desktop.engine.audio.source import Block
from desktop.events import SAMPLE_RATE_HZ, Track

BLOCK_SAMPLES = SAMPLE_RATE_HZ // 50


class FileSource:
    """Delivers 16 kHz samples block by block as time passes.

    Args:
        samples: float32 mono 16 kHz; every one of them is delivered, in order.
        clock: what time is.
        track: which track it stands for.
        name: shown as the device.
        speed: 1.0 is real time; tests go faster.
    """

    idle_is_silence = False
    exact = True
    delivers = True

    def __init__(
        self,
        samples: Samples,
        clock: SessionClock,
        *,
        track: Track = Track.FILE,
        name: str = "",
        speed: float = 1.0,
    ) -> None:
        self.track = track
        self.device = name
        self._samples = samples
        self._clock = clock
        self._speed = speed
        self._position = 0
        self._opened: tuple[float, int] | None = None  # clock and position at opening
        self._wake = threading.Event()

    def open(self) -> None:
        """Goes on where it was closed."""
        self._wake.clear()
        self._opened = (self._clock.now_s(), self._position)

    def close(self) -> None:
        self._opened = None
        self._wake.set()

    def read(self) -> Block | None:
        opened = self._opened
        if opened is None or self.ended():
            return None
        elapsed_s = self._clock.now_s() - opened[0]
        due = opened[1] + int(elapsed_s * self._speed * SAMPLE_RATE_HZ)
        end = min(self._position + BLOCK_SAMPLES, len(self._samples))
        if due < end:
            return None
        piece = self._samples[self._position : end]
        self._position = end
        return Block(piece.reshape(-1, 1), SAMPLE_RATE_HZ, self._clock.now_s())

    def watch(self, timeout_s: float) -> str:
        self._wake.wait(timeout_s)
        return ""

    def ended(self) -> bool:
        return self._position >= len(self._samples)
