"""System sound: what the computer plays, the track of the others."""

from __future__ import annotations

import sys

from desktop.engine.audio.clock import SessionClock
from desktop.engine.audio.portaudio_source import PortAudioSource
from desktop.engine.audio.source import Source
from desktop.events import Track


def system_sound(device: str, clock: SessionClock) -> Source:
    """What the output `device` plays; empty follows the system's default output.

    Linux: the monitor source of a sink (`device` is the monitor's name).  Windows: WASAPI loopback.
    """
    if sys.platform != "linux":
        return PortAudioSource(Track.SYSTEM, device, clock)
    from desktop.engine.audio.pulse_source import PulseSource

    return PulseSource(Track.SYSTEM, device, clock)
