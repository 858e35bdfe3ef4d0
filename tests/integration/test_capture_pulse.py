"""Real capture from a real sound server: two tracks at once, on one clock."""

from __future__ import annotations

import time
from pathlib import Path

import numpy as np
import pytest
from capture_ear import SECOND, Ear, WaitUntil, babble, correlation, listening
from fixtures_sound import SoundServer

from desktop.engine.audio import keeper as keeper_module
from desktop.engine.audio import portaudio
from desktop.engine.audio.clock import SystemClock
from desktop.engine.audio.devices import list_devices
from desktop.engine.audio.portaudio_source import PortAudioSource
from desktop.engine.audio.recorder import Recorder
from desktop.errors import AudioError
from desktop.events import (
    LevelMeasured,
    NoticeCleared,
    NoticeRaised,
    SourceState,
    Track,
)


def test_both_tracks_at_once_are_what_was_played_and_do_not_mix(
    sound_server: SoundServer, tmp_path: Path, wait_until: WaitUntil
) -> None:
    """faults: A28"""
    theirs, mine = babble(2.0, 1), babble(2.0, 2)
    with listening(Ear(tmp_path)) as ear:
        wait_until(lambda: ear.live(Track.MIC, Track.SYSTEM))
        sound_server.play("speaker", theirs)
        sound_server.play("micsink", mine)
        time.sleep(2.8)
    system, mic = ear.heard(Track.SYSTEM), ear.heard(Track.MIC)
    assert correlation(system, theirs) > 0.95
    assert correlation(mic, mine) > 0.95
    assert abs(correlation(system, mine)) < 0.1
    assert abs(correlation(mic, theirs)) < 0.1
    assert ear.gaps(Track.SYSTEM) == []
    assert ear.gaps(Track.MIC) == []
    levels = [e for e in ear.of(LevelMeasured) if isinstance(e, LevelMeasured)]
    assert max(e.rms_dbfs for e in levels if e.track is Track.MIC) > -30
    assert len([e for e in levels if e.track is Track.MIC]) > 30


def test_both_tracks_lie_on_one_clock(
    sound_server: SoundServer, tmp_path: Path, wait_until: WaitUntil
) -> None:
    clock = SystemClock()
    with listening(Ear(tmp_path)) as ear:
        started_s = clock.now_s()
        wait_until(lambda: ear.live(Track.MIC, Track.SYSTEM))
        time.sleep(2.0)
        elapsed_s = clock.now_s() - started_s
    for track in (Track.MIC, Track.SYSTEM):
        assert ear.recorder.feed(track).available() / SECOND == pytest.approx(elapsed_s, abs=0.7)
    assert ear.recorder.elapsed_s == pytest.approx(elapsed_s, abs=0.5)


def test_a_silent_loopback_still_moves_on(
    sound_server: SoundServer, tmp_path: Path, wait_until: WaitUntil
) -> None:
    """faults: A28"""
    with listening(Ear(tmp_path, mic=None)) as ear:
        wait_until(lambda: ear.recorder.feed(Track.SYSTEM).available() > 2 * SECOND)
    assert not ear.heard(Track.SYSTEM).any()
    assert ear.gaps(Track.SYSTEM) == []


def test_portaudio_alone_captures_its_default_input(
    sound_server: SoundServer, tmp_path: Path, wait_until: WaitUntil
) -> None:
    clock = SystemClock()
    source = PortAudioSource(Track.MIC, "", clock)
    recorder = Recorder({Track.MIC: source}, tmp_path, lambda _event: None, clock)
    mine = babble(1.0, 23)
    recorder.start()
    try:
        wait_until(lambda: recorder.feed(Track.MIC).available() > 0)
        assert source.device == "default"
        sound_server.play("micsink", mine)
        time.sleep(1.7)
    finally:
        recorder.stop()
    feed = recorder.feed(Track.MIC)
    assert correlation(feed.read(0, feed.available()), mine) > 0.95
    recorder.close()
    nowhere = PortAudioSource(Track.MIC, "No such device", clock)
    with pytest.raises(AudioError, match="No such device"):
        nowhere.open()
    with pytest.raises(AudioError, match="cannot be captured"):
        PortAudioSource(Track.SYSTEM, "", clock).open()


