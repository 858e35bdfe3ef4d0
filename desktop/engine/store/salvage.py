"""Beginning anew where the database is damaged: what can be read of it comes along.  Any thread.

The damaged files are set aside, never deleted.  A session whose rows are gone but whose sound is
still on disk becomes an interrupted one: recovering it transcribes the sound afresh.
"""

from __future__ import annotations

import contextlib
import logging
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import apsw

from desktop.engine.store import failures, lines
from desktop.engine.store.backup import take_place
from desktop.engine.store.damaged_rows import DamagedDatabase, Row, as_said
from desktop.engine.store.database import PARTS, Database
from desktop.engine.store.folders import check_session_id
from desktop.engine.store.lock import WriterLock
from desktop.events import Track
from desktop.records import SessionState

_log = logging.getLogger(__name__)

_SAID = ("segments", "suppressed")
_BESIDE = ("tracks", "gaps", "keywords", "keyword_decisions")
_KEYS = {"sessions": "session_key", "segments": "segment_id", "suppressed": "suppressed_id"}


@dataclass(frozen=True, slots=True)
class Salvaged:
    """What came along.

    Attributes:
        kept: where the damaged database lies now.
        sessions: those that are there again, with their lines.
        lines: lines of theirs, those that were held back included.
        with_sound: further sessions of which only the sound is left, to be transcribed afresh.
    """

    kept: Path
    sessions: int
    lines: int
    with_sound: int


def begin_anew(database: Path, sessions_directory: Path) -> Salvaged:
    """Puts a new database, with what can be read of the damaged one, in the place of `database`.

    Args:
        database: the damaged file, which must not be open.
        sessions_directory: where the folders with recorded sound are.

    Raises:
        StorageError: nothing was changed; or the new one could not take the name: the next start
            says that the database is missing.
    """
    lock = WriterLock(database)
    lock.acquire()
    made = database.with_name(database.name + ".salvaged")
    try:
        _remove(made)
        sessions, said, with_sound = _fill(made, database, sessions_directory)
        kept = take_place(made, database)
    except (OSError, apsw.Error) as error:
        raise failures.storage_error(error, database) from error
    finally:
        with contextlib.suppress(OSError):
            _remove(made)
        lock.release()
    _log.warning("began anew with %d sessions, %d lines; %s is kept", sessions, said, kept.name)
    return Salvaged(kept, sessions, said, with_sound)


def _remove(database: Path) -> None:
    for ending in (*PARTS, ".lock"):
        database.with_name(database.name + ending).unlink(missing_ok=True)


def _fill(made: Path, damaged: Path, sessions_directory: Path) -> tuple[int, int, int]:
    """Writes what can be read; returns how many sessions, lines and sessions with sound alone."""
    target, source = Database(made), DamagedDatabase(damaged)
    try:
        target.open()
        with target.transaction() as connection:
            writer = _Writer(connection, source)
            keys = writer.numbered("sessions")
            said = sum(len(writer.numbered(table)) for table in _SAID)
            strays = writer.adopt_strays()
            for table in _BESIDE:
                writer.beside(table, keys)
            with_sound = writer.add_sound(sessions_directory)
            writer.complete_tracks(sessions_directory)
            lines.rebuild_index(connection)
        return len(keys) + strays, said, with_sound
    finally:
        source.close()
        target.close()


