"""Plays recorded 16 kHz sound through the default output.  Callback on PortAudio's thread."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import numpy as np

from desktop.engine.audio import portaudio
from desktop.engine.audio.feed import Samples
from desktop.errors import AudioError
from desktop.events import SAMPLE_RATE_HZ

_LATENCY_S = 0.1


class Player:
    """Plays one piece of sound at a time.  Methods may be called from any one thread.

    Args:
        on_position: called about ten times a second with the seconds played, and with None at the
            end; runs on the player's own thread.
    """

    def __init__(self, on_position: Callable[[float | None], None] | None = None) -> None:
        self._on_position = on_position
        self._samples: Samples = np.zeros(0, dtype=np.float32)
        self._position = 0
        self._stream: Any = None
        self._stop = threading.Event()
        self._done = threading.Event()
        self._thread: threading.Thread | None = None

    @property
    def playing(self) -> bool:
        return self._thread is not None and self._thread.is_alive()

    @property
    def position_s(self) -> float:
        """How far into the current piece the output is."""
        return self._position / SAMPLE_RATE_HZ

    def play(self, samples: Samples) -> None:
        """Stops what plays and plays `samples` (float32 mono 16 kHz).

        Raises:
            AudioError: there is no output device.
        """
        self.stop()
        self._samples = np.ascontiguousarray(samples, dtype=np.float32)
        self._position = 0
        self._stop.clear()
        self._done.clear()
        self._stream = portaudio.open_output(
            SAMPLE_RATE_HZ, _LATENCY_S, self._on_block, self._done.set
        )
        self._thread = threading.Thread(target=self._follow, name="player", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Stops playing.  Idempotent."""
        self._stop.set()
        self._done.set()
        thread, self._thread = self._thread, None
        if thread is not None:
            thread.join()

    def _follow(self) -> None:
        while not self._done.wait(0.1):
            if self._on_position is not None:
                self._on_position(self.position_s)
        portaudio.close_output(self._stream)
        if self._on_position is not None:
            self._on_position(None)

    def _on_block(self, outdata: Any, frames: int, _time: Any, _status: Any) -> None:
        start = self._position
        piece = self._samples[start : start + frames]
        outdata[: len(piece), 0] = piece
        outdata[len(piece) :] = 0.0
        self._position = start + len(piece)
        if not len(piece) or self._stop.is_set():
            raise portaudio.library().CallbackStop


def output_available() -> bool:
    """Whether there is anything to play on."""
    try:
        return any(device["max_output_channels"] > 0 for device in portaudio.query_devices())
    except AudioError:
        return False
