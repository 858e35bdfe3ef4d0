"""What every session does with its store and its folder: begins, takes sound, books its end.

`Spooled` belongs to the sessions of one track whose sound is handed to them (a file, a browser's
microphone); a live session's recorder does the same for many.  Called on the sessions' threads.
"""

from __future__ import annotations

import logging
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from desktop.engine.audio.feed import Samples
from desktop.engine.audio.ledger import TrackLedger
from desktop.engine.audio.space import SpaceWatch
from desktop.engine.audio.spool import SpoolWriter
from desktop.engine.audio.spool_reader import SpoolReader
from desktop.engine.store.store import TranscriptStore
from desktop.errors import MalgeulError, StorageError
from desktop.events import SAMPLE_RATE_HZ, Track
from desktop.records import SessionState, TrackRecord
from desktop.session.sink import Publish, StoringSink
from desktop.session.transcription import Transcription
from desktop.settings import Settings

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Spooled:
    """A session's spool, ledger and transcription, from its first sample to its last."""

    session_id: str
    writer: SpoolWriter
    reader: SpoolReader
    ledger: TrackLedger
    space: SpaceWatch
    transcription: Transcription

    @classmethod
    def create(
        cls,
        track: TrackRecord,
        *,
        title: str,
        wall_s: float,
        store: TranscriptStore,
        directory: Path,
        publish: Publish,
        settings: Settings,
        model: str,
        live: bool,
    ) -> Spooled:
        """Makes the session and its folder.

        Raises:
            StorageError: one of them cannot be written; neither is left.
        """
        number = store.create_session(
            title=title, tracks=[track], model=model, started_wall_s=wall_s
        )
        try:
            writer = SpoolWriter.create(directory / number, track.track, wall_s=wall_s)
        except StorageError:
            store.delete_session(number)
            raise
        reader = SpoolReader(writer.path, writer.index)
        ledger = TrackLedger(track.track)
        sink = StoringSink(store, number, publish, {track.track: ledger})
        feeds = {track.track: (reader, 0)}
        transcription = Transcription(feeds, sink, publish, settings.recognition, live=live)
        space = SpaceWatch(directory / number, publish, waits=not live)
        return cls(number, writer, reader, ledger, space, transcription)

    @property
    def duration_s(self) -> float:
        """How much sound came."""
        return self.writer.samples / SAMPLE_RATE_HZ

    def append(self, samples: Samples) -> bool:
        """Takes 16 kHz mono sound; False where the disk refused it and it became a gap."""
        kept = self.writer.append(samples)
        if kept:
            self.ledger.captured(len(samples))
        else:
            self.ledger.gap(len(samples))
        return kept


def book_end(
    store: TranscriptStore,
    session_id: str,
    durations_s: Mapping[Track, float],
    folder: Path,
    *,
    keep_audio: bool,
) -> None:
    """Books a recognised session as finished; where that fails it stays recoverable.

    Args:
        folder: with the session's sound, which goes unless it is kept.
    """
    try:
        for track, duration_s in durations_s.items():
            store.update_track(session_id, track, duration_s=duration_s)
        longest_s = max(durations_s.values(), default=0.0)
        store.finish_session(session_id, longest_s, SessionState.FINISHED)
    except MalgeulError as error:
        _log.error("the session's end was not stored, it stays recoverable: %s", error)
        return
    if not keep_audio:
        shutil.rmtree(folder, ignore_errors=True)
