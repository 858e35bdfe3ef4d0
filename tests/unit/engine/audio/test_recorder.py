"""The whole recorder, its real threads and files; devices and clock are virtual where needed."""

from __future__ import annotations

import collections
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest
from unit.engine.audio.made_spools import file_size_limit

from desktop.engine.audio import keeper, space, spool
from desktop.engine.audio.clock import SystemClock
from desktop.engine.audio.filesource import FileSource
from desktop.engine.audio.recorder import Recorder
from desktop.engine.audio.source import Block, Source
from desktop.engine.audio.spool import to_pcm
from desktop.errors import AudioError, StorageError
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


def noise(seconds: float, seed: int = 0) -> np.ndarray:
    count = int(seconds * 16_000)
    return np.random.default_rng(seed).uniform(-0.5, 0.5, count).astype(np.float32)


def heard(samples: np.ndarray) -> np.ndarray:
    return to_pcm(samples).astype(np.float32) / np.float32(32767)


class VirtualClock:
    def __init__(self) -> None:
        self.now = 1_000.0
        self.suspended = 0.0

    def now_s(self) -> float:
        return self.now

    def suspended_s(self) -> float:
        return self.suspended


class FakeSource:
    """A device made of a queue."""

    exact = False
    delivers = True

    def __init__(self, track: Track = Track.MIC, *, idle_is_silence: bool = False) -> None:
        self.track = track
        self.device = "fake"
        self.idle_is_silence = idle_is_silence
        self.blocks: collections.deque[Block | Exception] = collections.deque()
        self.trouble = ""
        self.broken = False
        self.opened = 0

    def open(self) -> None:
        if self.broken:
            raise AudioError("It is broken.", hint="Mend it.")
        self.opened += 1
        self.trouble = ""

    def close(self) -> None:
        self.blocks.clear()

    def read(self) -> Block | None:
        if not self.blocks:
            return None
        block = self.blocks.popleft()
        if isinstance(block, Exception):
            raise block
        return block

    def watch(self, timeout_s: float) -> str:
        time.sleep(min(timeout_s, 0.01))
        return self.trouble

    def ended(self) -> bool:
        return False


class Room:
    """A recorder under test."""

    def __init__(self, directory: Path, *sources: Source, clock: VirtualClock | None = None):
        self._lock = threading.Lock()
        self._events: list[Event] = []
        self.clock = clock
        self.recorder = Recorder({s.track: s for s in sources}, directory, self._note, clock)

    def _note(self, event: Event) -> None:
        with self._lock:
            self._events.append(event)

    def of(self, kind: type) -> list:  # type: ignore[type-arg]
        with self._lock:
            return [event for event in self._events if isinstance(event, kind)]

    def states(self, track: Track = Track.MIC) -> list[SourceState]:
        return [event.state for event in self.of(SourceChanged) if event.track is track]

    def speak(self, source: FakeSource, seconds: float, wait_until: WaitUntil) -> None:
        """Blocks of 20 ms come as the virtual clock goes on."""
        assert self.clock is not None
        for _ in range(round(seconds / 0.02)):
            self.clock.now += 0.02
            sound = np.full((320, 1), 0.1, np.float32)
            source.blocks.append(Block(sound, 16_000, self.clock.now))
        wait_until(lambda: not source.blocks)


@contextmanager
def running(room: Room) -> Iterator[Room]:
    room.recorder.start()
    try:
        yield room
    finally:
        room.recorder.stop()
        room.recorder.stop()
        for track in room.recorder.tracks:
            last = [e for e in room.of(LedgerUpdated) if e.track is track][-1]
            feed = room.recorder.feed(track)
            assert feed.finished()
            assert last.timeline_samples == feed.available()
            assert last.captured_samples + last.gap_samples == last.timeline_samples
            assert last.gap_samples == sum(gap.samples for gap in feed.gaps())
        room.recorder.close()


def test_a_file_is_recorded_to_the_sample(tmp_path: Path) -> None:
    sound = noise(1.037)
    source = FileSource(sound, SystemClock(), name="talk.wav", speed=8.0)
    with running(Room(tmp_path / "new" / "session", source)) as room:
        assert room.recorder.wait_ended(5.0)
        room.recorder.stop()
        feed = room.recorder.feed(Track.FILE)
        np.testing.assert_array_equal(feed.read(0, 10**6), heard(sound))
        assert feed.gaps() == ()
    assert len(room.of(LevelMeasured)) == 20
    assert room.states(Track.FILE) == [
        SourceState.OPENING,
        SourceState.LIVE,
        SourceState.CLOSED,
    ]
    assert room.recorder.ledger(Track.FILE).snapshot().captured_samples == len(sound)


def test_a_file_plays_at_the_speed_of_sound_while_the_main_thread_is_stuck(tmp_path: Path) -> None:
    """faults: A37"""
    source = FileSource(noise(3.0), SystemClock())
    with running(Room(tmp_path, source)) as room:
        time.sleep(0.6)
        available = room.recorder.feed(Track.FILE).available()
    assert available / 16_000 == pytest.approx(0.55, abs=0.2)


