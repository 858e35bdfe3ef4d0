"""Which sound devices the system has now: to see that PortAudio's list, made once, is old.

Cheap enough to be asked twice a second.  Any thread.
"""

from __future__ import annotations

import ctypes
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

# What ``waveInGetDevCapsW`` and ``waveOutGetDevCapsW`` fill (mmeapi.h), and where the name lies.
_IN_BYTES, _OUT_BYTES = 80, 84
_NAME_OFFSET, _NAME_BYTES = 8, 64
_ALSA = (Path("/proc/asound/cards"), Path("/proc/asound/pcm"))


if sys.platform == "win32":

    def census() -> str:
        """Changes when a device comes or goes; empty where the system cannot be asked."""
        try:
            library = ctypes.WinDLL("winmm")
            inputs = _names(library.waveInGetNumDevs, library.waveInGetDevCapsW, _IN_BYTES)
            outputs = _names(library.waveOutGetNumDevs, library.waveOutGetDevCapsW, _OUT_BYTES)
        except (OSError, AttributeError):
            return ""
        return "\n".join([*inputs, "", *outputs])

    def _names(count: Callable[[], int], describe: Callable[..., int], size: int) -> list[str]:
        names = []
        for index in range(count()):
            filled: Any = ctypes.create_string_buffer(size)
            describe(ctypes.c_size_t(index), filled, size)
            name = filled.raw[_NAME_OFFSET : _NAME_OFFSET + _NAME_BYTES]
            names.append(name.decode("utf-16-le", "replace").partition("\0")[0])
        return names

else:

    def census() -> str:
        """Changes when a device comes or goes; empty where the system cannot be asked."""
        found = []
        for path in _ALSA:
            try:
                found.append(path.read_text(errors="replace"))
            except OSError:
                continue
        return "\n".join(found)
