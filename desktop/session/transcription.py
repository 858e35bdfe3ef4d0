"""The work of one session for the recogniser's thread: its captioners, stepped in turn.

A `Transcription` exists before a recogniser does (sound is spooled meanwhile) and is finished when
every track's feed has ended and is dealt with.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Protocol

from desktop.engine.asr.captioner import TrackCaptioner
from desktop.engine.asr.recogniser import Recogniser
from desktop.engine.audio.feed import AudioFeed
from desktop.events import SAMPLE_RATE_HZ, Event, LagMeasured, Track, Word
from desktop.session.captioning import build_captioner
from desktop.session.sink import Publish, StoringSink, TrackSink
from desktop.settings import RecognitionSettings

_log = logging.getLogger(__name__)

LAG_PERIOD_S = 0.5
_LOAD_WINDOW_S = 10.0


class Job(Protocol):
    """Something the recogniser's thread works on, step by step."""

    @property
    def live(self) -> bool:
        """Live work comes first: nobody waits for it to catch up."""

    @property
    def recording(self) -> bool:
        """More sound may still come from a device."""

    def attach(self, recogniser: Recogniser) -> None:
        """Gives the job its recogniser (again, when the model changes)."""

    def step(self) -> bool:
        """Does a little; returns whether there was anything to do."""

    def wait(self, timeout_s: float) -> None:
        """Waits for more to do."""

    @property
    def finished(self) -> bool: ...

    def close(self) -> None:
        """Called once, when finished or cancelled."""


class Transcription:
    """Captions several feeds of one session with one recogniser.

    Args:
        feeds: the tracks and where each begins, in samples.
        sink: where lines go.
        publish: where lag is reported.
        settings: recognition settings.
        live: see `build_captioner`.
        told: the last words that are stored of a track, which may be in the middle of speech.
        left_out: asked about a track whose step failed; True leaves the track out from then on.
            Without it, and after False, the error goes to the caller once every track had its turn.
    """

    def __init__(
        self,
        feeds: Mapping[Track, tuple[AudioFeed, int]],
        sink: StoringSink,
        publish: Publish,
        settings: RecognitionSettings,
        *,
        live: bool,
        told: Mapping[Track, Sequence[Word]] | None = None,
        left_out: Callable[[Track, Exception], bool] | None = None,
    ) -> None:
        self._feeds = dict(feeds)
        self._sink = sink
        self._publish = publish
        self._settings = settings
        self._live = live
        self._told = dict(told or {})
        self._left_out = left_out
        self._captioners: dict[Track, TrackCaptioner] = {}
        self._load = {track: _Load() for track in feeds}
        self._lag_due = 0.0

    def attach(self, recogniser: Recogniser) -> None:
        """Builds captioners, or replaces them by ones that go on where the others stopped."""
        for track, (feed, start) in self._feeds.items():
            before = self._captioners.get(track)
            position = start if before is None else before.settle()
            told = self._told.get(track, ()) if before is None else before.told
            self._captioners[track] = build_captioner(
                track,
                feed,
                TrackSink(self._sink, track),
                recogniser,
                self._settings,
                live=self._live,
                start=position,
                told=told,
            )
            if language := self._captioners[track].fixed_language:
                self._sink.store_language(track, language)

    def settle(self) -> None:
        """Nothing more will be recognised: what is final becomes lines."""
        for captioner in self._captioners.values():
            if not captioner.finished:
                captioner.settle()
        self._sink.flush(force=True)

    def publish_accounts(self) -> None:
        """Tells where every sample went; after the end nothing is pending."""
        self._sink.publish_accounts()

    def step(self) -> bool:
        """One step of every track; returns whether there was anything to do."""
        worked = False
        fault: Exception | None = None
        for track, captioner in list(self._captioners.items()):
            began, position = time.perf_counter(), captioner.position
            try:
                worked = captioner.step() or worked
            except Exception as error:  # noqa: BLE001 - raised below: first the other tracks
                if self._left_out is not None and self._left_out(track, error):
                    self._leave_out(track)
                    worked = True
                    continue
                fault = fault or error
            self._load[track].add(time.perf_counter() - began, captioner.position - position)
        self._sink.flush()
        self._report()
        if fault is not None:
            raise fault
        return worked

    def _leave_out(self, track: Track) -> None:
        """What is final of the track becomes lines; it is not looked at any more."""
        del self._feeds[track]
        self._captioners.pop(track).settle()

    def wait(self, timeout_s: float) -> None:
        """Waits until one of the open feeds has more."""
        for captioner in self._captioners.values():
            if not captioner.finished:
                self._feeds[captioner.track][0].wait(captioner.position + 511, timeout_s)
                return

    @property
    def finished(self) -> bool:
        """Everything is recognised and stored."""
        return (
            bool(self._captioners or not self._feeds)
            and all(captioner.finished for captioner in self._captioners.values())
            and self._sink.flush()
        )

    def position_s(self, track: Track) -> float:
        """How far a track is recognised."""
        captioner = self._captioners.get(track)
        return captioner.position / SAMPLE_RATE_HZ if captioner else 0.0

    def _report(self) -> None:
        now = time.monotonic()
        if now < self._lag_due:
            return
        self._lag_due = now + LAG_PERIOD_S
        for track, captioner in self._captioners.items():
            event: Event = LagMeasured(
                track=track,
                lag_s=captioner.lag_s(),
                real_time_factor=self._load[track].factor(),
                wall_s=time.time(),
            )
            self._publish(event)


class _Load:
    """Computing time over sound time, over the last ten seconds of sound."""

    def __init__(self) -> None:
        self._compute_s = 0.0
        self._sound_s = 0.0

    def add(self, compute_s: float, samples: int) -> None:
        self._compute_s += compute_s
        self._sound_s += samples / SAMPLE_RATE_HZ
        if self._sound_s > _LOAD_WINDOW_S:
            keep = _LOAD_WINDOW_S / self._sound_s
            self._compute_s *= keep
            self._sound_s *= keep

    def factor(self) -> float:
        return self._compute_s / self._sound_s if self._sound_s else 0.0
