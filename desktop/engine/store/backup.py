"""Verified copies of the database, and going back to one.  Any thread.

A copy is taken with SQLite's online backup while the store is in use, checked completely, and only
then given its name, so that every file in the folder is a good one.
"""

from __future__ import annotations

import contextlib
import datetime
import logging
import os
import shutil
import time
from dataclasses import dataclass
from pathlib import Path

import apsw

from desktop.engine.store import failures, lines, migrations, rows
from desktop.engine.store.database import PARTS, set_aside
from desktop.engine.store.durable import sync_directory, sync_file
from desktop.engine.store.lock import WriterLock
from desktop.errors import StorageError

_log = logging.getLogger(__name__)

KEEP = 5
_PREFIX = "transcripts-"
_CLOCK_SLACK_S = 3_600.0  # clocks are set back by so much now and then


@dataclass(frozen=True, slots=True)
class BackupRecord:
    """One backup that can be restored."""

    path: Path
    wall_s: float
    size_bytes: int


def make_backup(source: apsw.Connection, directory: Path, *, keep: int = KEEP) -> Path:
    """Copies the database behind `source`, checks the copy and removes the oldest beyond `keep`.

    Raises:
        StorageError: nothing was added or removed; ``storage.corrupt`` when the copy is damaged.
    """
    stamp = datetime.datetime.now().strftime("%Y%m%d-%H%M%S-%f")
    target = directory / f"{_PREFIX}{stamp}.db"
    copy_connection(source, target)
    for old in list_backups(directory)[max(1, keep) :]:
        with contextlib.suppress(OSError):
            old.path.unlink()
    return target


def copy_connection(source: apsw.Connection, target: Path) -> None:
    """Writes a checked single-file copy to `target`, replacing it only when all went well."""
    temporary = target.with_name(target.name + ".new")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        temporary.unlink(missing_ok=True)
        copy = apsw.Connection(str(temporary))
        try:
            with copy.backup("main", source, "main") as running:
                running.step(-1)
            copy.pragma("journal_mode", "delete")  # one file, no -wal to lose
            wrong = problems(copy)
        finally:
            copy.close()
        if wrong:
            raise failures.corrupt(Path(source.filename), "; ".join(wrong[:3]))
        sync_file(temporary)
        os.replace(temporary, target)
        sync_directory(target.parent)
    except (apsw.Error, OSError) as error:
        raise failures.storage_error(error, target) from error
    finally:
        with contextlib.suppress(OSError):
            temporary.unlink(missing_ok=True)


def list_backups(directory: Path) -> list[BackupRecord]:
    """The backups in `directory`, newest first.

    Those from the future come last: the clock was wrong when they were made, and their age is
    unknown.
    """
    try:
        found = [
            BackupRecord(path, path.stat().st_mtime, path.stat().st_size)
            for path in directory.glob(f"{_PREFIX}*.db")
        ]
    except OSError:
        return []
    latest_s = time.time() + _CLOCK_SLACK_S
    return sorted(
        found,
        key=lambda record: (record.wall_s <= latest_s, record.wall_s, record.path.name),
        reverse=True,
    )


def problems(connection: apsw.Connection, limit: int = 20) -> list[str]:
    """What is wrong with the open database, row by row; empty when nothing is."""
    try:
        found = [
            str(row[0])
            for row in connection.execute(f"PRAGMA integrity_check({limit})")
            if row[0] != "ok"
        ]
        found += [f"row of {row[0]} without its session" for row in _orphans(connection)]
        for table, columns, read in (
            ("segments", rows.SEGMENT_COLUMNS, rows.segment),
            ("suppressed", rows.SUPPRESSED_COLUMNS, rows.suppressed),
        ):
            for row in connection.execute(
                f"SELECT {columns} FROM {table} JOIN sessions USING (session_key)"  # noqa: S608 - constants
            ):
                try:
                    read(row)
                except (rows.RowDamagedError, ValueError, TypeError) as error:
                    found.append(str(error))
    except (apsw.Error, UnicodeDecodeError) as error:  # the second: text that is no text any more
        return [str(error)]
    return found[:limit]


