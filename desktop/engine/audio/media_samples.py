"""Decoded frames of any format to clean 16 kHz mono float32.  Runs on the caller's thread.

Cleaning and mixing come before resampling: a NaN that reached the resampler would smear over
its whole filter, and its own matrix does not keep a float mix of channels below full scale.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from desktop.engine.audio.mixing import uncancelled
from desktop.errors import MediaError
from desktop.events import SAMPLE_RATE_HZ

if TYPE_CHECKING:
    from av import AudioFrame
    from av.audio.layout import AudioLayout
    from av.audio.resampler import AudioResampler

Samples = NDArray[np.float32]

MIN_RATE_HZ = 1_000  # a lower rate is damage, and would blow a small file up thousandfold
MAX_RATE_HZ = 768_000
_GROUP_S = 0.5  # frames are joined to this length so that Python's cost a frame stays small

# Speech sits in the centre of a surround mix, effects around it; LFE carries none.
_WEIGHTS = {"FC": 1.0, "FL": 0.7, "FR": 0.7, "FLC": 0.7, "FRC": 0.7, "LFE": 0.0, "LFE2": 0.0}
_OTHER_WEIGHT = 0.4
_INTEGER_SCALES = {"u1": 2.0**7, "i2": 2.0**15, "i4": 2.0**31, "i8": 2.0**63}


def channel_weights(layout: AudioLayout) -> Samples:
    """The share of each channel in the mono mix; shares add up to 1."""
    count = layout.nb_channels
    names = [channel.name for channel in layout.channels]
    weights = np.ones(count, dtype=np.float32)
    if count > 2 and len(names) == count and "FC" in names:
        weights = np.array([_WEIGHTS.get(name, _OTHER_WEIGHT) for name in names], np.float32)
    shares: Samples = weights / weights.sum()
    return shares


def mix_frame(frame: AudioFrame) -> Samples:
    """One frame as finite mono float32 in [-1, 1] at its own rate (faults: A31).

    Raises:
        MediaError: the sample format is one that PyAV cannot hand over.
    """
    try:
        raw = frame.to_ndarray()
    except ValueError as error:
        raise MediaError(
            f"The sound has samples of a kind that cannot be read ({frame.format.name}).",
            hint="Convert the file to WAV or FLAC and try again.",
            code="media.format",
        ) from error
    channels = frame.layout.nb_channels
    planes = raw if frame.format.is_planar else raw.reshape(-1, channels).T
    scale = _INTEGER_SCALES.get(raw.dtype.str[1:])
    sound = planes.astype(np.float32)
    if scale is not None:
        if raw.dtype.kind == "u":
            sound -= scale
        sound *= 1.0 / scale
    elif not np.isfinite(sound).all():
        sound = np.nan_to_num(sound, nan=0.0, posinf=0.0, neginf=0.0)
    mono: Samples = sound[0]
    if channels > 1:
        mono = uncancelled(channel_weights(frame.layout) @ sound, sound)
    return np.clip(mono, -1.0, 1.0, out=mono)


class MonoResampler:
    """Joins mono pieces of one rate at a time and resamples them to 16 kHz.

    A change of rate flushes the old filter first, so no sample is lost at the joint.
    """

    def __init__(self) -> None:
        self._rate_hz = 0
        self._filter: AudioResampler | None = None
        self._parts: list[Samples] = []
        self._parts_samples = 0

    def push(self, mono: Samples, rate_hz: int) -> list[Samples]:
        """Takes one piece; returns what is ready at 16 kHz.

        Raises:
            MediaError: the rate is no rate of sound.
        """
        if not MIN_RATE_HZ <= rate_hz <= MAX_RATE_HZ:
            raise MediaError(
                f"The file claims a sample rate of {rate_hz} Hz, which is no rate of sound.",
                hint="The file is damaged; export it again from the program that made it.",
                code="media.damaged",
            )
        ready: list[Samples] = []
        if rate_hz != self._rate_hz:
            ready = self.flush()
            self._rate_hz = rate_hz
        self._parts.append(mono)
        self._parts_samples += len(mono)
        if self._parts_samples >= _GROUP_S * rate_hz:
            ready += self._resample(self._take())
        return ready

    def flush(self) -> list[Samples]:
        """Everything still inside; the next piece starts anew."""
        ready = self._resample(self._take()) if self._parts else []
        if self._filter is not None:
            ready += [frame.to_ndarray()[0] for frame in self._filter.resample(None)]
            self._filter = None
        return [np.clip(part, -1.0, 1.0) for part in ready]

    def _take(self) -> Samples:
        joined = np.concatenate(self._parts)
        self._parts, self._parts_samples = [], 0
        return joined

    def _resample(self, mono: Samples) -> list[Samples]:
        if self._rate_hz == SAMPLE_RATE_HZ:
            return [mono]
        import av

        if self._filter is None:
            self._filter = av.AudioResampler(format="flt", layout="mono", rate=SAMPLE_RATE_HZ)
        frame = av.AudioFrame.from_ndarray(mono.reshape(1, -1), format="flt", layout="mono")
        frame.sample_rate = self._rate_hz
        return [
            np.clip(part.to_ndarray()[0], -1.0, 1.0).astype(np.float32, copy=False)
            for part in self._filter.resample(frame)
        ]
