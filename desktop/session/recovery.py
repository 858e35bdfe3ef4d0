"""Bringing an interrupted session back: the spools made whole, what was missing transcribed.

Recognition goes on at the progress mark that was stored with the last line, so nothing is doubled
and nothing is left out.  A file that was not decoded to its end is gone on with where it is still
the same; otherwise people are told up to where the transcript goes.
"""

from __future__ import annotations

import logging
import shutil
import time
from collections.abc import Sequence
from pathlib import Path

from desktop.engine.asr.basic import BASIC_MODEL_NAME
from desktop.engine.asr.recogniser import Recogniser
from desktop.engine.audio.feed import AudioFeed
from desktop.engine.audio.spool import spool_path
from desktop.engine.audio.spool_index import Gap
from desktop.engine.audio.spool_reader import SpoolReader, recover
from desktop.engine.store.store import TranscriptStore
from desktop.errors import MalgeulError, MediaError, StorageError
from desktop.events import (
    SAMPLE_RATE_HZ,
    GapDeclared,
    NoticeRaised,
    ProgressReported,
    SessionFinished,
    SessionStarted,
    Severity,
    Track,
    Word,
)
from desktop.records import SessionState
from desktop.session.rest import FileRest, Origin, forget_origin, take_over
from desktop.session.sink import Publish, StoringSink
from desktop.session.transcription import Transcription
from desktop.settings import Settings

_log = logging.getLogger(__name__)

AHEAD_S = 60.0


