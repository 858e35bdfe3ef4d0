"""Devices that come, go, hang and change while they are recorded."""

from __future__ import annotations

import contextlib
import time
from pathlib import Path

import pytest
from capture_ear import SECOND, Ear, WaitUntil, babble, correlation, listening
from fixtures_sound import SoundServer

from desktop.engine.audio import keeper as keeper_module
from desktop.engine.audio import portaudio, pulse_source
from desktop.engine.audio.clock import SystemClock
from desktop.engine.audio.keeper import SourceKeeper
from desktop.engine.audio.portaudio_source import PortAudioSource
from desktop.engine.audio.pulse import PulseServer
from desktop.errors import AudioError
from desktop.events import (
    NoticeCleared,
    NoticeRaised,
    SourceState,
    Track,
)


def test_an_unplugged_microphone_costs_a_gap_and_never_records_something_else(
    sound_server: SoundServer, tmp_path: Path, wait_until: WaitUntil
) -> None:
    """faults: A24 A25"""
    sound_server.pactl(
        "load-module", "module-null-sink", "sink_name=plug", "rate=48000", "norewinds=1"
    )
    usb = ("load-module", "module-remap-source", "source_name=usb", "master=plug.monitor")
    module = sound_server.pactl(*usb)
    theirs, before, after = babble(9.0, 3), babble(1.0, 4), babble(1.0, 5)
    wrong = babble(1.0, 6)
    with listening(Ear(tmp_path, mic="usb")) as ear:
        wait_until(lambda: ear.live(Track.MIC, Track.SYSTEM))
        sound_server.play("speaker", theirs)
        sound_server.play("plug", before)
        time.sleep(1.5)
        sound_server.pactl("unload-module", module)
        wait_until(lambda: ear.states(Track.MIC)[-1] is SourceState.LOST)
        # The server's own choice now would be the default microphone.
        sound_server.play("micsink", wrong)
        time.sleep(1.5)
        sound_server.pactl(*usb)
        plugged_s = time.monotonic()
        wait_until(lambda: ear.states(Track.MIC)[-1] is SourceState.LIVE)
        assert time.monotonic() - plugged_s < 3.0
        time.sleep(0.3)
        sound_server.play("plug", after)
        time.sleep(1.6)
    mic = ear.heard(Track.MIC)
    assert correlation(mic, before) > 0.95
    assert correlation(mic, after) > 0.95
    assert abs(correlation(mic, wrong)) < 0.1
    assert [gap.cause for gap in ear.gaps(Track.MIC)] == ["unplugged"]
    assert ear.gaps(Track.MIC)[0].samples / SECOND == pytest.approx(2.0, abs=1.2)
    assert correlation(ear.heard(Track.SYSTEM), theirs[: 4 * SECOND]) > 0.95
    assert ear.gaps(Track.SYSTEM) == []
    ends = [ear.recorder.feed(track).available() / SECOND for track in (Track.MIC, Track.SYSTEM)]
    assert ends[0] == pytest.approx(ends[1], abs=0.6)