def test_a_paused_file_goes_on_where_it_was(tmp_path: Path, wait_until: WaitUntil) -> None:
    sound = noise(0.6)
    source = FileSource(sound, SystemClock())
    with running(Room(tmp_path, source)) as room:
        wait_until(lambda: room.recorder.feed(Track.FILE).available() > 1_000)
        room.recorder.pause()
        assert room.recorder.paused
        before = room.recorder.feed(Track.FILE).available()
        time.sleep(0.15)
        assert room.recorder.feed(Track.FILE).available() == before
        room.recorder.resume()
        assert room.recorder.wait_ended(5.0)
        room.recorder.stop()
        np.testing.assert_array_equal(room.recorder.feed(Track.FILE).read(0, 10**6), heard(sound))


def test_one_source_lost_the_other_goes_on(
    tmp_path: Path, wait_until: WaitUntil, monkeypatch: pytest.MonkeyPatch
) -> None:
    """faults: A24"""
    monkeypatch.setattr(keeper, "RETRY_S", 0.02)
    monkeypatch.setattr(keeper, "NOTICE_AFTER_S", 0.05)
    clock = VirtualClock()
    mic, system = FakeSource(), FakeSource(Track.SYSTEM, idle_is_silence=True)
    with running(Room(tmp_path, mic, system, clock=clock)) as room:
        wait_until(lambda: mic.opened and system.opened)
        room.speak(mic, 1.0, wait_until)
        mic.broken, mic.trouble = True, "unplugged by hand"
        wait_until(lambda: room.of(NoticeRaised))
        room.speak(system, 2.0, wait_until)
        mic.broken = False
        wait_until(lambda: mic.opened == 2)
        wait_until(lambda: room.of(NoticeCleared))
        room.speak(mic, 1.0, wait_until)
        wait_until(lambda: room.recorder.feed(Track.MIC).available() >= 63_000)
    (gap,) = room.recorder.feed(Track.MIC).gaps()
    assert gap.cause == "unplugged"
    assert gap.samples == pytest.approx(32_000, abs=1_000)
    assert room.recorder.feed(Track.SYSTEM).gaps() == ()
    assert room.states()[-3:] == [SourceState.LOST, SourceState.LIVE, SourceState.CLOSED]
    assert [e.detail for e in room.of(SourceChanged) if e.state is SourceState.LOST] == [
        "unplugged by hand"
    ]
    assert [e.code for e in room.of(NoticeRaised)] == ["audio.lost.mic"]


def test_a_suspended_machine_leaves_a_gap_as_long_as_its_sleep(
    tmp_path: Path, wait_until: WaitUntil
) -> None:
    """faults: A27"""
    clock = VirtualClock()
    mic = FakeSource()
    with running(Room(tmp_path, mic, clock=clock)) as room:
        wait_until(lambda: mic.opened)
        room.speak(mic, 1.0, wait_until)
        clock.suspended += 1_800.0
        clock.now += 1_800.0
        wait_until(lambda: room.recorder.feed(Track.MIC).gaps())
        room.speak(mic, 1.0, wait_until)
    (gap,) = room.recorder.feed(Track.MIC).gaps()
    assert gap.cause == "suspended"
    assert gap.samples == pytest.approx(1_800 * 16_000, abs=1_000)
    assert room.recorder.feed(Track.MIC).available() == pytest.approx(1_802 * 16_000, abs=500)
    (declared,) = room.of(GapDeclared)
    assert (declared.cause, declared.track) == ("suspended", Track.MIC)


def test_a_fault_in_a_source_costs_one_step_only(tmp_path: Path, wait_until: WaitUntil) -> None:
    clock = VirtualClock()
    mic = FakeSource()
    with running(Room(tmp_path, mic, clock=clock)) as room:
        wait_until(lambda: mic.opened)
        mic.blocks.append(RuntimeError("a bug"))
        room.speak(mic, 1.0, wait_until)
    assert room.recorder.feed(Track.MIC).available() == pytest.approx(16_000, abs=400)


def test_a_track_that_fails_on_and_on_costs_the_others_nothing(
    tmp_path: Path, wait_until: WaitUntil
) -> None:
    clock = VirtualClock()
    mic, loopback = FakeSource(), FakeSource(Track.SYSTEM)
    with running(Room(tmp_path, mic, loopback, clock=clock)) as room:
        wait_until(lambda: mic.opened and loopback.opened)
        for _ in range(50):
            clock.now += 0.02
            sound = np.full((320, 1), 0.1, np.float32)
            mic.blocks.append(Block(sound, 100, clock.now))  # Hz: what no device has
            loopback.blocks.append(Block(sound, 16_000, clock.now))
            wait_until(lambda: not mic.blocks and not loopback.blocks)
    heard_s = room.recorder.ledger(Track.SYSTEM).snapshot().captured_samples / 16_000
    assert heard_s == pytest.approx(1.0, abs=0.1)
    (told,) = [n for n in room.of(NoticeRaised) if n.code == "audio.fault.mic"]
    assert "100 Hz" in told.message


