"""Real capture from a real sound server: two tracks at once, and everything that can go wrong."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest
from fixtures_sound import SoundServer

from desktop.engine.audio import keeper as keeper_module
from desktop.engine.audio import portaudio, pulse_source
from desktop.engine.audio.clock import SystemClock
from desktop.engine.audio.devices import list_devices
from desktop.engine.audio.microphone import microphone
from desktop.engine.audio.recorder import Recorder
from desktop.engine.audio.spool_index import Gap
from desktop.engine.audio.system import system_sound
from desktop.errors import AudioError
from desktop.events import (
    Event,
    GapDeclared,
    LedgerUpdated,
    LevelMeasured,
    NoticeCleared,
    NoticeRaised,
    SourceChanged,
    SourceState,
    Track,
)

WaitUntil = Callable[..., None]
SECOND = 16_000


class Ear:
    """A recorder with everything it published."""

    def __init__(self, directory: Path, *, mic: str | None = "", system: str | None = "") -> None:
        clock = SystemClock()
        sources = {}
        if mic is not None:
            sources[Track.MIC] = microphone(mic, clock)
        if system is not None:
            sources[Track.SYSTEM] = system_sound(system, clock)
        self._lock = threading.Lock()
        self.events: list[Event] = []
        self.recorder = Recorder(sources, directory, self._note, clock)

    def _note(self, event: Event) -> None:
        with self._lock:
            self.events.append(event)

    def of(self, kind: type[Event]) -> list[Event]:
        with self._lock:
            return [event for event in self.events if isinstance(event, kind)]

    def states(self, track: Track) -> list[SourceState]:
        return [e.state for e in self.of(SourceChanged) if e.track is track]  # type: ignore[union-attr]

    def device(self, track: Track) -> str:
        return [e.device for e in self.of(SourceChanged) if e.track is track][-1]  # type: ignore[union-attr]

    def live(self, *tracks: Track) -> bool:
        return all(
            self.states(track)[-1:] == [SourceState.LIVE]
            and self.recorder.feed(track).available() > 0
            for track in tracks
        )

    def heard(self, track: Track) -> np.ndarray:
        feed = self.recorder.feed(track)
        return feed.read(0, feed.available())

    def gaps(self, track: Track) -> list[Gap]:
        return list(self.recorder.feed(track).gaps())


@contextmanager
def listening(ear: Ear) -> Iterator[Ear]:
    ear.recorder.start()
    try:
        yield ear
    finally:
        ear.recorder.stop()
        for track in ear.recorder.tracks:
            adds_up(ear, track)
        ear.recorder.close()


def adds_up(ear: Ear, track: Track) -> None:
    """The ledger, the spool and the declared gaps tell the same story, to the sample."""
    last = [e for e in ear.of(LedgerUpdated) if e.track is track][-1]  # type: ignore[union-attr]
    assert isinstance(last, LedgerUpdated)
    feed = ear.recorder.feed(track)
    assert last.timeline_samples == feed.available()
    assert last.captured_samples + last.gap_samples == last.timeline_samples
    assert last.gap_samples == sum(gap.samples for gap in feed.gaps())
    declared = [e for e in ear.of(GapDeclared) if e.track is track]  # type: ignore[union-attr]
    total_s = sum(e.end_s - e.start_s for e in declared)  # type: ignore[union-attr]
    assert round(total_s * SECOND) == last.gap_samples


def babble(seconds: float, seed: int) -> np.ndarray:
    """Noise with the rhythm of speech: correlates with nothing but itself."""
    rng = np.random.default_rng(seed)
    count = int(seconds * SECOND)
    noise = np.convolve(rng.standard_normal(count), np.hanning(14) / 7, "same")
    envelope = np.repeat(rng.uniform(0.2, 1.0, count // 1600 + 1), 1600)[:count]
    return (0.2 * noise * envelope).astype(np.float32)


def correlation(heard: np.ndarray, played: np.ndarray) -> float:
    """The largest normalised correlation of `played` anywhere in `heard`."""
    if len(heard) < len(played) or not heard.any():
        return 0.0
    size = 1 << (len(heard) + len(played)).bit_length()
    cross = np.fft.irfft(np.fft.rfft(heard, size) * np.conj(np.fft.rfft(played, size)), size)
    power = np.convolve(heard**2, np.ones(1), "same").cumsum()
    windows = power[len(played) - 1 :] - np.concatenate([[0.0], power[: -len(played)]])
    cross = cross[: len(windows)]
    scale = np.sqrt(np.maximum(windows, 1e-6) * float(played @ played))
    return float((cross / scale).max())


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
    sound_server: SoundServer, tmp_path: Path, wait_until: WaitUntil
) -> None:
    """faults: A26"""
    sound_server.pactl(
        "load-module", "module-null-sink", "sink_name=headset", "rate=44100", "norewinds=1"
    )
    theirs = babble(1.5, 7)
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


def test_portaudio_alone_captures_its_default_input(
    sound_server: SoundServer, tmp_path: Path, wait_until: WaitUntil
) -> None:
    clock = SystemClock()
    source = portaudio.PortAudioSource(Track.MIC, "", clock)
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
    nowhere = portaudio.PortAudioSource(Track.MIC, "No such device", clock)
    with pytest.raises(AudioError, match="No such device"):
        nowhere.open()
    with pytest.raises(AudioError, match="cannot be captured"):
        portaudio.PortAudioSource(Track.SYSTEM, "", clock).open()


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
