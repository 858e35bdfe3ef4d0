"""Several ways to one device, and what a machine without sound gets."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from desktop.engine.audio import portaudio
from desktop.engine.audio.clock import SystemClock
from desktop.engine.audio.devices import list_devices
from desktop.engine.audio.filesource import FileSource
from desktop.engine.audio.microphone import microphone
from desktop.engine.audio.source import NO_SERVER, FallbackSource
from desktop.engine.audio.system import system_sound
from desktop.errors import AudioError
from desktop.events import Track


class BrokenSource(FileSource):
    """Cannot be opened."""

    def __init__(self, code: str) -> None:
        super().__init__(np.zeros(10, np.float32), SystemClock(), name="broken")
        self._code = code

    def open(self) -> None:
        raise AudioError("no", code=self._code)


def working() -> FileSource:
    return FileSource(np.zeros(10, np.float32), SystemClock(), name="working")


def test_the_next_way_is_tried_when_the_server_is_missing() -> None:
    source = FallbackSource([BrokenSource(NO_SERVER), working()])
    source.open()
    assert source.device == "working"
    assert source.exact
    assert not source.idle_is_silence
    source.close()


def test_a_device_that_the_server_does_not_have_is_not_looked_for_elsewhere() -> None:
    """faults: A36: the next way could be another device, and record what nobody chose."""
    source = FallbackSource([BrokenSource("audio.no_device"), working()])
    with pytest.raises(AudioError) as caught:
        source.open()
    assert caught.value.code == "audio.no_device"


def test_without_sound_hardware_errors_are_clear(no_sound_server: Path) -> None:
    """faults: A36"""
    clock = SystemClock()
    assert list(list_devices()) == []
    for source in (microphone("", clock), system_sound("", clock)):
        with pytest.raises(AudioError) as caught:
            source.open()
        assert caught.value.message
        assert caught.value.hint
        assert source.read() is None
        source.close()


def test_a_device_keeps_its_name_when_its_index_changes() -> None:
    """faults: A25"""
    assert portaudio.stable_name("USB Audio: - (hw:1,0)") == "USB Audio: -"
    assert portaudio.stable_name("USB Audio: - (hw:3,0)") == "USB Audio: -"
    assert portaudio.stable_name("pulse") == "pulse"


def test_a_file_stands_for_its_own_track() -> None:
    assert working().track is Track.FILE


def test_the_clock_goes_forward() -> None:
    clock = SystemClock()
    first = clock.now_s()
    assert clock.now_s() >= first
    assert clock.suspended_s() >= 0.0
