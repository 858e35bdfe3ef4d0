"""Which sound devices there are, for pickers and the command line.  Any thread; a few ms."""

from __future__ import annotations

import logging
import sys
from collections.abc import Sequence

from desktop.engine.audio import portaudio
from desktop.engine.audio.source import NO_SERVER
from desktop.errors import AudioError
from desktop.events import Track
from desktop.records import DeviceRecord

_log = logging.getLogger(__name__)


def list_devices() -> Sequence[DeviceRecord]:
    """Microphones first, then outputs whose sound can be captured; empty when there is nothing."""
    try:
        if sys.platform == "linux":
            try:
                return _from_server()
            except AudioError as error:
                if error.code != NO_SERVER:
                    raise
                _log.info("no sound server: %s", error.message)
        return _from_portaudio()
    except AudioError as error:
        _log.warning("no sound devices: %s", error.message)
        return ()


def _from_server() -> Sequence[DeviceRecord]:
    from desktop.engine.audio.pulse import PulseServer

    server = PulseServer.connect()
    try:
        snapshot = server.snapshot()
    finally:
        server.close()
    records = [
        DeviceRecord(
            name=source.name,
            label=source.label,
            track=Track.SYSTEM if source.monitor else Track.MIC,
            is_default=source.name
            == (snapshot.default_monitor if source.monitor else snapshot.default_source),
            channels=source.channels,
            rate_hz=source.rate_hz,
        )
        for source in snapshot.sources
    ]
    return tuple(sorted(records, key=lambda record: (record.track != Track.MIC, record.label)))


def _from_portaudio() -> Sequence[DeviceRecord]:
    portaudio.query_devices()  # renews the list
    return tuple(
        DeviceRecord(
            name=portaudio.stable_name(str(device["name"])),
            label=str(device["name"]),
            track=track,
            is_default=bool(device["is_default"]),
            channels=int(device["max_input_channels"]),
            rate_hz=int(device["default_samplerate"]),
        )
        for track, found in (
            (Track.MIC, portaudio.inputs()),
            (Track.SYSTEM, portaudio.loopbacks()),
        )
        for device in found
    )
