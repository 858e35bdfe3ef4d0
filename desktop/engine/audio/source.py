"""The source protocol: where blocks of sound come from.  What a recorder needs, nothing more.

A source is opened, watched and closed by its keeper's thread, and read by the recorder's thread.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from desktop.errors import AudioError
from desktop.events import Track

_log = logging.getLogger(__name__)

NO_SERVER = "audio.no_server"


@dataclass(frozen=True, slots=True)
class Block:
    """A piece of sound as the device gave it.

    Args:
        samples: float32, shape (frames, channels).
        rate_hz: frames a second.
        arrival_s: session clock when the last frame of the block had arrived.
        lost_frames: frames known to be missing right before this block.
        overflow: the driver lost an unknown amount right before this block.
    """

    samples: NDArray[np.float32]
    rate_hz: int
    arrival_s: float
    lost_frames: int = 0
    overflow: bool = False

    @property
    def duration_s(self) -> float:
        return len(self.samples) / self.rate_hz


class Source(Protocol):
    """One track's device, or a file that stands for one."""

    @property
    def track(self) -> Track: ...

    @property
    def device(self) -> str:
        """The stable name of the device in use; empty while there is none."""

    @property
    def idle_is_silence(self) -> bool:
        """Sending nothing means that nothing sounds (a loopback), not that something is wrong."""

    @property
    def exact(self) -> bool:
        """Every sample comes, in order: placed by count (a file), not by the clock."""

    @property
    def delivers(self) -> bool:
        """Sound has come since it was opened, or need not come; a device may open and be mute."""

    def open(self) -> None:
        """Starts to deliver.

        Raises:
            AudioError: the device is not there or refuses.
        """

    def close(self) -> None:
        """Stops and forgets what was not read.  Idempotent."""

    def read(self) -> Block | None:
        """The next block, or None.  Never blocks."""

    def watch(self, timeout_s: float) -> str:
        """Waits up to `timeout_s` for news and returns why the device is lost; empty when not."""

    def ended(self) -> bool:
        """Everything was delivered and no more will come (files only)."""


class FallbackSource:
    """Several ways to reach one device; the next is tried only when a sound server is missing."""

    def __init__(self, ways: Sequence[Source]) -> None:
        self._ways = tuple(ways)
        self._active: Source = self._ways[0]

    @property
    def track(self) -> Track:
        return self._active.track

    @property
    def device(self) -> str:
        return self._active.device

    @property
    def idle_is_silence(self) -> bool:
        return self._active.idle_is_silence

    @property
    def exact(self) -> bool:
        return self._active.exact

    @property
    def delivers(self) -> bool:
        return self._active.delivers

    def open(self) -> None:
        first: AudioError | None = None
        for way in self._ways:
            try:
                way.open()
            except AudioError as error:
                first = first or error
                if error.code != NO_SERVER:
                    break
                _log.info("%s: %s", way.track, error.message)
            else:
                self._active = way
                return
        if first is not None:
            raise first

    def close(self) -> None:
        self._active.close()

    def read(self) -> Block | None:
        return self._active.read()

    def watch(self, timeout_s: float) -> str:
        return self._active.watch(timeout_s)

    def ended(self) -> bool:
        return self._active.ended()
