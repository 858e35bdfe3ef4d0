"""Sound that is not speech: float32 mono 16 kHz."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from tests.speech.espeak import SAMPLE_RATE_HZ

Samples = NDArray[np.float32]


def _times_s(seconds: float) -> NDArray[np.float64]:
    return np.arange(round(seconds * SAMPLE_RATE_HZ)) / SAMPLE_RATE_HZ


def silence(seconds: float) -> Samples:
    """Digital silence: exact zeros."""
    return np.zeros(round(seconds * SAMPLE_RATE_HZ), dtype=np.float32)


def white_noise(seconds: float, level_dbfs: float = -40.0, seed: int = 0) -> Samples:
    """Noise of equal power at all frequencies; `level_dbfs` is its RMS."""
    rng = np.random.default_rng(seed)
    scale = 10 ** (level_dbfs / 20)
    return np.asarray(rng.normal(0.0, scale, round(seconds * SAMPLE_RATE_HZ)), dtype=np.float32)


def pink_noise(seconds: float, level_dbfs: float = -40.0, seed: int = 0) -> Samples:
    """Noise that falls by 3 dB an octave, like a room's or a fan's."""
    white = np.random.default_rng(seed).normal(size=round(seconds * SAMPLE_RATE_HZ))
    spectrum = np.fft.rfft(white)
    frequencies_hz = np.fft.rfftfreq(len(white), 1 / SAMPLE_RATE_HZ)
    shaped = np.fft.irfft(spectrum / np.sqrt(np.maximum(frequencies_hz, 20.0)), len(white))
    scale = 10 ** (level_dbfs / 20) / np.sqrt(np.mean(shaped**2))
    return np.asarray(shaped * scale, dtype=np.float32)


def hum(seconds: float, level_dbfs: float = -40.0, mains_hz: float = 60.0) -> Samples:
    """Mains hum: the fundamental and two weaker harmonics."""
    times_s = _times_s(seconds)
    wave = sum(np.sin(2 * np.pi * mains_hz * k * times_s) / k for k in (1, 2, 3))
    scale = 10 ** (level_dbfs / 20) / np.sqrt(sum(0.5 / k**2 for k in (1, 2, 3)))
    return np.asarray(wave * scale, dtype=np.float32)


def tone(seconds: float, frequency_hz: float = 440.0, level_dbfs: float = -20.0) -> Samples:
    """A sine tone; `level_dbfs` is its RMS."""
    wave = np.sin(2 * np.pi * frequency_hz * _times_s(seconds))
    return np.asarray(wave * np.sqrt(2) * 10 ** (level_dbfs / 20), dtype=np.float32)


def keyboard(seconds: float, clicks_a_second: float = 6.0, seed: int = 0) -> Samples:
    """Short clicks at irregular times, like typing."""
    rng = np.random.default_rng(seed)
    samples = silence(seconds)
    click = int(0.012 * SAMPLE_RATE_HZ)
    envelope = np.exp(-np.arange(click) / (0.002 * SAMPLE_RATE_HZ))
    for start in rng.integers(0, max(1, len(samples) - click), int(seconds * clicks_a_second)):
        size = min(click, len(samples) - start)
        samples[start : start + size] += (
            rng.normal(0.0, rng.uniform(0.05, 0.2), size) * envelope[:size]
        ).astype(np.float32)
    return samples
