"""Which devices a picker offers.  GUI thread only."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QCoreApplication

from desktop.events import Track
from desktop.records import DeviceRecord
from desktop.settings import AudioSettings


def chosen_device(audio: AudioSettings, track: Track) -> tuple[str, str]:
    """The name and the label of the device that is to be used; both empty for the default."""
    if track is Track.MIC:
        return audio.microphone, audio.microphone_label or audio.microphone
    return audio.system, audio.system_label or audio.system


def keep_labels(audio: AudioSettings, devices: Sequence[DeviceRecord]) -> None:
    """Notes what the chosen devices are called, for when they are not there."""
    labels = {(device.track, device.name): device.label for device in devices}
    for track in (Track.MIC, Track.SYSTEM):
        name, before = chosen_device(audio, track)
        label = labels.get((track, name), before) if name else ""
        if track is Track.MIC:
            audio.microphone_label = label
        else:
            audio.system_label = label


def device_choices(
    devices: Sequence[DeviceRecord] | None, track: Track, chosen: tuple[str, str]
) -> list[tuple[str, str]]:
    """The devices of a track as (name, text), the chosen one among them wherever it is.

    Args:
        devices: those there are; None while that is not known yet.
        chosen: name and label, see `chosen_device`.
    """
    choices = [(d.name, d.label) for d in devices or () if d.track is track]
    name, label = chosen
    if not name or name in dict(choices):
        return choices
    if devices is not None:
        absent = QCoreApplication.translate("DeviceChoices", "{device} · not connected")
        label = absent.format(device=label)
    return [(name, label), *choices]
