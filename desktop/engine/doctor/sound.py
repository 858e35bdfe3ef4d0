"""PortAudio, the sound server, microphones and what the computer plays."""

from __future__ import annotations

import sys
from collections.abc import Iterator

from desktop.engine.doctor.finding import Finding, State
from desktop.errors import AudioError
from desktop.events import Track
from desktop.paths import Paths

_FILES_STILL_WORK = "Files can be transcribed without it."


def check(_paths: Paths) -> Iterator[Finding]:
    yield _portaudio()
    if sys.platform == "linux":
        yield _server()
    yield from _devices()


def _portaudio() -> Finding:
    from desktop.engine.audio import portaudio

    try:
        version = portaudio.library().get_portaudio_version()[1]
    except AudioError as error:
        return Finding("portaudio", "PortAudio", State.FAIL, error.message, error.hint)
    return Finding("portaudio", "PortAudio", State.OK, str(version))


def _server() -> Finding:
    from desktop.engine.audio.pulse import PulseServer

    try:
        server = PulseServer.connect()
    except AudioError as error:
        return Finding(
            "sound_server",
            "Sound server",
            State.WARN,
            error.message,
            fix=f"Start PipeWire or PulseAudio: what the computer plays needs one. "
            f"{_FILES_STILL_WORK}",
        )
    try:
        snapshot = server.snapshot()
    finally:
        server.close()
    return Finding(
        "sound_server",
        "Sound server",
        State.OK,
        f"answers; default microphone: {snapshot.default_source or 'none'}",
    )


def _devices() -> Iterator[Finding]:
    from desktop.engine.audio.devices import list_devices

    found = list_devices()
    for track, name, title, fix in (
        (
            Track.MIC,
            "microphone",
            "Microphones",
            "Connect a microphone, or allow access to it in the system's settings.",
        ),
        (
            Track.SYSTEM,
            "system_sound",
            "System sound",
            "Connect a loudspeaker or headphones; captions of the computer's sound need an output.",
        ),
    ):
        labels = [device.label for device in found if device.track is track]
        if labels:
            yield Finding(name, title, State.OK, ", ".join(labels))
        else:
            yield Finding(name, title, State.WARN, "none", f"{fix} {_FILES_STILL_WORK}")
