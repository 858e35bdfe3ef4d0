"""The source for machines without a sound server: Windows, or Linux with plain ALSA.

PortAudio knows the devices there were when it was loaded.  It looks again only while no stream is
open, so where the default changes, or a missing device may have come, every source of this kind
ends its stream for a moment.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from desktop.engine.audio import portaudio
from desktop.engine.audio.clock import SessionClock
from desktop.engine.audio.source import Block
from desktop.engine.audio.windows_endpoints import default_endpoint
from desktop.errors import AudioError
from desktop.events import Track

LOOK_S = 1.0  # how often the system is asked for its default device
RENEWAL_S = 2.0  # how long streams wait for each other to end, so that the list can be renewed


class PortAudioSource:
    """A device straight from PortAudio: Windows, or Linux with plain ALSA.

    Args:
        track: MIC for an input, SYSTEM for a WASAPI loopback of an output.
        wanted: stable name; empty follows the default device.
        default: the identity of the system's default device now, "" where it cannot be told.
    """

    exact = False

    def __init__(
        self,
        track: Track,
        wanted: str,
        clock: SessionClock,
        default: Callable[[Track], str] = default_endpoint,
    ) -> None:
        self.track = track
        self.device = ""
        self.idle_is_silence = track is Track.SYSTEM
        self._wanted = wanted
        self._clock = clock
        self._ask_default = default
        self._default = ""
        self._looked_s = 0.0
        self._renewal = 0
        self._waits_until_s: float | None = None
        self._stream: portaudio.CaptureStream | None = None

    @property
    def delivers(self) -> bool:
        stream = self._stream
        return self.idle_is_silence or (stream is not None and stream.delivered)

    def open(self) -> None:
        with portaudio.guard:
            portaudio.refresh()
            self._await_renewal()
            self._default = self._ask_default(self.track)
            info = self._find()
            channels = max(1, min(2, int(info["max_input_channels"])))
            self._stream = portaudio.CaptureStream(
                int(info["index"]), channels, int(info["default_samplerate"]), self._clock
            )
            self.device = portaudio.stable_name(str(info["name"]))
            self._renewal, _ = portaudio.renewals()

    def close(self) -> None:
        stream, self._stream = self._stream, None
        if stream is not None:
            stream.close()

    def read(self) -> Block | None:
        stream = self._stream
        return stream.read() if stream is not None else None

    def watch(self, timeout_s: float) -> str:
        time.sleep(timeout_s)
        stream = self._stream
        if stream is None:
            return "closed"
        trouble = portaudio.stream_trouble(stream, self._clock, self.idle_is_silence)
        return trouble or self._default_trouble()

    def _default_trouble(self) -> str:
        """Another device is the default now, or a stream beside this one follows its own.

        The one that was may still work, and PortAudio's list goes on to call it the default.
        """
        if self._renewal != portaudio.renewals()[0]:
            return "the sound devices changed"
        now_s = time.monotonic()
        if self._wanted or now_s - self._looked_s < LOOK_S:
            return ""
        self._looked_s = now_s
        default = self._ask_default(self.track)
        changed = default not in ("", self._default)
        return (
            "another device is the default now" if changed and portaudio.ask_for_renewal() else ""
        )

    def _await_renewal(self) -> None:
        """The list is renewed once all streams have ended; one that goes on is not waited for."""
        wanted, done = portaudio.renewals()
        if done == wanted:
            self._waits_until_s = None
            return
        now_s = time.monotonic()
        if self._waits_until_s is None:
            self._waits_until_s = now_s + RENEWAL_S
        if now_s < self._waits_until_s:
            raise AudioError(
                "The list of sound devices is being renewed.",
                hint="This takes a moment.",
                code="audio.renewal",
            )
        self._waits_until_s = None

    def ended(self) -> bool:
        return False

    def _find(self) -> dict[str, Any]:
        found = portaudio.loopbacks() if self.track is Track.SYSTEM else portaudio.inputs()
        for device in found:
            if self._wanted in ("", portaudio.stable_name(str(device["name"]))) and (
                self._wanted or device["is_default"]
            ):
                return device
        portaudio.ask_for_renewal_if_old()  # it may be there, and the list not know it yet
        raise portaudio.no_device(self.track, self._wanted)
