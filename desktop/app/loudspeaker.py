"""The engine's player behind the playback protocol of the window."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from desktop.engine.audio.playback import Player
from desktop.errors import AudioError
from desktop.events import SAMPLE_RATE_HZ


class Loudspeaker:
    """Plays one piece at a time.  Called on the GUI thread, answers on the player's."""

    def __init__(self) -> None:
        self._player = Player()

    def play(
        self,
        samples: NDArray[np.float32],
        on_position: Callable[[float], None],
        on_failure: Callable[[AudioError], None],
    ) -> None:
        """Plays 16 kHz mono `samples`; returns at once."""
        length_s = len(samples) / SAMPLE_RATE_HZ

        def report(position_s: float | None) -> None:
            on_position(length_s if position_s is None else position_s)

        self._player.play(samples, report, on_failure)

    def stop(self) -> None:
        self._player.stop()

    def close(self) -> None:
        """Ends the player's thread."""
        self._player.close()
