"""Device sound to 16 kHz mono, block by block, without a seam.  Recorder thread.

One stage (libsoxr with a variable ratio) changes the rate and takes out clock drift, so a device
that switches from 44.1 to 48 kHz keeps its pitch and two devices stay together for hours.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from desktop.engine.audio.feed import Samples
from desktop.engine.audio.mixing import uncancelled
from desktop.errors import AudioError
from desktop.events import SAMPLE_RATE_HZ

_HEADROOM = 1.02  # libsoxr wants to know the largest ratio beforehand
_CLIPPED = 0.9999


@dataclass(frozen=True, slots=True)
class CleanBlock:
    """Sound that can be trusted to be numbers in [-1, 1].

    Args:
        samples: mono float32.
        bad: how many values were not finite and became 0.
        clipped: the device delivered full scale or beyond.
        zero: every single sample was exactly 0.
    """

    samples: Samples
    bad: int
    clipped: bool
    zero: bool


def clean(samples: NDArray[np.float32]) -> CleanBlock:
    """Mixes (frames, channels) to mono and removes what is not sound (faults: A31)."""
    bad = 0
    with np.errstate(over="ignore", invalid="ignore"):
        suspicious = not np.isfinite(samples.sum())  # one pass; the rare case looks closer
    if suspicious:
        finite = np.isfinite(samples)
        bad = int(finite.size - np.count_nonzero(finite))
        samples = np.where(finite, samples, np.float32(0))
    peak = max(float(samples.max()), -float(samples.min())) if samples.size else 0.0
    if peak > 1.0:
        samples = np.clip(samples, -1.0, 1.0)
    channels = samples.shape[1]
    mono = samples[:, 0]
    if channels > 1:
        mono = mono / np.float32(channels)
        for channel in range(1, channels):
            mono += samples[:, channel] / np.float32(channels)
        mono = uncancelled(mono, samples.T)
    return CleanBlock(
        np.ascontiguousarray(mono, dtype=np.float32), bad, peak >= _CLIPPED, zero=peak == 0.0
    )


class StreamResampler:
    """Turns a mono stream of any rate into 16 kHz.

    Args:
        rate_hz: the device's rate, 1 kHz to 768 kHz.
        vary: follow `set_correction`; a stream that is exact and at 16 kHz passes untouched.

    Raises:
        AudioError: the rate makes no sense.
    """

    def __init__(self, rate_hz: int, *, vary: bool = True) -> None:
        if not 1_000 <= rate_hz <= 768_000:
            raise AudioError(
                f"The device reports an impossible rate of {rate_hz} Hz.",
                hint="Choose another device or set its rate in the system's sound settings.",
                code="audio.rate",
            )
        self.rate_hz = rate_hz
        self._vary = vary
        self._correction = 0.0
        self._fresh = True
        self._through = not vary and rate_hz == SAMPLE_RATE_HZ
        if not self._through:
            import soxr

            self._stream = soxr.ResampleStream(
                rate_hz * (_HEADROOM if vary else 1.0), SAMPLE_RATE_HZ, 1, vr=vary
            )
            self._set_ratio()

    def set_correction(self, correction: float) -> None:
        """From now on make this much more (+0.001 = 0.1 %) or less of every second."""
        if self._vary and correction != self._correction:
            self._correction = correction
            self._set_ratio()

    def process(self, samples: Samples) -> Samples:
        """Resamples one block; the result lags by the filter's few milliseconds."""
        if self._through:
            return samples
        self._fresh = False
        out: Samples = self._stream.resample_chunk(samples)
        return out

    def flush(self) -> Samples:
        """What the filter still held; the stream starts anew afterwards."""
        if self._through or self._fresh:
            return np.zeros(0, dtype=np.float32)
        out: Samples = self._stream.resample_chunk(np.zeros(0, dtype=np.float32), last=True)
        self._stream.clear()
        self._fresh = True
        self._set_ratio()
        return out

    def _set_ratio(self) -> None:
        if self._vary:
            # A jump of the ratio inside a running stream would click: glide over 10 ms.
            glide = 0 if self._fresh else self.rate_hz // 100
            self._stream.set_io_ratio(
                self.rate_hz / (1.0 + self._correction), SAMPLE_RATE_HZ, glide
            )
