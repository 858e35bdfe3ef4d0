"""The microphone: the track of the person in front of the computer."""

from __future__ import annotations

import sys

from desktop.engine.audio.clock import SessionClock
from desktop.engine.audio.portaudio_source import PortAudioSource
from desktop.engine.audio.source import FallbackSource, Source
from desktop.events import Track


def microphone(device: str, clock: SessionClock) -> Source:
    """The microphone named `device`; empty follows the system's default.

    On Linux the sound server is asked first, plain ALSA when there is none.
    """
    direct = PortAudioSource(Track.MIC, device, clock)
    if sys.platform != "linux":
        return direct
    from desktop.engine.audio.pulse_source import PulseSource

    return FallbackSource([PulseSource(Track.MIC, device, clock), direct])
