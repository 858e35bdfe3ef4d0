"""Playback of recorded sound through a real sound server."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from fixtures_sound import SoundServer

from desktop.engine.audio.clock import SystemClock
from desktop.engine.audio.playback import Player
from desktop.engine.audio.recorder import Recorder
from desktop.engine.audio.system import system_sound
from desktop.errors import AudioError
from desktop.events import Track

WaitUntil = Callable[..., None]


def tone(seconds: float, hz: float = 700.0) -> np.ndarray:
    wave = 0.4 * np.sin(2 * np.pi * hz * np.arange(int(seconds * 16_000)) / 16_000)
    return wave.astype(np.float32)


def test_what_is_played_is_heard_and_the_position_moves(
    sound_server: SoundServer, tmp_path: Path, wait_until: WaitUntil
) -> None:
    clock = SystemClock()
    source = system_sound("", clock)
    recorder = Recorder({Track.SYSTEM: source}, tmp_path, lambda _event: None, clock)
    positions: list[float | None] = []
    player = Player()
    recorder.start()
    try:
        wait_until(lambda: recorder.feed(Track.SYSTEM).available() > 0)
        player.play(tone(1.0), positions.append)
        assert player.playing
        wait_until(lambda: positions[-1:] == [None])
        player.close()
        time.sleep(0.4)
    finally:
        recorder.stop()
    feed = recorder.feed(Track.SYSTEM)
    sound = feed.read(0, feed.available())
    recorder.close()
    loud = np.flatnonzero(np.abs(sound) > 0.2)
    assert (loud[-1] - loud[0]) / 16_000 == pytest.approx(1.0, abs=0.1)
    middle = sound[loud[0] + 3_000 : loud[0] + 12_000]
    spectrum = np.abs(np.fft.rfft(middle * np.hanning(len(middle)), 1 << 17))
    assert spectrum.argmax() * 16_000 / (1 << 17) == pytest.approx(700.0, abs=2.0)
    seconds = [position for position in positions if position is not None]
    assert seconds == sorted(seconds)
    assert seconds[-1] == pytest.approx(1.0, abs=0.15)


def test_a_new_piece_replaces_the_one_that_plays(
    sound_server: SoundServer, wait_until: WaitUntil
) -> None:
    player = Player()
    player.play(tone(30.0))
    wait_until(lambda: player.position_s > 0.1)
    player.play(tone(0.2))
    wait_until(lambda: not player.playing)
    player.close()
    player.close()


def test_many_clicks_play_only_the_last_piece(
    sound_server: SoundServer, wait_until: WaitUntil
) -> None:
    player, ended = Player(), []
    for number in range(20):
        player.play(
            tone(0.1), lambda position, n=number: ended.append(n) if position is None else None
        )
    wait_until(lambda: ended)
    assert ended == [19]
    player.close()
    assert not any(thread.name == "player" for thread in threading.enumerate())


def test_a_piece_that_was_stopped_reports_nothing_more(
    sound_server: SoundServer, wait_until: WaitUntil
) -> None:
    player, positions = Player(), []
    player.play(tone(30.0), positions.append)
    wait_until(lambda: positions)
    player.close()
    assert None not in positions
    assert not player.playing


def test_without_an_output_the_error_says_so(no_sound_server: Path, wait_until: WaitUntil) -> None:
    player, errors = Player(), []
    player.play(tone(0.1), on_failure=errors.append)
    wait_until(lambda: errors)
    assert isinstance(errors[0], AudioError)
    assert "played" in errors[0].message
    player.close()
