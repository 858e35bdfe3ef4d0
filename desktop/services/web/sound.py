"""Sound in messages: base64 of float32 or int16 PCM, 16 kHz mono, little-endian.  Any thread.

The original's clients do not say which of the two they send, so it is told by the values: int16
samples read as float32 are mostly not numbers, enormous, or smaller than any sound.
"""

from __future__ import annotations

import base64
import binascii
from typing import Any

import numpy as np
from numpy.typing import NDArray

from desktop.events import SAMPLE_RATE_HZ

Samples = NDArray[np.float32]

FORMATS = ("float32", "int16")
MAX_BLOCK_S = 10.0
# What Whisper knows; faster-whisper takes the same codes.
_CODES = (
    "af am ar as az ba be bg bn bo br bs ca cs cy da de el en es et eu fa fi fo fr gl gu ha haw he "
    "hi hr ht hu hy id is it ja jw ka kk km kn ko la lb ln lo lt lv mg mi mk ml mn mr ms mt my ne "
    "nl nn no oc pa pl ps pt ro ru sa sd si sk sl sn so sq sr su sv sw ta te tg th tk tl tr tt uk "
    "ur uz vi yi yo yue zh"
)
LANGUAGES = frozenset({*_CODES.split(), "auto"})
_LARGEST, _SMALLEST = 64.0, 1e-12


class UnusableSoundError(ValueError):
    """A message's sound cannot be used; the text says why and may be shown to its sender."""


class SoundReader:
    """Decodes the blocks of one sender.  `format_name` is learnt where it was not said.

    Args:
        max_s: the longest block that is taken.
    """

    def __init__(self, max_s: float = MAX_BLOCK_S) -> None:
        self.format_name = ""
        self._max_s = max_s

    def expect(self, format_name: Any, sample_rate: Any) -> None:
        """What the sender says about its sound.

        Raises:
            UnusableSoundError: it is nothing that can be taken.
        """
        if sample_rate is not None and (
            isinstance(sample_rate, bool) or sample_rate != SAMPLE_RATE_HZ
        ):
            raise UnusableSoundError("sample_rate: 16000 is expected")
        if format_name is None:
            return
        if format_name not in FORMATS:
            raise UnusableSoundError("format: float32 or int16 is expected")
        self.format_name = format_name

    def read(self, data: Any) -> Samples:
        """One block.

        Raises:
            UnusableSoundError: it is no base64, too long, or no whole number of samples.
        """
        if not isinstance(data, str):
            raise UnusableSoundError("data: a string is expected")
        if len(data) > self._max_s * SAMPLE_RATE_HZ * 4 * 4 / 3 + 8:
            raise UnusableSoundError(f"data: more than {self._max_s:.0f} s at once")
        try:
            raw = base64.b64decode(data, validate=True)
        except (binascii.Error, ValueError) as error:
            raise UnusableSoundError("data: not base64") from error
        return self.decode(raw)

    def decode(self, raw: bytes) -> Samples:
        """The same from bytes."""
        name = self.format_name or _told_by_values(raw)
        if len(raw) % (4 if name == "float32" else 2):
            raise UnusableSoundError("data: not a whole number of samples")
        if not self.format_name and any(raw):  # pure silence says nothing about the format
            self.format_name = name
        if name == "int16":
            return np.frombuffer(raw, dtype="<i2").astype(np.float32) / np.float32(32_768)
        samples = np.frombuffer(raw, dtype="<f4").astype(np.float32)
        # faults: A31
        cleaned: Samples = np.clip(np.nan_to_num(samples, nan=0.0, posinf=1.0, neginf=-1.0), -1, 1)
        return cleaned


def _told_by_values(raw: bytes) -> str:
    if len(raw) % 4:
        return "int16"
    with np.errstate(all="ignore"):
        values = np.abs(np.frombuffer(raw, dtype="<f4").astype(np.float64))
    sounding = values[values != 0]
    if not len(sounding):
        return "float32"
    strange = ~np.isfinite(sounding) | (sounding > _LARGEST) | (sounding < _SMALLEST)
    return "int16" if float(strange.mean()) > 0.25 else "float32"
