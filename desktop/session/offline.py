"""A media file to a transcript in memory: what ``malgeul transcribe`` does.  Nothing is stored."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path

from desktop.engine.asr.captioner import TrackCaptioner
from desktop.engine.asr.recogniser import Recogniser
from desktop.engine.audio.media import MediaReader
from desktop.engine.audio.rolling import RollingFeed
from desktop.errors import RecogniserError
from desktop.events import (
    SAMPLE_RATE_HZ,
    Event,
    NoticeRaised,
    SegmentCommitted,
    SegmentSuppressed,
    Severity,
    Track,
)
from desktop.records import (
    SegmentRecord,
    SessionRecord,
    SessionState,
    SuppressedRecord,
    TrackRecord,
)
from desktop.session.captioning import build_captioner
from desktop.session.names import interface_language, session_title, track_name
from desktop.settings import Settings

LIVE_CHUNK_S = 0.5
BLOCK_S = 30.0
_POLL_S = 0.01

Publish = Callable[[Event], None]
Progress = Callable[[float, float], None]


@dataclass(frozen=True, slots=True)
class Transcript:
    """What came of a file, ready for the exports.  `complete` is False when it was cancelled."""

    session: SessionRecord
    segments: tuple[SegmentRecord, ...]
    suppressed: tuple[SuppressedRecord, ...]
    complete: bool
    notices: tuple[str, ...] = ()


@dataclass(slots=True)
class Collector:
    """Keeps the lines and passes every event on."""

    publish_event: Publish
    session_id: str
    segments: list[SegmentRecord] = field(default_factory=list)
    held_back: list[SuppressedRecord] = field(default_factory=list)

    def publish(self, event: Event) -> None:
        self.publish_event(event)

    def line(self, segment: SegmentCommitted, progress_samples: int) -> None:
        number = len(self.segments) + 1
        segment = replace(segment, sequence=number, segment_id=number)
        self.segments.append(
            SegmentRecord(
                segment_id=number,
                session_id=self.session_id,
                sequence=number,
                track=segment.track,
                start_s=segment.start_s,
                end_s=segment.end_s,
                text=segment.text,
                original_text=segment.text,
                words=segment.words,
                language=segment.language,
                confidence=segment.confidence,
            )
        )
        self.publish_event(segment)

    def suppressed(self, segment: SegmentSuppressed, progress_samples: int) -> None:
        number = len(self.held_back) + 1
        self.held_back.append(
            SuppressedRecord(
                suppressed_id=number,
                session_id=self.session_id,
                track=segment.track,
                start_s=segment.start_s,
                end_s=segment.end_s,
                text=segment.text,
                words=segment.words,
                language=segment.language,
                confidence=segment.confidence,
                reason=segment.reason,
            )
        )
        self.publish_event(replace(segment, suppressed_id=number))

    def accounted(self, start: int, end: int, *, speech: bool) -> None:
        """Nothing is kept, so nothing needs accounts."""

    def failed(self, start: int, end: int, error: RecogniserError) -> None:
        at_s = start / SAMPLE_RATE_HZ
        message = f"{(end - start) / SAMPLE_RATE_HZ:.1f} s at {at_s:.0f} s were passed over."
        self.publish_event(
            NoticeRaised(
                Severity.WARNING, "recogniser.skipped", f"{message} {error.message}", error.hint
            )
        )


def transcribe_media(
    path: Path,
    recogniser: Recogniser,
    settings: Settings,
    *,
    publish: Publish,
    progress: Progress,
    cancel: threading.Event,
    live: bool = False,
    realtime: bool = False,
) -> Transcript:
    """Transcribes one file.

    Args:
        path: any audio or video file.
        recogniser: a loaded one.
        settings: recognition settings in force.
        publish: receives every event, in order, on this thread.
        progress: called with (done, total) in seconds of sound; total 0 while unknown.
        cancel: ends the work early; what was recognised is returned.
        live: take the streaming path, half a second of sound at a time.
        realtime: the same at the speed of sound.

    Raises:
        MediaError: the file cannot be read.
    """
    started_s = time.time()
    with MediaReader(path) as media:
        feed = RollingFeed(media)
        collector = Collector(publish, path.stem)
        captioner = build_captioner(
            Track.FILE,
            feed,
            collector,
            recogniser,
            settings.recognition,
            live=live or realtime,
        )
        total_s = media.info.duration_s or 0.0
        pump = _Pump(feed, captioner, realtime=realtime, live=live or realtime)
        pump.run(cancel, lambda done_s: progress(done_s, total_s))
        duration_s = feed.available() / SAMPLE_RATE_HZ
        if not cancel.is_set():
            progress(duration_s, duration_s)
        notices = media.notices
    name = track_name(Track.FILE, interface_language(settings.interface))
    return Transcript(
        session=_session(
            path, collector, name, recogniser.info.model, started_s=started_s, duration_s=duration_s
        ),
        segments=tuple(collector.segments),
        suppressed=tuple(collector.held_back),
        complete=not cancel.is_set(),
        notices=tuple(notices),
    )


def _session(
    path: Path, collector: Collector, name: str, model: str, *, started_s: float, duration_s: float
) -> SessionRecord:
    """What the transcript says of itself; `name` is that of its one track."""
    language = collector.segments[0].language if collector.segments else ""
    return SessionRecord(
        session_id=path.stem,
        title=session_title(started_s, path),
        state=SessionState.FINISHED,
        started_wall_s=started_s,
        duration_s=duration_s,
        segment_count=len(collector.segments),
        model=model,
        tracks=(TrackRecord(Track.FILE, name, path.name, language, duration_s),),
        has_audio=False,
    )


class _Pump:
    """Moves sound from the file to the captioner: in blocks, in chunks, or as time passes."""

    def __init__(
        self, feed: RollingFeed, captioner: TrackCaptioner, *, realtime: bool, live: bool
    ) -> None:
        self._feed = feed
        self._captioner = captioner
        self._realtime = realtime
        self._chunk = round((LIVE_CHUNK_S if live else BLOCK_S) * SAMPLE_RATE_HZ)
        self._began = time.monotonic()

    def run(self, cancel: threading.Event, progress: Callable[[float], None]) -> None:
        """Until all is captioned or `cancel` is set; `progress` gets the seconds done."""
        while not cancel.is_set() and self._turn():
            progress(self._captioner.position / SAMPLE_RATE_HZ)
        if not self._captioner.finished:
            self._captioner.settle()

    def _turn(self) -> bool:
        """One pull and the steps it allows; returns False when everything is done."""
        if self._captioner.finished:
            return False
        if self._realtime:
            due = round((time.monotonic() - self._began) * SAMPLE_RATE_HZ)
            wanted = due - self._feed.available()
            if wanted < self._chunk // 5 and not self._feed.finished():
                time.sleep(_POLL_S)
                return True
            self._feed.pull(wanted)
        else:
            self._feed.pull(self._chunk)
        while self._captioner.step():
            pass
        return True