class _Writer:
    """Writes rows into the new database; those that do not fit it are left out."""

    def __init__(self, connection: apsw.Connection, source: DamagedDatabase) -> None:
        self._connection = connection
        self._source = source
        connection.pragma("defer_foreign_keys", True)  # lines may come before their session

    def numbered(self, table: str) -> list[int]:
        """Copies a table with numbered rows; returns the numbers."""
        columns, key = self._columns(table), _KEYS[table]
        if key not in columns:
            return []
        return [
            int(row[key])
            for row in self._source.numbered(table, columns, key)
            if _sound(table, row) and self._insert(table, row)
        ]

    def beside(self, table: str, keys: Sequence[int]) -> None:
        """Copies what a table holds of the sessions `keys`."""
        columns = self._columns(table)
        if "session_key" in columns:
            for row in self._source.of_sessions(table, columns, keys):
                if table != "keywords" or self._has_line(row):
                    self._insert(table, row)

    def adopt_strays(self) -> int:
        """Lines without their session get one; returns how many sessions that makes."""
        orphaned = self._connection.execute(
            "SELECT session_key, min(wall_s) FROM (SELECT session_key, wall_s FROM segments"
            " UNION ALL SELECT session_key, wall_s FROM suppressed)"
            " WHERE session_key NOT IN (SELECT session_key FROM sessions) GROUP BY session_key"
        ).fetchall()
        for key, wall_s in orphaned:
            self._add_session(f"salvaged-{key}", SessionState.RECOVERED, wall_s, key)
        return len(orphaned)

    def add_sound(self, sessions_directory: Path) -> int:
        """Folders with sound that no session knows become interrupted sessions."""
        known = {row[0] for row in self._connection.execute("SELECT session_id FROM sessions")}
        added = 0
        for folder in sorted(sessions_directory.glob("*/")):
            if folder.name not in known and _spooled(folder) and _may_name(folder.name):
                wall_s = _began(folder)
                self._add_session(folder.name, SessionState.RECORDING, wall_s)
                added += 1
        return added

    def complete_tracks(self, sessions_directory: Path) -> None:
        """Sessions without tracks get those that are spoken of or have sound."""
        bare = self._connection.execute(
            "SELECT session_key, session_id FROM sessions"
            " WHERE session_key NOT IN (SELECT session_key FROM tracks)"
        ).fetchall()
        for key, session_id in bare:
            said = self._connection.execute(
                "SELECT DISTINCT track FROM segments WHERE session_key = ?", (key,)
            )
            tracks = {str(row[0]) for row in said} | _spooled(sessions_directory / str(session_id))
            for position, track in enumerate(sorted(tracks)):
                self._connection.execute(
                    "INSERT INTO tracks (session_key, track, position, name, device, language,"
                    " duration_s) VALUES (?, ?, ?, '', '', '', 0)",
                    (key, track, position),
                )

    def _add_session(
        self, session_id: str, state: SessionState, wall_s: Any, key: Any = None
    ) -> None:
        title = time.strftime("%Y-%m-%d %H:%M", time.localtime(float(wall_s)))
        self._connection.execute(
            "INSERT INTO sessions (session_key, session_id, title, state, model, started_wall_s)"
            " VALUES (?, ?, ?, ?, '', ?)",
            (key, session_id, title, state.value, wall_s),
        )

    def _columns(self, table: str) -> tuple[str, ...]:
        """The columns that both databases have: an older one has fewer."""
        here = {row[1] for row in self._connection.execute(f"PRAGMA table_info({table})")}
        return tuple(name for name in self._source.columns(table) if name in here)

    def _has_line(self, row: Row) -> bool:
        found = "SELECT 1 FROM segments WHERE segment_id = ?"
        return self._connection.execute(found, (row["segment_id"],)).get is not None

    def _insert(self, table: str, row: Row) -> bool:
        names, marks = ", ".join(row), ", ".join("?" * len(row))
        query = f"INSERT OR IGNORE INTO {table} ({names}) VALUES ({marks})"  # noqa: S608 - constants
        self._connection.execute(query, tuple(row.values()))
        return self._connection.changes() > 0


def _sound(table: str, row: Row) -> bool:
    if table in _SAID:
        return as_said(table, row)
    try:
        SessionState(row["state"])
        check_session_id(row["session_id"])
        return isinstance(row["title"], str) and float(row["started_wall_s"]) > 0
    except (ValueError, TypeError, KeyError):
        return False


def _spooled(folder: Path) -> set[str]:
    """The tracks whose sound is in a session's folder."""
    return {track.value for track in Track if (folder / f"{track.value}.spool").is_file()}


def _began(folder: Path) -> float:
    """When a session began: its folder is named by that, or else by its oldest file."""
    try:
        return time.mktime(time.strptime(folder.name[:15], "%Y%m%d-%H%M%S"))
    except (ValueError, OverflowError):
        return min(part.stat().st_mtime for part in folder.glob("*.spool"))


def _may_name(session_id: str) -> bool:
    try:
        check_session_id(session_id)
    except ValueError:
        return False
    return True