def test_a_source_that_cannot_even_be_closed_is_opened_again(
    tmp_path: Path, wait_until: WaitUntil
) -> None:
    """faults: A24"""

    class Stuck(FakeSource):
        stuck = False

        def close(self) -> None:
            if self.stuck:
                self.stuck = False
                raise RuntimeError("a driver's fault")
            super().close()

    clock = VirtualClock()
    mic = Stuck()
    with running(Room(tmp_path, mic, clock=clock)) as room:
        wait_until(lambda: mic.opened == 1)
        mic.stuck, mic.trouble = True, "the device was unplugged"
        wait_until(lambda: mic.opened == 2)
        wait_until(lambda: room.states()[-1] is SourceState.LIVE)
        room.speak(mic, 1.0, wait_until)


def test_a_source_that_never_opens_is_a_gap_from_the_start(
    tmp_path: Path, wait_until: WaitUntil
) -> None:
    """faults: A36"""
    clock = VirtualClock()
    mic = FakeSource()
    mic.broken = True
    with running(Room(tmp_path, mic, clock=clock)) as room:
        wait_until(lambda: SourceState.LOST in room.states())
        clock.now += 5.0
        wait_until(lambda: room.recorder.feed(Track.MIC).available() > 70_000)
    (gap,) = room.recorder.feed(Track.MIC).gaps()
    assert (gap.start, gap.end, gap.cause) == (0, 80_000, "unplugged")
    assert room.recorder.elapsed_s == 5.0


def test_a_device_that_is_slow_to_open_was_not_unplugged(
    tmp_path: Path, wait_until: WaitUntil
) -> None:
    """faults: A36"""

    class Slow(FakeSource):
        def __init__(self) -> None:
            super().__init__()
            self.may_open = threading.Event()

        def open(self) -> None:
            assert self.may_open.wait(10.0)
            super().open()

    clock = VirtualClock()
    mic = Slow()
    with running(Room(tmp_path, mic, clock=clock)) as room:
        clock.now += 5.0
        wait_until(lambda: room.recorder.feed(Track.MIC).available() > 70_000)
        mic.may_open.set()
        wait_until(lambda: SourceState.LIVE in room.states())
        room.speak(mic, 1.0, wait_until)
    causes = [gap.cause for gap in room.recorder.feed(Track.MIC).gaps()]
    assert causes == ["starting"]


def test_a_full_disk_is_told_and_healed(
    tmp_path: Path, wait_until: WaitUntil, monkeypatch: pytest.MonkeyPatch
) -> None:
    """faults: S40"""
    monkeypatch.setattr(spool, "RETRY_S", 0.05)
    monkeypatch.setattr("desktop.engine.audio.recorder.LEDGER_S", 0.05)
    sound = noise(20.0)
    source = FileSource(sound, SystemClock(), speed=10.0)
    with running(Room(tmp_path, source)) as room:
        with file_size_limit(100_000):
            wait_until(lambda: room.of(NoticeRaised))
        wait_until(lambda: room.of(NoticeCleared))
        assert room.recorder.wait_ended(10.0)
        room.recorder.stop()
        np.testing.assert_array_equal(room.recorder.feed(Track.FILE).read(0, 10**7), heard(sound))
    assert [e.code for e in room.of(NoticeRaised)] == ["storage.recording_full"]
    assert room.of(NoticeCleared) == [NoticeCleared("storage.recording_full")]


def test_little_space_is_told_before_the_disk_is_full(
    tmp_path: Path, wait_until: WaitUntil, monkeypatch: pytest.MonkeyPatch
) -> None:
    """faults: S41"""
    monkeypatch.setattr("desktop.engine.audio.recorder.LEDGER_S", 0.02)
    monkeypatch.setattr(space, "LOW_BYTES", 1 << 60)
    monkeypatch.setattr(space, "ENOUGH_BYTES", 1 << 60)
    with running(Room(tmp_path, FakeSource(), clock=VirtualClock())) as room:
        clock = room.clock
        assert clock is not None
        clock.now += 1.0
        wait_until(lambda: room.of(NoticeRaised))
        monkeypatch.setattr(space, "ENOUGH_BYTES", 0)

        def freed() -> object:
            clock.now += 1.0
            return room.of(NoticeCleared)

        wait_until(freed)
    assert {e.code for e in room.of(NoticeRaised)} == {"storage.low"}


def test_a_folder_that_cannot_be_written_is_refused_at_once(tmp_path: Path) -> None:
    """faults: S43"""
    (tmp_path / "file").write_text("")
    room = Room(tmp_path / "file" / "session", FakeSource())
    with pytest.raises(StorageError, match="session"):
        room.recorder.start()
    room.recorder.stop()


def test_stopping_a_recorder_that_never_started_is_nothing(tmp_path: Path) -> None:
    room = Room(tmp_path, FakeSource())
    room.recorder.stop()
    room.recorder.close()
    assert room.recorder.elapsed_s == 0.0
