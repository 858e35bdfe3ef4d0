"""A device that can be opened and delivers nothing, as a hung headset does."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from capture_ear import SECOND, Ear, WaitUntil, babble, correlation, listening
from fixtures_sound import SoundServer

from desktop.engine.audio import keeper, portaudio
from desktop.events import NoticeCleared, NoticeRaised, SourceState, Track


@pytest.fixture
def hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """What takes seconds takes half of one."""
    monkeypatch.setattr(portaudio, "NO_BLOCKS_S", 0.5)
    monkeypatch.setattr(keeper, "NOTICE_AFTER_S", 0.7)


def suspend(server: SoundServer, *, on: bool) -> None:
    """The microphone's stream stays open and nothing comes of it."""
    server.pactl("suspend-source", "mic", str(int(on)))
    server.pactl("suspend-sink", "micsink", str(int(on)))


@pytest.mark.usefixtures("hurried")
def test_a_microphone_that_falls_mute_is_told_until_it_delivers_again(
    sound_server: SoundServer, tmp_path: Path, wait_until: WaitUntil
) -> None:
    """faults: A24"""
    after = babble(1.0, 7)
    with listening(Ear(tmp_path)) as ear:
        wait_until(lambda: ear.live(Track.MIC, Track.SYSTEM))
        suspend(sound_server, on=True)
        wait_until(lambda: ear.of(NoticeRaised))
        time.sleep(1.2)  # it is opened again and again meanwhile
        told = SourceState.OPENING, SourceState.LIVE, SourceState.LOST
        assert tuple(ear.states(Track.MIC)) == told, "it is not called live because it opens"
        suspend(sound_server, on=False)
        wait_until(lambda: ear.states(Track.MIC)[-1] is SourceState.LIVE)
        wait_until(lambda: ear.of(NoticeCleared))
        time.sleep(0.3)
        sound_server.play("micsink", after)
        time.sleep(1.7)
    (notice,) = ear.of(NoticeRaised)
    assert notice.code == "audio.lost.mic"
    assert "delivers nothing" in notice.message
    assert correlation(ear.heard(Track.MIC), after) > 0.95
    assert {gap.cause for gap in ear.gaps(Track.MIC)} == {"unplugged"}
    assert ear.gaps(Track.SYSTEM) == []


def test_what_a_mute_microphone_lacks_at_the_end_is_a_gap(
    sound_server: SoundServer, tmp_path: Path, wait_until: WaitUntil
) -> None:
    """faults: A24 - stopped before anybody could know that it is mute."""
    with listening(Ear(tmp_path)) as ear:
        wait_until(lambda: ear.live(Track.MIC, Track.SYSTEM))
        time.sleep(0.5)
        suspend(sound_server, on=True)
        time.sleep(1.6)
    (gap,) = ear.gaps(Track.MIC)
    assert gap.cause == "stall"
    assert gap.samples / SECOND == pytest.approx(1.7, abs=0.5)
    for track in (Track.MIC, Track.SYSTEM):
        length_s = ear.recorder.feed(track).available() / SECOND
        assert length_s == pytest.approx(ear.recorder.elapsed_s, abs=0.6)