class RecoverySession:
    """One interrupted session, finished now.

    Args:
        session_id: a session in state RECORDING that nobody records any more.
        store: the transcripts.
        directory: the folder with all sessions' folders.
        publish: receives the session's events.
        settings: the settings in force.
    """

    live = False
    recording = False

    def __init__(
        self,
        session_id: str,
        *,
        store: TranscriptStore,
        directory: Path,
        publish: Publish,
        settings: Settings,
    ) -> None:
        self.session_id = session_id
        self._store = store
        self._directory = directory
        self._publish = publish
        self._settings = settings
        self._readers: dict[Track, SpoolReader] = {}
        self._names: dict[Track, str] = {}
        self._unread: dict[Track, StorageError] = {}
        self._transcription: Transcription | None = None
        self._rest: FileRest | None = None
        self._duration_s = 0.0
        self._title = ""
        self._cancelled = False
        self._closed = False

    @property
    def task(self) -> str:
        """Name of this work in `ProgressReported`."""
        return f"recover:{self.session_id}"

    @property
    def duration_s(self) -> float:
        """Length of the longest track that is still there."""
        return self._duration_s

    def start(self) -> None:
        """Makes the spools whole and opens them where recognition stopped.

        A track that cannot be read is told of and left out.

        Raises:
            NotFoundError: there is no such session.
            StorageError: none of its sound can be read.
        """
        record = self._store.session(self.session_id)
        self._title = record.title
        progress = self._store.progress(self.session_id)
        self._names = {part.track: part.name for part in record.tracks}
        feeds: dict[Track, tuple[AudioFeed, int]] = {}
        for part in record.tracks:
            try:
                feed = self._open(part.track, progress.get(part.track, 0))
            except StorageError as error:
                self._unread[part.track] = error
                continue
            if feed is not None:
                feeds[part.track] = feed
        if self._unread and not feeds:
            self._close_readers()
            raise next(iter(self._unread.values()))
        for track, problem in self._unread.items():
            self._tell_unread(track, problem)
        sink = StoringSink(
            self._store,
            self.session_id,
            self._publish,
            {},
            last_sequence=self._store.last_sequence(self.session_id),
        )
        self._transcription = Transcription(
            feeds,
            sink,
            self._publish,
            self._settings.recognition,
            live=False,
            told=self._told(record.model),
            left_out=self._leave_out,
        )
        self._publish(
            SessionStarted(self.session_id, record.title, tuple(feeds), record.started_wall_s)
        )

    def _told(self, model: str) -> dict[Track, Sequence[Word]]:
        """The last stored words of each track: recognition may have stopped amid speech."""
        if model == BASIC_MODEL_NAME:
            return {}
        told: dict[Track, Sequence[Word]] = {}
        for line in self._store.segments(self.session_id):
            told[line.track] = line.words
        return told

    def _open(self, track: Track, progress: int) -> tuple[AudioFeed, int] | None:
        """A track's sound and where recognition goes on, in samples; None: there is no sound.

        Raises:
            StorageError: it cannot be read.
        """
        folder = self._directory / self.session_id
        origin: Origin | None = None
        why = ""
        if track is Track.FILE:
            take_over(folder)  # what was decoded when the program ended while it did this before
            origin = Origin.noted(folder)
        if origin is not None and not (why := origin.changed()):
            try:
                self._rest = FileRest(origin, folder, self._publish)
            except MediaError as error:
                why = error.message
            else:
                self._readers[track] = self._rest.reader
                self._duration_s = max(self._duration_s, self._rest.total_s)
                return self._rest.reader, progress
        path = spool_path(folder, track)
        samples = 0
        feed: tuple[AudioFeed, int] | None = None
        if path.exists():
            recovered = recover(path)
            reader = self._readers[track] = SpoolReader.open(path)
            self._keep_gaps(track, recovered.gaps)
            samples = recovered.samples
            feed = reader, min(progress, samples)
            self._duration_s = max(self._duration_s, samples / SAMPLE_RATE_HZ)
        if origin is not None:
            self._tell_missing(origin, samples / SAMPLE_RATE_HZ, why)
        elif feed is None:
            self._tell_gone(track)
        return feed

    def _leave_out(self, track: Track, error: Exception) -> bool:
        """A track that cannot be read any further holds up no other."""
        if not isinstance(error, StorageError):
            return False
        self._unread[track] = error
        self._tell_unread(track, error)
        return True

    def _tell_unread(self, track: Track, error: StorageError) -> None:
        """People hear which track it is; the session stays recoverable."""
        _log.error("%s of %s is left out: %s", track, self.session_id, error)
        name = self._names.get(track) or track.value
        message = f"“{self._title}”: the track “{name}” is left out. {error.message}"
        hint = "What the other tracks hold is transcribed. Recover it again when it can be read."
        code = f"session.unread.{self.session_id}.{track.value}"
        self._publish(NoticeRaised(Severity.WARNING, code, message, hint))

    def _tell_gone(self, track: Track) -> None:
        """Somebody deleted the recording: the session is finished with what was transcribed."""
        name = self._names.get(track) or track.value
        message = f"“{self._title}”: the recording of the track “{name}” is not there any more."
        hint = "What was transcribed of it before is kept."
        code = f"session.gone.{self.session_id}.{track.value}"
        self._publish(NoticeRaised(Severity.WARNING, code, message, hint))

    def _tell_missing(self, origin: Origin, until_s: float, why: str) -> None:
        """The rest of a file is lost to this transcript: nobody should take it for whole."""
        minutes, seconds = divmod(int(until_s), 60)
        until = f"{minutes}:{seconds:02d}"
        message = (
            f"The transcript of “{Path(origin.path).name}” ends at {until}; "
            f"the rest is missing. {why}"
        )
        hint = "Transcribe the file again for a whole transcript."
        self._publish(NoticeRaised(Severity.WARNING, "media.rest", message, hint))

    def _keep_gaps(self, track: Track, gaps: Sequence[Gap]) -> None:
        """What was missing when it broke off, and what is damaged, belongs to the transcript."""
        for gap in gaps:
            start_s, end_s = gap.start / SAMPLE_RATE_HZ, gap.end / SAMPLE_RATE_HZ
            declared = GapDeclared(track, start_s, end_s, gap.cause, wall_s=time.time())
            try:
                self._store.record_gap(self.session_id, declared)
            except StorageError as error:
                _log.warning("a gap was not stored: %s", error)

    def cancel(self) -> None:
        """Stops after the step in progress; the session stays recoverable."""
        self._cancelled = True

    def attach(self, recogniser: Recogniser) -> None:
        if self._transcription is not None:
            self._transcription.attach(recogniser)

    def step(self) -> bool:
        if self._transcription is None or self._cancelled:
            return False
        decoded = False
        if self._rest is not None:
            before_s = self._rest.duration_s
            waits = self._decoding(self._rest, self._transcription)
            decoded = self._rest.duration_s > before_s
            if waits:
                self._report(finished=False)
                return decoded
        worked = self._transcription.step()
        self._report(finished=False)
        return worked or decoded

    def _decoding(self, rest: FileRest, transcription: Transcription) -> bool:
        """Decodes some more of a file; whether recognition has to wait for what is known."""
        position_s = transcription.position_s(Track.FILE)
        rest.read(min(position_s, rest.duration_s) + AHEAD_S)  # a minute a step, others wait
        self._duration_s = max(self._duration_s, rest.total_s)
        if rest.ended:
            self._duration_s = rest.duration_s
        return not rest.ended and rest.duration_s <= position_s

    def wait(self, timeout_s: float) -> None:
        time.sleep(min(timeout_s, 0.01))

    @property
    def finished(self) -> bool:
        if self._cancelled or not self._readers:
            return True
        return self._transcription is not None and self._transcription.finished

    def close(self) -> None:
        """Books the session as recovered, unless a part of it is still to come.  Idempotent."""
        if self._closed:
            return
        done = self.finished and not self._cancelled
        self._closed = True
        if self._cancelled and self._transcription is not None:
            self._transcription.settle()
        whole = self._close_readers() and not self._unread
        if done and whole:
            try:
                duration_s = self._duration_s or self._store.session(self.session_id).duration_s
                for track in self._readers:
                    self._store.update_track(self.session_id, track, duration_s=duration_s)
                self._store.finish_session(self.session_id, duration_s, SessionState.RECOVERED)
                forget_origin(self._directory / self.session_id)
                if not self._settings.audio.keep_audio:
                    shutil.rmtree(self._directory / self.session_id, ignore_errors=True)
            except MalgeulError as error:
                _log.error("the recovered session was not booked: %s", error)
        self._report(finished=True)
        self._publish(SessionFinished(self.session_id, self._duration_s, time.time()))

    def _close_readers(self) -> bool:
        """Whether all sound is where it belongs."""
        for reader in self._readers.values():
            reader.close()
        return self._rest.close() if self._rest is not None else True

    def _report(self, *, finished: bool) -> None:
        if self._transcription is None:
            return
        tracks = [track for track in self._readers if track not in self._unread]
        positions = [self._transcription.position_s(track) for track in tracks]
        self._publish(
            ProgressReported(
                task=self.task,
                title=self._title,
                done=sum(positions) / max(len(positions), 1),
                total=self._duration_s,
                unit="s",
                finished=finished,
            )
        )
