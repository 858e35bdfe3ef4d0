"""A recorder on a private sound server, and how alike two sounds are."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np

from desktop.engine.audio.clock import SystemClock
from desktop.engine.audio.microphone import microphone
from desktop.engine.audio.recorder import Recorder
from desktop.engine.audio.spool_index import Gap
from desktop.engine.audio.system import system_sound
from desktop.events import (
    Event,
    GapDeclared,
    LedgerUpdated,
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
