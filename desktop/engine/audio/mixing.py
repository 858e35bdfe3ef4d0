"""Two channels that are each other's opposite, and mix to nothing.  Pure.

Some built-in microphone pairs and balanced cables on stereo inputs deliver the same voice twice,
once upside down: the mix to mono is silence, and nobody would know why nothing is heard.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

_CANCELLED = 0.01  # of the louder channel's energy: 20 dB less than either
_AUDIBLE = 1e-8  # mean square, -80 dBFS: below it there is only noise


def uncancelled(mono: NDArray[np.float32], channels: NDArray[np.float32]) -> NDArray[np.float32]:
    """`mono`, or the louder of two channels where they cancelled each other in it.

    Args:
        mono: their mix, shape (n,).
        channels: shape (channels, n).
    """
    if len(channels) != 2 or not len(mono):
        return mono
    energies = [float(np.dot(channel, channel)) for channel in channels]
    louder = max(energies)
    if louder < _AUDIBLE * len(mono) or float(np.dot(mono, mono)) > _CANCELLED * louder:
        return mono
    return np.array(channels[energies.index(louder)], dtype=np.float32)
