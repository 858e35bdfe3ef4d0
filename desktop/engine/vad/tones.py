"""How much of a sound is tones that stand still: music holds its notes, a speaking voice glides.

A voice detector takes singing for speech, and a decoder that is asked for words finds some.  What
tells them apart is the fine structure of the spectrum (harmonics, without the envelope that makes
vowels): 200 ms later it is still there in music and gone in speech.  Measured on utterances of
2 s and more: songs 0.22 to 0.35, speech in rooms and in noise below 0.15.  Pure.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from desktop.events import SAMPLE_RATE_HZ

LONGEST_S = 8.0  # more sound costs time and tells no more
SHORTEST_S = 1.5  # less is too little to average over

_FRAME = 1024
_TRANSFORM = 2048
_HOP = SAMPLE_RATE_HZ // 50
_LAG = 10  # frames: 200 ms
_FIRST_BIN, _LAST_BIN = 10, 385  # 80 Hz to 3 kHz, where voices have harmonics
_ENVELOPE_BINS = 25  # about 200 Hz: wider than a harmonic, narrower than a formant
_FLOOR = 1e-5  # magnitude; below it there is only rounding


def steadiness(samples: NDArray[np.float32]) -> float:
    """Correlation of the spectrum's fine structure over 200 ms, weighted by energy.

    Args:
        samples: 16 kHz mono, shape (n,); the last `LONGEST_S` are looked at.

    Returns:
        About 0 for speech and noise, towards 1 for held notes; 0 for less than `SHORTEST_S`.
    """
    if len(samples) < SHORTEST_S * SAMPLE_RATE_HZ:
        return 0.0
    recent = samples[-round(LONGEST_S * SAMPLE_RATE_HZ) :]
    magnitudes = _magnitudes(recent)
    fine = _fine_structure(magnitudes)
    energy = np.square(magnitudes).sum(axis=1)
    earlier, later = fine[:-_LAG], fine[_LAG:]
    sizes = np.sqrt(np.square(earlier).sum(axis=1) * np.square(later).sum(axis=1))
    alike = (earlier * later).sum(axis=1) / np.maximum(sizes, _FLOOR)
    weights = np.sqrt(energy[:-_LAG] * energy[_LAG:])
    total = float(weights.sum())
    return float((alike * weights).sum()) / total if total > 0.0 else 0.0


def _magnitudes(samples: NDArray[np.float32]) -> NDArray[np.float32]:
    """Short-time spectra, shape (frames, bins)."""
    frames = np.lib.stride_tricks.sliding_window_view(samples, _FRAME)[::_HOP]
    windowed = frames * np.hanning(_FRAME).astype(np.float32)
    spectra = np.abs(np.fft.rfft(windowed, _TRANSFORM))
    return np.asarray(spectra[:, _FIRST_BIN:_LAST_BIN], dtype=np.float32)


def _fine_structure(magnitudes: NDArray[np.float32]) -> NDArray[np.float32]:
    """Log spectra less their envelope (a running mean over frequency)."""
    logarithms = np.log(magnitudes + _FLOOR)
    half = _ENVELOPE_BINS // 2
    padded = np.pad(logarithms, ((0, 0), (half + 1, half)), mode="edge")
    sums = np.cumsum(padded, axis=1, dtype=np.float64)
    envelope = (sums[:, _ENVELOPE_BINS:] - sums[:, :-_ENVELOPE_BINS]) / _ENVELOPE_BINS
    return np.asarray(logarithms - envelope, dtype=np.float32)
