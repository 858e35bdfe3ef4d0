"""Streams that open and then do not start, as a device that was just taken away."""

from __future__ import annotations

import types
from typing import ClassVar

import pytest

from desktop.engine.audio import portaudio
from desktop.engine.audio.clock import SystemClock
from desktop.errors import AudioError


class PortAudioError(Exception):
    pass


class StubbornStream:
    opened: ClassVar[list[StubbornStream]] = []

    def __init__(self, **_options: object) -> None:
        self.closed = False
        self.opened.append(self)

    def start(self) -> None:
        raise PortAudioError("Unanticipated host error")

    def close(self, *, ignore_errors: bool = False) -> None:
        self.closed = True


@pytest.fixture
def stubborn(monkeypatch: pytest.MonkeyPatch) -> list[StubbornStream]:
    library = types.SimpleNamespace(
        PortAudioError=PortAudioError,
        RawInputStream=StubbornStream,
        OutputStream=StubbornStream,
        _terminate=lambda: None,
        _initialize=lambda: None,
    )
    monkeypatch.setattr(portaudio, "library", lambda: library)
    monkeypatch.setattr(StubbornStream, "opened", [])
    return StubbornStream.opened


def test_an_input_that_does_not_start_is_closed_again(stubborn: list[StubbornStream]) -> None:
    """faults: A24 - it is tried twice a second; each try would else keep a device open."""
    with pytest.raises(AudioError, match="Unanticipated host error"):
        portaudio.CaptureStream("pulse", 1, 48_000, SystemClock())
    assert [stream.closed for stream in stubborn] == [True]


def test_an_output_that_does_not_start_is_closed_again(stubborn: list[StubbornStream]) -> None:
    with pytest.raises(AudioError, match="Nothing can be played"):
        portaudio.open_output(16_000, 0.1, lambda *_: None, lambda: None)
    assert [stream.closed for stream in stubborn] == [True]