def test_the_default_output_is_followed(
    sound_server: SoundServer,
    tmp_path: Path,
    wait_until: WaitUntil,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """faults: A26"""
    sound_server.pactl(
        "load-module", "module-null-sink", "sink_name=headset", "rate=44100", "norewinds=1"
    )
    theirs = babble(1.5, 7)
    caplog.set_level("INFO")
    with listening(Ear(tmp_path, mic=None)) as ear:
        wait_until(lambda: ear.live(Track.SYSTEM))
        assert ear.device(Track.SYSTEM) == "speaker.monitor"
        sound_server.pactl("set-default-sink", "headset")
        wait_until(lambda: ear.device(Track.SYSTEM) == "headset.monitor")
        time.sleep(0.2)
        sound_server.play("headset", theirs)
        time.sleep(2.3)
    assert correlation(ear.heard(Track.SYSTEM), theirs) > 0.95
    assert ear.states(Track.SYSTEM).count(SourceState.LOST) == 0
    assert "headset.monitor live changed from speaker.monitor" in caplog.text


def test_another_microphone_stands_in_until_the_chosen_one_is_back(
    sound_server: SoundServer,
    tmp_path: Path,
    wait_until: WaitUntil,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """faults: A24 A25"""
    monkeypatch.setattr(pulse_source, "GRACE_S", 0.3)
    sound_server.add_sink("plug")
    usb = ("load-module", "module-remap-source", "source_name=usb", "master=plug.monitor")
    with listening(Ear(tmp_path, mic="usb", system=None)) as ear:
        wait_until(lambda: ear.live(Track.MIC))
        assert ear.device(Track.MIC) == "mic"
        sound_server.pactl(*usb)
        wait_until(lambda: ear.device(Track.MIC) == "usb")
        mine = babble(1.0, 21)
        time.sleep(0.2)
        sound_server.play("plug", mine)
        time.sleep(1.6)
    assert correlation(ear.heard(Track.MIC), mine) > 0.95


def test_a_server_that_hangs_leaves_the_clock_right(
    sound_server: SoundServer, tmp_path: Path, wait_until: WaitUntil
) -> None:
    """faults: A22"""
    mine = babble(1.0, 22)
    with listening(Ear(tmp_path)) as ear:
        wait_until(lambda: ear.live(Track.MIC, Track.SYSTEM))
        time.sleep(0.5)
        sound_server.freeze(1.5)
        time.sleep(0.5)
        sound_server.play("micsink", mine)
        time.sleep(1.7)
    assert correlation(ear.heard(Track.MIC), mine) > 0.95
    for track in (Track.MIC, Track.SYSTEM):
        length_s = ear.recorder.feed(track).available() / SECOND
        assert length_s == pytest.approx(ear.recorder.elapsed_s, abs=0.6)
    assert {gap.cause for gap in ear.gaps(Track.MIC)} <= {"stall", "overflow"}


def test_the_default_microphone_is_followed(
    sound_server: SoundServer, tmp_path: Path, wait_until: WaitUntil
) -> None:
    """faults: A26"""
    sound_server.pactl(
        "load-module", "module-null-sink", "sink_name=other", "rate=48000", "norewinds=1"
    )
    sound_server.pactl(
        "load-module", "module-remap-source", "source_name=desk", "master=other.monitor"
    )
    mine = babble(1.0, 8)
    with listening(Ear(tmp_path, system=None)) as ear:
        wait_until(lambda: ear.live(Track.MIC))
        sound_server.pactl("set-default-source", "desk")
        wait_until(lambda: ear.device(Track.MIC) == "desk")
        time.sleep(0.2)
        sound_server.play("other", mine)
        time.sleep(1.7)
    assert correlation(ear.heard(Track.MIC), mine) > 0.95


def test_the_last_microphone_unplugged_is_not_replaced_by_what_the_computer_plays(
    sound_server: SoundServer,
    tmp_path: Path,
    wait_until: WaitUntil,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """faults: A24"""
    monkeypatch.setattr(keeper_module, "NOTICE_AFTER_S", 0.5)
    theirs = babble(2.0, 9)
    with listening(Ear(tmp_path, system=None)) as ear:
        wait_until(lambda: ear.live(Track.MIC))
        sound_server.pactl("unload-module", "module-remap-source")
        wait_until(lambda: ear.states(Track.MIC)[-1] is SourceState.LOST)
        sound_server.play("speaker", theirs)
        wait_until(lambda: ear.of(NoticeRaised))
        time.sleep(1.5)
    assert abs(correlation(ear.heard(Track.MIC), theirs[:SECOND])) < 0.1
    (notice,) = ear.of(NoticeRaised)
    assert isinstance(notice, NoticeRaised)
    assert notice.code == "audio.lost.mic"
    assert ear.of(NoticeCleared) == [NoticeCleared("audio.lost.mic")]


def test_a_restarted_sound_server_is_found_again(
    sound_server: SoundServer, tmp_path: Path, wait_until: WaitUntil
) -> None:
    """faults: A24"""
    mine, theirs = babble(1.0, 10), babble(1.0, 11)
    with listening(Ear(tmp_path)) as ear:
        wait_until(lambda: ear.live(Track.MIC, Track.SYSTEM))
        sound_server.kill()
        wait_until(lambda: ear.states(Track.MIC)[-1] is SourceState.LOST)
        wait_until(lambda: ear.states(Track.SYSTEM)[-1] is SourceState.LOST)
        sound_server.start()
        wait_until(lambda: ear.live(Track.MIC, Track.SYSTEM))
        time.sleep(0.3)
        sound_server.play("micsink", mine)
        sound_server.play("speaker", theirs)
        time.sleep(1.8)
    assert correlation(ear.heard(Track.MIC), mine) > 0.95
    assert correlation(ear.heard(Track.SYSTEM), theirs) > 0.95
    assert [gap.cause for gap in ear.gaps(Track.MIC)] == ["unplugged"]
    assert [gap.cause for gap in ear.gaps(Track.SYSTEM)] == ["unplugged"]


def test_a_stream_that_fails_in_an_unexpected_way_leaves_no_connection(
    sound_server: SoundServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is tried twice a second, as long as the meeting goes on."""

    def broken(*_: object) -> None:
        raise RuntimeError("a driver's fault")

    monkeypatch.setattr(portaudio, "CaptureStream", broken)
    source = pulse_source.PulseSource(Track.MIC, "", SystemClock())
    closed: list[int] = []
    close = PulseServer.close

    def counted(server: PulseServer) -> None:
        closed.append(1)
        close(server)

    monkeypatch.setattr(PulseServer, "close", counted)
    for _ in range(3):
        with pytest.raises(RuntimeError):
            source.open()
    assert len(closed) == 3


@pytest.fixture
def renewed(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Grows whenever PortAudio makes its list of devices anew, by the streams open then."""
    found: list[int] = []
    sd = portaudio.library()
    begin = sd._initialize

    def initialize() -> None:
        found.append(portaudio._open_streams)
        begin()

    monkeypatch.setattr(sd, "_initialize", initialize)
    return found


def test_another_default_is_followed_where_portaudio_must_look_again(
    sound_server: SoundServer, wait_until: WaitUntil, renewed: list[int]
) -> None:
    """As on Windows: the device that was the default still works, and nobody tells."""
    clock, default = SystemClock(), "first"
    follows = PortAudioSource(Track.MIC, "", clock, lambda _: default)
    chosen = PortAudioSource(Track.MIC, "default", clock, lambda _: default)
    keepers = [SourceKeeper(source, lambda _: None) for source in (follows, chosen)]
    for keeper in keepers:
        keeper.start()
    try:
        wait_until(lambda: all(keeper.live for keeper in keepers))
        time.sleep(1.2)
        assert [keeper.interruptions for keeper in keepers] == [0, 0]
        renewed.clear()
        default = "second"
        wait_until(lambda: all(keeper.interruptions and keeper.live for keeper in keepers))
        assert renewed == [0]
        time.sleep(1.2)
        assert [keeper.interruptions for keeper in keepers] == [1, 1]
    finally:
        for keeper in keepers:
            keeper.stop()


def test_a_chosen_device_that_comes_later_is_found_beside_a_running_stream(
    sound_server: SoundServer,
    wait_until: WaitUntil,
    renewed: list[int],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """faults: A24 - as on Windows: PortAudio's list is from before it was plugged in."""
    present, listed = portaudio.inputs, "before"

    def inputs() -> list[dict[str, object]]:
        found = present()
        known = portaudio._listed == "after"
        return [*found, *({**d, "name": "usb"} for d in found if d["is_default"] and known)]

    monkeypatch.setattr(portaudio, "inputs", inputs)
    monkeypatch.setattr(portaudio, "census", lambda: listed)
    clock = SystemClock()
    wanted, other = (PortAudioSource(Track.MIC, name, clock) for name in ("usb", "default"))
    keepers = [SourceKeeper(source, lambda _: None) for source in (other, wanted)]
    keepers[0].start()
    try:
        wait_until(lambda: keepers[0].live)
        keepers[1].start()
        wait_until(lambda: keepers[1].lost)
        time.sleep(1.2)
        assert keepers[0].interruptions == 0
        renewed.clear()
        listed = "after"
        wait_until(lambda: keepers[1].live and keepers[0].live)
        assert wanted.device == "usb"
        assert renewed == [0]
        assert keepers[0].interruptions == 1
    finally:
        for keeper in keepers:
            keeper.stop()


def test_another_default_is_followed_once_nothing_is_played(sound_server: SoundServer) -> None:
    clock, default = SystemClock(), "first"
    source = PortAudioSource(Track.MIC, "", clock, lambda _: default)
    source.open()
    playing = portaudio.open_output(48_000, 0.1, lambda *_: None, lambda: None)
    default = "second"
    assert source.watch(0.01) == ""
    portaudio.close_output(playing)
    time.sleep(1.1)
    assert source.watch(0.01) == "another device is the default now"
    source.close()


def test_a_stream_that_goes_on_holds_nobody_up_for_long(
    sound_server: SoundServer, monkeypatch: pytest.MonkeyPatch, wait_until: WaitUntil
) -> None:
    monkeypatch.setattr("desktop.engine.audio.portaudio_source.RENEWAL_S", 0.3)
    clock = SystemClock()
    source = PortAudioSource(Track.MIC, "", clock)
    other = PortAudioSource(Track.MIC, "", clock)
    other.open()
    assert portaudio.ask_for_renewal()
    with pytest.raises(AudioError, match="being renewed"):
        source.open()

    def opens() -> bool:
        with contextlib.suppress(AudioError):
            source.open()
        return bool(source.device)

    wait_until(opens)
    assert source.watch(0.01) == ""
    assert other.watch(0.01) == "the sound devices changed"
    source.close()
    other.close()
