"""The voice activity protocol: one stateful detector a track, fed in order."""

from __future__ import annotations

from typing import Protocol

import numpy as np
from numpy.typing import NDArray

FRAME_SAMPLES = 512  # 32 ms at 16 kHz: Silero's frame


class VoiceDetector(Protocol):
    """Gives the probability of speech for every 32 ms frame."""

    def probabilities(self, samples: NDArray[np.float32]) -> NDArray[np.float32]:
        """Consumes samples in order; returns one probability a completed frame.

        Samples that do not fill a frame are kept for the next call.
        """

    def reset(self) -> None:
        """Forgets all state, as at the start of a track."""
