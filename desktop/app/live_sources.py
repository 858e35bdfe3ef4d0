"""What a recording listens to: the devices that the settings name, on one clock."""

from __future__ import annotations

from desktop.engine.audio.clock import SystemClock
from desktop.engine.audio.microphone import microphone
from desktop.engine.audio.source import Source
from desktop.engine.audio.system import system_sound
from desktop.events import Track
from desktop.settings import Settings


def device_sources(settings: Settings) -> dict[Track, Source]:
    """The sources that the settings ask for, one a track."""
    clock = SystemClock()
    audio = settings.audio
    sources: dict[Track, Source] = {}
    if audio.source in ("mic", "both"):
        sources[Track.MIC] = microphone(audio.microphone, clock)
    if audio.source in ("system", "both"):
        sources[Track.SYSTEM] = system_sound(audio.system, clock)
    return sources