def _orphans(connection: apsw.Connection) -> list[tuple[object, ...]]:
    return [tuple(row) for row in connection.execute("PRAGMA foreign_key_check")]


def restore_backup(database: Path, backup: Path) -> Path | None:
    """Puts `backup` in the place of `database`, which must not be open.

    The present files are set aside as ``*.damaged-<time>``, never deleted; returns the new name of
    the database file, None when there was none.

    Raises:
        StorageError: the backup is damaged or the database in use, nothing was changed; or the
            backup could not take the name: the next start says that the database is missing.
    """
    lock = WriterLock(database)
    lock.acquire()
    temporary = database.with_name(database.name + ".restoring")
    try:
        _require_sound(backup)
        shutil.copyfile(backup, temporary)
        sync_file(temporary)
        kept = take_place(temporary, database)
    except OSError as error:
        raise failures.storage_error(error, database) from error
    finally:
        with contextlib.suppress(OSError):
            temporary.unlink(missing_ok=True)
        lock.release()
    _log.warning("restored %s; the old files are kept as %s", backup.name, kept.name)
    return kept if kept.exists() else None


def take_place(new: Path, database: Path) -> Path:
    """Sets `database` aside and gives its name to `new`; returns where the old one lies now.

    Raises:
        OSError: on the way; the next start then says that the database is missing.
    """
    # The mark goes last: whatever happens before, the next start misses the database (S46).
    kept = set_aside(database, PARTS[:-1])
    os.replace(new, database)
    mark = database.with_name(database.name + PARTS[-1])
    if mark.exists():
        os.replace(mark, kept.with_name(kept.name + PARTS[-1]))
    sync_directory(database.parent)
    return kept


def _require_sound(backup: Path) -> None:
    try:
        connection = apsw.Connection(str(backup), flags=apsw.SQLITE_OPEN_READONLY)
        try:
            migrations.check_known(connection, backup)
            wrong = problems(connection)
        finally:
            connection.close()
    except apsw.Error as error:
        raise failures.storage_error(error, backup) from error
    if wrong:
        raise failures.corrupt(backup, "; ".join(wrong[:3]))


def forget_session(directory: Path, session_id: str) -> int:
    """Deletes a session from every backup that holds it; returns how many did.

    Each backup is replaced by a copy without the session, so a crash leaves it whole.

    Raises:
        StorageError: a backup could not be rewritten; the others were.
    """
    changed = 0
    first: StorageError | None = None
    for path in sorted(directory.glob("*.db")) if directory.is_dir() else ():
        try:
            changed += _forget_in(path, session_id)
        except StorageError as error:
            first = first or error
        except (apsw.Error, OSError) as error:
            first = first or failures.storage_error(error, path)
    if first is not None:
        raise first
    return changed


def _forget_in(path: Path, session_id: str) -> int:
    source = apsw.Connection(str(path), flags=apsw.SQLITE_OPEN_READONLY)
    try:
        key = source.execute(
            "SELECT session_key FROM sessions WHERE session_id = ?", (session_id,)
        ).get
    finally:
        source.close()
    if key is None:
        return 0
    temporary = path.with_name(path.name + ".new")
    try:
        times = path.stat()
        shutil.copyfile(path, temporary)
        copy = apsw.Connection(str(temporary))
        try:
            copy.pragma("journal_mode", "off")  # a failed copy is thrown away
            copy.pragma("secure_delete", True)
            copy.pragma("foreign_keys", True)
            lines.delete_session(copy, key)
            wrong = problems(copy)
        finally:
            copy.close()
        if wrong:
            raise failures.corrupt(path, "; ".join(wrong[:3]))
        sync_file(temporary)
        os.utime(temporary, (times.st_atime, times.st_mtime))
        os.replace(temporary, path)
        sync_directory(path.parent)
    finally:
        temporary.unlink(missing_ok=True)
    return 1
