"""The transcript that is never lost: sessions, lines, what was held back, gaps and progress.

Thread-safe; every method that changes something returns when the change is on disk, and a change
that raises was not made.  Errors are `StorageError`s whose codes are listed in `failures`.
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import apsw

from desktop.engine.store import backup as backups
from desktop.engine.store import (
    failures,
    folders,
    keyword_rows,
    lines,
    queries,
    rows,
    search,
    session_rows,
    text_index,
)
from desktop.engine.store.database import Database
from desktop.engine.store.deletion import Deletion
from desktop.errors import NotFoundError
from desktop.events import GapDeclared, Keyword, SegmentCommitted, SegmentSuppressed, Track
from desktop.records import (
    GapRecord,
    KeywordDecision,
    SearchHit,
    SegmentRecord,
    SessionKeywords,
    SessionRecord,
    SessionState,
    SuppressedRecord,
    TrackRecord,
)


class TranscriptStore:
    """All transcripts in one database.  Made by `open`.

    Args:
        database: an open database.
        sessions_directory: where the folders with recorded audio are.
        backups_directory: where backups are kept.
    """

    def __init__(
        self, database: Database, *, sessions_directory: Path, backups_directory: Path
    ) -> None:
        self._database = database
        self._sessions_directory = sessions_directory
        self._backups_directory = backups_directory
        self._deletion = Deletion(database, sessions_directory, backups_directory)
        self._copying = threading.Lock()  # a backup begun before a deletion would bring it back

    @classmethod
    def open(
        cls,
        path: Path,
        *,
        read_only: bool = False,
        accept_loss: bool = False,
        sessions_directory: Path | None = None,
        backups_directory: Path | None = None,
        vfs: str | None = None,
    ) -> TranscriptStore:
        """Opens the database at `path`, making it when there is none.

        Args:
            path: the database file.
            read_only: read beside another running Malgeul; every change raises.
            accept_loss: go on with what is there after ``storage.lost`` (a file that is gone is
                set aside, never overwritten).
            sessions_directory: default: ``sessions`` beside the database.
            backups_directory: default: ``backups`` beside the database.
            vfs: name of a SQLite VFS (tests).

        Raises:
            StorageError: codes ``storage.locked``, ``.readonly``, ``.full``, ``.io``, ``.corrupt``,
                ``.newer``, ``.foreign``, ``.lost``; the file was not changed.
        """
        database = Database(path, read_only=read_only, accept_loss=accept_loss, vfs=vfs)
        database.open()
        store = cls(
            database,
            sessions_directory=sessions_directory or path.parent / "sessions",
            backups_directory=backups_directory or path.parent / "backups",
        )
        try:
            store._refresh_index()
            if not read_only:
                store._deletion.finish_interrupted()
        except BaseException:
            store.close()
            raise
        return store

    @property
    def path(self) -> Path:
        return self._database.path

    def close(self) -> None:
        """Idempotent."""
        self._database.close()

    def __enter__(self) -> TranscriptStore:
        return self

    def __exit__(self, *_exception: object) -> None:
        self.close()

    def recover(self) -> None:
        """Opens the file afresh after ``storage.io``; changes work again when this returns."""
        self._database.recover()

    def _refresh_index(self) -> None:
        if self._database.read_only:
            return
        with self._database.reader() as connection:
            cut = connection.execute("SELECT value FROM meta WHERE key = 'search_index'").get
        if cut != text_index.FINGERPRINT:
            with self._database.transaction() as connection:
                lines.rebuild_index(connection)

    # sessions -----------------------------------------------------------------------------------
    def create_session(
        self,
        *,
        title: str,
        tracks: Sequence[TrackRecord],
        model: str,
        started_wall_s: float,
        session_id: str | None = None,
    ) -> str:
        """Begins a session in state RECORDING; returns its id, which is also its folder's name.

        Raises:
            ValueError: `session_id` cannot name a folder.
        """
        if session_id is None:
            session_id = session_rows.new_id(started_wall_s)
        folders.check_session_id(session_id)
        with self._database.transaction() as connection:
            session_rows.insert(
                connection,
                session_id,
                title=title,
                tracks=tracks,
                model=model,
                started_wall_s=started_wall_s,
            )
        return session_id

    def finish_session(
        self, session_id: str, duration_s: float, state: SessionState = SessionState.FINISHED
    ) -> None:
        """Ends a session: FINISHED, or RECOVERED after an interruption."""
        with self._change(session_id) as (connection, key):
            session_rows.finish(connection, key, duration_s, state)

    def update_track(
        self,
        session_id: str,
        track: Track,
        *,
        language: str | None = None,
        device: str | None = None,
        duration_s: float | None = None,
        name: str | None = None,
    ) -> None:
        """Changes what is given of a track."""
        with self._change(session_id) as (connection, key):
            changed = session_rows.update_track(
                connection,
                key,
                track,
                language=language,
                device=device,
                duration_s=duration_s,
                name=name,
            )
            if not changed:
                raise NotFoundError(
                    f"The session {session_id} has no track {track.value}.", code="not_found.track"
                )

    def rename_track(self, session_id: str, track: Track, name: str) -> None:
        self.update_track(session_id, track, name=name)

    def rename_session(self, session_id: str, title: str) -> None:
        with self._change(session_id) as (connection, key):
            session_rows.rename(connection, key, title)

    def delete_session(self, session_id: str) -> None:
        """Deletes a session for good: its lines and its sound, here and in every backup."""
        with self._copying:
            self._deletion.delete(session_id)

    # what recognition delivers ------------------------------------------------------------------
    def append_segment(
        self, session_id: str, event: SegmentCommitted, *, progress_samples: int | None = None
    ) -> int:
        """Stores a line, and with it how far its track is recognised; returns the line's id.

        A sequence number that is stored already is left as it is, so replays do not double.
        """
        with self._change(session_id) as (connection, key):
            segment_id = lines.insert(connection, key, event)
            if progress_samples is not None:
                lines.advance(connection, key, event.track, progress_samples)
        return segment_id

    def append_suppressed(
        self, session_id: str, event: SegmentSuppressed, *, progress_samples: int | None = None
    ) -> int:
        """Stores a line that was held back; the same line twice is stored once."""
        with self._change(session_id) as (connection, key):
            suppressed_id = lines.insert_suppressed(connection, key, event)
            if progress_samples is not None:
                lines.advance(connection, key, event.track, progress_samples)
        return suppressed_id

    def record_gap(self, session_id: str, event: GapDeclared) -> None:
        """Stores a gap; the same gap twice is stored once."""
        with self._change(session_id) as (connection, key):
            lines.insert_gap(connection, key, event)

    def set_progress(self, session_id: str, track: Track, transcribed_samples: int) -> None:
        """Marks how far a track is recognised.  The mark never moves back."""
        with self._change(session_id) as (connection, key):
            lines.advance(connection, key, track, transcribed_samples)

    # keywords -----------------------------------------------------------------------------------
    def add_keywords(self, keywords: Sequence[Keyword], source: str = "") -> None:
        """Stores what was found in stored lines; a line found again replaces what was known.

        Args:
            source: what found them: the name of a language model, or "basic".
        """
        with self._database.transaction() as connection:
            keyword_rows.add(connection, keywords, source)

    def keywords(self, session_id: str) -> SessionKeywords:
        """What was found in a session, and what was decided about it."""
        with self._database.reader() as connection:
            return keyword_rows.read(connection, session_id)

    def decide_keyword(self, session_id: str, decision: KeywordDecision) -> None:
        """Keeps a decision; one that decides nothing is forgotten."""
        with self._change(session_id) as (connection, key):
            keyword_rows.decide(connection, key, decision)

    def clear_keywords(self, session_id: str) -> None:
        """Forgets what was found; decisions stay."""
        with self._change(session_id) as (connection, key):
            connection.execute("DELETE FROM keywords WHERE session_key = ?", (key,))

    # edits --------------------------------------------------------------------------------------
    def edit_segment(self, segment_id: int, text: str) -> None:
        """Changes a line's text; `SegmentRecord.original_text` keeps what was recognised."""
        with self._guarded(), self._database.transaction() as connection:
            lines.set_text(connection, segment_id, text)
            keyword_rows.check_line(connection, segment_id, text)

    def bookmark_segment(self, segment_id: int, on: bool) -> None:
        with self._database.transaction() as connection:
            connection.execute(
                "UPDATE segments SET bookmarked = ? WHERE segment_id = ?", (int(on), segment_id)
            )
            if not connection.changes():
                raise NotFoundError(f"There is no line {segment_id}.", code="not_found.segment")

    def restore_suppressed(self, suppressed_id: int) -> SegmentRecord:
        """Makes a real line, in time order, of one that was held back."""
        with self._guarded(), self._database.transaction() as connection:
            return lines.restore(connection, suppressed_id)

    # reading ------------------------------------------------------------------------------------
    def sessions(self) -> list[SessionRecord]:
        """All sessions, newest first."""
        return self._sessions("")

    def recoverable_sessions(self) -> list[SessionRecord]:
        """Sessions that were interrupted, or are being recorded right now."""
        return self._sessions("WHERE state = ?", (SessionState.RECORDING.value,))

    def session(self, session_id: str) -> SessionRecord:
        """Raises NotFoundError when there is no such session."""
        found = self._sessions("WHERE session_id = ?", (rows.clean(session_id),))
        if not found:
            raise NotFoundError(f"There is no session {session_id}.", code="not_found.session")
        return found[0]

    def segments(
        self, session_id: str, after_sequence: int = 0, limit: int | None = None
    ) -> list[SegmentRecord]:
        """Lines in time order: those numbered above `after_sequence`, at most `limit` of them.

        Restored lines share their neighbour's number and come along without being counted.
        """
        with self._guarded(), self._database.reader() as connection:
            return queries.segments(connection, session_id, after_sequence, limit)

    def spoken(self, session_id: str) -> list[tuple[Track, float, str]]:
        """Of each line in time order who said what and when; much faster than `segments`."""
        with self._database.reader() as connection:
            return queries.spoken(connection, session_id)

    def segment(self, segment_id: int) -> SegmentRecord:
        """Raises NotFoundError when there is no such line."""
        with self._guarded(), self._database.reader() as connection:
            return queries.segment(connection, segment_id)

    def suppressed(self, session_id: str) -> list[SuppressedRecord]:
        with self._guarded(), self._database.reader() as connection:
            return queries.suppressed(connection, session_id)

    def gaps(self, session_id: str) -> list[GapRecord]:
        with self._database.reader() as connection:
            return queries.gaps(connection, session_id)

    def progress(self, session_id: str) -> Mapping[Track, int]:
        """Samples recognised, by track: recovery goes on exactly there."""
        with self._database.reader() as connection:
            return queries.progress(connection, session_id)

    def last_sequence(self, session_id: str) -> int:
        """The highest number a line has; 0 when there is none."""
        with self._database.reader() as connection:
            return queries.last_sequence(connection, session_id)

    def search(self, text: str, session_id: str | None = None, limit: int = 200) -> list[SearchHit]:
        """Lines that hold every word of `text`; see `search` for what counts as a match."""
        with self._database.reader() as connection:
            return search.search(connection, text, session_id, limit)

    # safety -------------------------------------------------------------------------------------
    def backup(self, keep: int = backups.KEEP) -> Path:
        """Writes a verified copy to the backups and removes the oldest beyond `keep`.

        Raises:
            StorageError: no copy was made; ``storage.corrupt`` when this database is damaged.
        """
        with self._copying, self._database.reader() as connection:
            return backups.make_backup(connection, self._backups_directory, keep=keep)

    def list_backups(self) -> list[backups.BackupRecord]:
        """The backups there are, newest first."""
        return backups.list_backups(self._backups_directory)

    def verify(self) -> list[str]:
        """Checks everything, every row included; returns what is wrong, empty when nothing is."""
        with self._database.reader(fresh=True) as connection:
            return backups.problems(connection)

    # inside -------------------------------------------------------------------------------------
    @contextlib.contextmanager
    def _change(self, session_id: str) -> Iterator[tuple[apsw.Connection, int]]:
        with self._database.transaction() as connection:
            yield connection, queries.session_key(connection, session_id)

    @contextlib.contextmanager
    def _guarded(self) -> Iterator[None]:
        try:
            yield
        except rows.RowDamagedError as error:
            raise failures.corrupt(self.path, str(error)) from error

    def _sessions(self, where: str, bindings: tuple[str, ...] = ()) -> list[SessionRecord]:
        with self._database.reader() as connection:
            found = queries.sessions(connection, where, bindings)
        return [folders.with_audio(record, self._sessions_directory) for record, _key in found]
