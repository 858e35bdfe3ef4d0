"""The engine's player behind the playback protocol of the window."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from desktop.engine.audio.playback import Player
from desktop.events import SAMPLE_RATE_HZ


class Loudspeaker:
    """Plays one piece at a time.  Called on the GUI thread; positions come from the player's."""

    def __init__(self) -> None:
        self._report: Callable[[float], None] | None = None
        self._length_s = 0.0
        self._player = Player(self._on_position)

    def play(self, samples: NDArray[np.float32], on_position: Callable[[float], None]) -> None:
        """Plays 16 kHz mono `samples`; raises AudioError when there is nothing to play on."""
        self.stop()
        self._report = on_position
        self._length_s = len(samples) / SAMPLE_RATE_HZ
        self._player.play(samples)

    def stop(self) -> None:
        self._report = None
        self._player.stop()

    def _on_position(self, position_s: float | None) -> None:
        report = self._report
        if report is not None:
            report(self._length_s if position_s is None else position_s)
