"""Microphone and system sound on Linux: PortAudio carries the sound, the server says which.

PortAudio sees one device named ``pulse``; the environment decides at the moment of opening which
source it captures.  Afterwards the server is watched, because it moves streams without asking.
"""

from __future__ import annotations

import itertools
import logging
import os
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from desktop.engine.audio import portaudio
from desktop.engine.audio.clock import SessionClock
from desktop.engine.audio.pulse import TAG, PulseServer, PulseSnapshot, PulseSourceInfo
from desktop.engine.audio.source import Block
from desktop.errors import AudioError
from desktop.events import Track

_log = logging.getLogger(__name__)

GRACE_S = 3.0  # a chosen device that was unplugged may come back before another one stands in
LOOK_S = 1.0  # the server tells its news; looking now and then anyway costs little
_FRESH_S = 0.5
_APPEAR_S = 0.5  # how long a new stream may take to show up in the server's list

_environment = threading.Lock()
_numbers = itertools.count(1)


class PulseSource:
    """One source of the sound server, or its default one.

    Args:
        track: MIC, or SYSTEM for the monitor of a sink.
        wanted: the source's name; empty follows the server's default.
    """

    exact = False

    def __init__(self, track: Track, wanted: str, clock: SessionClock) -> None:
        self.track = track
        self.device = ""
        self.idle_is_silence = track is Track.SYSTEM
        self._wanted = wanted
        self._clock = clock
        self._stream: portaudio.CaptureStream | None = None
        self._server: PulseServer | None = None
        self._tag = ""
        self._missing_since_s: float | None = None
        self._looked_s = 0.0

    @property
    def delivers(self) -> bool:
        stream = self._stream
        return self.idle_is_silence or (stream is not None and stream.delivered)

    def open(self) -> None:
        self.close()
        server = PulseServer.connect()
        try:
            target = self._target(server.snapshot())
            if target is None:
                raise portaudio.no_device(self.track, self._wanted)
            self._tag = f"{os.getpid()}-{next(_numbers)}"
            stream = self._start(target)
            try:
                self._verify(server, target)
            except BaseException:
                stream.close()
                raise
        except BaseException:  # whatever it was: the next try is half a second away
            server.close()
            raise
        self._server = server
        self._stream = stream
        self.device = target.name

    def close(self) -> None:
        stream, self._stream = self._stream, None
        server, self._server = self._server, None
        try:
            if stream is not None:
                stream.close()
        finally:
            if server is not None:
                server.close()

    def read(self) -> Block | None:
        stream = self._stream
        return stream.read() if stream is not None else None

    def watch(self, timeout_s: float) -> str:
        server, stream = self._server, self._stream
        if server is None or stream is None:
            return "closed"
        try:
            trouble = ""
            now_s = self._clock.now_s()
            news = server.wait_change(timeout_s)
            # A server that delivers nothing may hang: do not ask it and hang, too.
            delivers = now_s - stream.last_block_s < _FRESH_S
            if news or (delivers and now_s - self._looked_s > LOOK_S):
                self._looked_s = now_s
                trouble = self._follow(server, server.snapshot())
        except AudioError as error:
            return error.message
        return trouble or portaudio.stream_trouble(stream, self._clock, self.idle_is_silence)

    def ended(self) -> bool:
        return False

    def _target(self, snapshot: PulseSnapshot) -> PulseSourceInfo | None:
        """The source to capture now; None while there is none."""
        if self._wanted:
            chosen = snapshot.by_name(self._wanted)
            now_s = time.monotonic()
            if chosen is not None:
                self._missing_since_s = None
                return chosen
            if self._missing_since_s is None:
                self._missing_since_s = now_s
            if now_s - self._missing_since_s < GRACE_S:
                return None
        if self.track is Track.SYSTEM:
            return snapshot.by_name(snapshot.default_monitor)
        default = snapshot.by_name(snapshot.default_source)
        # Without any microphone the server names a monitor: that would record the other track.
        return default if default is not None and not default.monitor else None

    def _start(self, target: PulseSourceInfo) -> portaudio.CaptureStream:
        with _environment, _variables(PULSE_SOURCE=target.name, PULSE_PROP=f"{TAG}={self._tag}"):
            if not _portaudio_sees_pulse():
                portaudio.refresh()
            if not _portaudio_sees_pulse():
                raise AudioError(
                    "PortAudio cannot reach the sound server.",
                    hint="On Debian and Ubuntu: sudo apt install libasound2-plugins",
                    code="audio.no_pulse_plugin",
                )
            return portaudio.CaptureStream(
                "pulse", min(2, target.channels), target.rate_hz, self._clock
            )

    def _verify(self, server: PulseServer, target: PulseSourceInfo) -> None:
        """Makes sure that the new stream hangs on `target` and nowhere else."""
        deadline_s = time.monotonic() + _APPEAR_S
        while True:
            output = server.snapshot().outputs.get(self._tag)
            if output is not None and output[1] == target.index:
                return
            if output is not None and server.move(output[0], target.index):
                _log.warning("%s: the server had chosen another source", self.track)
            if time.monotonic() > deadline_s:
                raise AudioError(
                    f"The sound server does not give us “{target.label}”.",
                    hint="Choose another device.",
                    code="audio.moved",
                )
            time.sleep(0.005)

    def _follow(self, server: PulseServer, snapshot: PulseSnapshot) -> str:
        """Keeps the stream on the wanted source; returns why that is not possible."""
        output = snapshot.outputs.get(self._tag)
        if output is None:
            return "the sound server dropped the stream"
        target = self._target(snapshot)
        if target is None:
            return "the device was unplugged"
        if output[1] != target.index:
            if self._wanted == "" or snapshot.by_name(self.device) is not None:
                # The default changed, or the chosen device came back.
                if not server.move(output[0], target.index):
                    return "the device was unplugged"
            else:
                return "the device was unplugged"
        if target.name != self.device:
            _log.info("%s: now on %s, before on %s", self.track, target.name, self.device)
            self.device = target.name
        return ""


def _portaudio_sees_pulse() -> bool:
    # Probed while no server ran, the device is listed, but without channels.
    return any(
        device["name"] == "pulse" and device["max_input_channels"] > 0
        for device in portaudio.library().query_devices()
    )


@contextmanager
def _variables(**values: str) -> Iterator[None]:
    """Sets environment variables for the time of the block; callers hold `_environment`."""
    before = {name: os.environ.get(name) for name in values}
    os.environ.update(values)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value