def test_a_muted_microphone_is_noticed(
    sound_server: SoundServer, tmp_path: Path, wait_until: WaitUntil
) -> None:
    """faults: A32"""
    with listening(Ear(tmp_path, system=None)) as ear:
        wait_until(lambda: ear.live(Track.MIC))
        since_s = time.monotonic()
        sound_server.play("micsink", np.zeros(8 * SECOND, np.float32))
        wait_until(lambda: ear.states(Track.MIC)[-1] is SourceState.SILENT, 8.0)
        assert time.monotonic() - since_s < 5.5
        sound_server.play("micsink", babble(1.0, 12))
        wait_until(lambda: ear.states(Track.MIC)[-1] is SourceState.LIVE)
    assert [e.code for e in ear.of(NoticeRaised)] == ["audio.no_signal.mic"]  # type: ignore[union-attr]
    assert ear.of(NoticeCleared) == [NoticeCleared("audio.no_signal.mic")]


def test_a_pause_is_a_gap_and_hears_nothing(
    sound_server: SoundServer, tmp_path: Path, wait_until: WaitUntil
) -> None:
    private, public = babble(0.8, 13), babble(0.8, 14)
    with listening(Ear(tmp_path)) as ear:
        wait_until(lambda: ear.live(Track.MIC, Track.SYSTEM))
        ear.recorder.pause()
        wait_until(lambda: ear.states(Track.MIC)[-1] is SourceState.CLOSED)
        sound_server.play("micsink", private)
        time.sleep(1.4)
        ear.recorder.resume()
        wait_until(lambda: ear.live(Track.MIC, Track.SYSTEM))
        time.sleep(0.3)
        sound_server.play("micsink", public)
        time.sleep(1.4)
    mic = ear.heard(Track.MIC)
    assert abs(correlation(mic, private)) < 0.15
    assert correlation(mic, public) > 0.95
    causes = {gap.cause for gap in ear.gaps(Track.MIC)}
    assert causes == {"paused"}


def test_devices_are_listed_by_stable_names(sound_server: SoundServer) -> None:
    """faults: A25"""
    listed = {(record.track, record.name): record for record in list_devices()}
    assert set(listed) == {
        (Track.MIC, "mic"),
        (Track.SYSTEM, "speaker.monitor"),
        (Track.SYSTEM, "micsink.monitor"),
    }
    assert listed[Track.MIC, "mic"].is_default
    assert listed[Track.MIC, "mic"].label == "Microphone"
    assert listed[Track.SYSTEM, "speaker.monitor"].is_default
    assert not listed[Track.SYSTEM, "micsink.monitor"].is_default


def test_without_any_device_the_state_is_clear(
    no_sound_server: Path, tmp_path: Path, wait_until: WaitUntil, monkeypatch: pytest.MonkeyPatch
) -> None:
    """faults: A36"""
    monkeypatch.setattr(keeper_module, "NOTICE_AFTER_S", 0.3)
    assert list(list_devices()) == []
    with listening(Ear(tmp_path)) as ear:
        wait_until(lambda: len(ear.of(NoticeRaised)) == 2)
        assert ear.states(Track.MIC)[-1] is SourceState.LOST
        assert ear.states(Track.SYSTEM)[-1] is SourceState.LOST
        wait_until(lambda: ear.recorder.feed(Track.MIC).available() > SECOND // 2)
    assert {gap.cause for gap in ear.gaps(Track.MIC)} == {"unplugged"}


@pytest.mark.benchmark
def test_capture_starts_quickly(
    sound_server: SoundServer, tmp_path: Path, wait_until: WaitUntil
) -> None:
    """Goal: under 300 ms from start to the first sound of both tracks."""
    portaudio.prepare()
    times_ms = []
    sound_server.play("speaker", babble(20.0, 1))
    sound_server.play("micsink", babble(20.0, 2))
    for round_number in range(5):
        started_s = time.perf_counter()
        with listening(Ear(tmp_path / str(round_number))) as ear:
            wait_until(lambda ear=ear: ear.live(Track.MIC, Track.SYSTEM))
            times_ms.append((time.perf_counter() - started_s) * 1000)
    print(f"\nstart of capture, both tracks: {[round(t) for t in times_ms]} ms")
