"""Which devices a picker offers, the chosen one among them wherever it is."""

from __future__ import annotations

from desktop.events import Track
from desktop.records import DeviceRecord
from desktop.settings import AudioSettings
from desktop.ui.models.device_choices import chosen_device, device_choices, keep_labels

YETI = DeviceRecord("alsa_input.usb-yeti", "Blue Yeti", Track.MIC, True, 2, 48_000)
INTERNAL = DeviceRecord("alsa_input.pci", "내장 마이크", Track.MIC, False, 2, 48_000)
SPEAKERS = DeviceRecord("speakers.monitor", "스피커", Track.SYSTEM, True, 2, 48_000)


def choices(devices: list[DeviceRecord] | None, audio: AudioSettings) -> list[tuple[str, str]]:
    return device_choices(devices, Track.MIC, chosen_device(audio, Track.MIC))


def test_a_device_is_known_by_its_label_also_after_a_restart() -> None:
    audio = AudioSettings(microphone=YETI.name)
    keep_labels(audio, [YETI, INTERNAL, SPEAKERS])
    kept = AudioSettings.model_validate_json(audio.model_dump_json())
    assert choices([INTERNAL, SPEAKERS], kept) == [
        (YETI.name, "Blue Yeti · not connected"),
        (INTERNAL.name, "내장 마이크"),
    ]
    keep_labels(kept, [INTERNAL])
    assert kept.microphone_label == "Blue Yeti"


def test_before_the_devices_are_known_nothing_is_called_absent() -> None:
    audio = AudioSettings(microphone=YETI.name, microphone_label="Blue Yeti")
    assert choices(None, audio) == [(YETI.name, "Blue Yeti")]


def test_a_name_without_a_label_stands_for_itself() -> None:
    audio = AudioSettings(microphone="headset")
    assert choices([], audio) == [("headset", "headset · not connected")]


def test_the_default_is_no_device_that_could_be_absent() -> None:
    audio = AudioSettings(microphone_label="of an earlier choice")
    keep_labels(audio, [YETI])
    assert audio.microphone_label == ""
    assert choices([YETI, SPEAKERS], audio) == [(YETI.name, "Blue Yeti")]
