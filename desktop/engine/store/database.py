"""The database file: one write connection, a few read connections, and the checks at the door.

Thread-safe.  All writes go through `Database.transaction`, which returns when the transaction is
on disk (WAL with synchronous=FULL).  After an I/O error nothing is acknowledged any more until
`recover` succeeds: a failed fsync may have dropped earlier dirty pages, so "try again" would lie.
"""

from __future__ import annotations

import contextlib
import logging
import os
import threading
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import apsw

from desktop.engine.store import failures, migrations, presence
from desktop.engine.store.lock import WriterLock
from desktop.engine.store.mark import Mark, MarkFile
from desktop.errors import StorageError

_log = logging.getLogger(__name__)

MINIMUM_SQLITE = (3, 51, 3)  # older ones have a WAL-reset bug that can corrupt a database
_BUSY_TIMEOUT_MS = 3000
_CHECKPOINT_PAGES = 1000
_IDLE_READERS = 4
_WAL_LIMIT_BYTES = 16 * 1024 * 1024


def check_sqlite_version(found: str | None = None) -> None:
    """Raises StorageError when the bundled SQLite is too old to be trusted with WAL."""
    text = apsw.sqlite_lib_version() if found is None else found
    if tuple(int(part) for part in text.split(".")[:3]) < MINIMUM_SQLITE:
        wanted = ".".join(map(str, MINIMUM_SQLITE))
        raise StorageError(
            f"SQLite {text} is too old: {wanted} or newer is needed to keep transcripts safe.",
            hint="Update the apsw package.",
            code="storage.sqlite_version",
        )


class Database:
    """An open transcript database.

    Args:
        path: the database file; its folder is created when missing.
        read_only: no lock is taken and nothing is written; works beside a running writer.
        accept_loss: open even when the high-water mark says that something is missing.
        vfs: name of the SQLite VFS to use (tests inject faults with it).
    """

    def __init__(
        self,
        path: Path,
        *,
        read_only: bool = False,
        accept_loss: bool = False,
        vfs: str | None = None,
    ) -> None:
        self.path = path
        self.read_only = read_only
        self.version_before = 0
        self._accept_loss = accept_loss
        self._vfs = vfs
        self._lock = threading.RLock()
        self._readers_lock = threading.Lock()
        self._idle_readers: list[apsw.Connection] = []
        self._writer: apsw.Connection | None = None
        self._writer_lock = WriterLock(path)
        self._mark_file = MarkFile(path)
        self._mark = Mark("", 0)
        self._wal_pages = 0
        self._broken: StorageError | None = None
        self._immutable = False
        self._closed = False

    # opening and closing ----------------------------------------------------------------------
    def open(self) -> None:
        """Checks the file, then opens it; on any error nothing was changed in it.

        Raises:
            StorageError: see the codes in `failures`.
        """
        check_sqlite_version()
        if self.read_only:
            self._open_read_only()
            return
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise failures.storage_error(error, self.path.parent) from error
        self._writer_lock.acquire()
        try:
            self._refuse_missing_database()
            migrations.check_header(self.path)
            self._writer = self._open_writer()
        except BaseException:
            self._mark_file.close()
            self._writer_lock.release()
            raise

    def _open_read_only(self) -> None:
        if presence.is_missing(self.path):
            raise failures.lost(self.path, "the database file is missing or empty")
        if not self.path.exists():
            raise StorageError(f"There is no transcript database at {self.path}.", code="not_found")
        self._immutable = presence.is_frozen(self.path)  # SQLite would want to write a -shm
        with self.reader() as connection:
            migrations.check_known(connection, self.path)
            found = migrations.version(connection)
        if found < migrations.CURRENT_VERSION:
            raise StorageError(
                f"{self.path} has an older format and must be brought up to date first.",
                hint="Open Malgeul once, or run a command that writes.",
                code="storage.older",
            )

    def _refuse_missing_database(self) -> None:
        if presence.is_missing(self.path):
            if not self._accept_loss:
                raise failures.lost(self.path, "the database file is missing or empty")
            set_aside(self.path)

    def _open_writer(self) -> apsw.Connection:
        try:
            connection = self._connect(apsw.SQLITE_OPEN_READWRITE | apsw.SQLITE_OPEN_CREATE)
        except (apsw.Error, OSError) as error:
            raise failures.storage_error(error, self.path) from error
        try:
            # Until everything is checked, closing must not checkpoint: a refused file stays as is.
            connection.config(apsw.SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1)
            migrations.check_known(connection, self.path)
            self._check_damage(connection)
            self._check_loss(connection)
            self._prepare(connection)
        except apsw.Error as error:
            connection.close()
            raise failures.storage_error(error, self.path) from error
        except BaseException:
            connection.close()
            raise
        return connection

    def _check_damage(self, connection: apsw.Connection) -> None:
        found = connection.execute("PRAGMA quick_check(3)").fetchall()
        if found != [("ok",)]:
            raise failures.corrupt(self.path, "; ".join(str(row[0]) for row in found))

    def _check_loss(self, connection: apsw.Connection) -> None:
        expected = self._mark_file.read()
        if expected is None or self._accept_loss:
            return
        found = _read_mark(connection)
        if found.database_id != expected.database_id and expected.commits > 0:
            raise failures.lost(self.path, "it is not the file that was used last")
        if found.commits < expected.commits:
            missing = expected.commits - found.commits
            raise failures.lost(
                self.path,
                f"its last {missing} changes are gone, so its -wal file is missing or old",
            )

    def _prepare(self, connection: apsw.Connection) -> None:
        connection.pragma("journal_mode", "wal")
        connection.pragma("synchronous", "full")
        connection.pragma("fullfsync", True)
        connection.pragma("journal_size_limit", _WAL_LIMIT_BYTES)
        connection.pragma("secure_delete", True)
        connection.pragma("foreign_keys", True)
        connection.set_wal_hook(self._on_wal_commit)
        self.version_before = migrations.version(connection)
        if 0 < self.version_before < migrations.CURRENT_VERSION:
            self._keep_copy_before_migration(connection)
        migrations.migrate(connection)
        # From here on the main file is never empty, whatever happens to the -wal.
        with contextlib.suppress(apsw.BusyError):
            connection.wal_checkpoint(mode=apsw.SQLITE_CHECKPOINT_TRUNCATE)
        connection.config(apsw.SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 0)
        self._mark = _read_mark(connection)
        self._mark_file.write(self._mark)

    def _keep_copy_before_migration(self, connection: apsw.Connection) -> None:
        from desktop.engine.store import backup

        target = self.path.parent / "backups"
        backup.copy_connection(
            connection, target / f"before-format-{migrations.CURRENT_VERSION}.db"
        )

    def _connect(self, flags: int) -> apsw.Connection:
        name = str(self.path)
        if self._immutable:
            name = f"{self.path.absolute().as_uri()}?immutable=1"
            flags |= apsw.SQLITE_OPEN_URI
        connection = apsw.Connection(name, flags=flags, vfs=self._vfs)
        connection.set_busy_timeout(_BUSY_TIMEOUT_MS)
        connection.config(apsw.SQLITE_DBCONFIG_DQS_DML, 0)
        connection.config(apsw.SQLITE_DBCONFIG_DQS_DDL, 0)
        return connection

    def close(self) -> None:
        """Checkpoints and closes.  Idempotent."""
        with self._lock:
            if self._closed:
                return
            self._closed = True
            self._close_readers()
            self._close_writer()
            self._mark_file.close()
            self._writer_lock.release()

    def _close_readers(self) -> None:
        with self._readers_lock:
            idle, self._idle_readers = self._idle_readers, []
        for connection in idle:
            connection.close()

    def _close_writer(self) -> None:
        writer, self._writer = self._writer, None
        if writer is None:
            return
        try:
            writer.close()
        except apsw.Error:
            # What was acknowledged is in the -wal; the next start reads it from there.
            _log.exception("the transcript database could not be closed cleanly")
            writer.close(True)

    # writing ----------------------------------------------------------------------------------
    @contextlib.contextmanager
    def transaction(self) -> Iterator[apsw.Connection]:
        """One write transaction; on disk when the block has been left without an exception.

        Raises:
            StorageError: nothing was written.
        """
        with self._lock:
            writer = self._usable_writer()
            try:
                writer.execute("BEGIN IMMEDIATE")
                yield writer
                commits = self._mark.commits + 1
                writer.execute("UPDATE meta SET value = ? WHERE key = 'commits'", (commits,))
                writer.execute("COMMIT")
            except apsw.Error as error:
                self._roll_back(writer)
                raise self._failed(error) from error
            except BaseException:
                self._roll_back(writer)
                raise
            self._mark = Mark(self._mark.database_id, commits)
            self._mark_file.write(self._mark)
            if self._wal_pages >= _CHECKPOINT_PAGES:
                self._checkpoint(writer, apsw.SQLITE_CHECKPOINT_PASSIVE)

    def checkpoint(self) -> None:
        """Moves everything into the main file and empties the -wal, as far as readers let it."""
        with self._lock:
            self._checkpoint(self._usable_writer(), apsw.SQLITE_CHECKPOINT_TRUNCATE)

    def recover(self) -> None:
        """Opens the file afresh after an I/O error; writing works again when this returns.

        Raises:
            StorageError: it still does not work, or the file turned out damaged.
        """
        with self._lock:
            if self._closed or self.read_only:
                return
            self._close_readers()
            self._close_writer()
            self._writer = self._open_writer()
            self._broken = None

    def _usable_writer(self) -> apsw.Connection:
        if self.read_only:
            raise failures.read_only(self.path)
        if self._broken is not None:
            raise StorageError(
                self._broken.message, hint=self._broken.hint, code=self._broken.code
            ) from self._broken
        if self._closed or self._writer is None:
            raise failures.closed(self.path)
        return self._writer

    def _roll_back(self, writer: apsw.Connection) -> None:
        if not writer.in_transaction:
            return
        try:
            writer.execute("ROLLBACK")
        except apsw.Error as error:
            self._failed(error)

    def _failed(self, error: apsw.Error) -> StorageError:
        failure = failures.storage_error(error, self.path)
        if failure.code in {failures.IO, failures.CORRUPT} and self._broken is None:
            _log.error("the transcript database stopped: %s", error)
            self._broken = failure
        return failure

    def _on_wal_commit(self, _connection: apsw.Connection, _name: str, pages: int) -> int:
        self._wal_pages = pages
        return apsw.SQLITE_OK

    def _checkpoint(self, writer: apsw.Connection, mode: int) -> None:
        try:
            writer.wal_checkpoint(mode=mode)
            self._wal_pages = 0
        except (apsw.BusyError, apsw.LockedError, apsw.FullError):
            pass  # everything is safe in the -wal; a later commit tries again
        except apsw.Error as error:
            self._failed(error)

    # reading ----------------------------------------------------------------------------------
    @contextlib.contextmanager
    def reader(self, *, fresh: bool = False) -> Iterator[apsw.Connection]:
        """A read connection showing one consistent state for the length of the block.

        Args:
            fresh: a connection of its own.  Checking integrity needs one: FTS5 compares its index
                with what the connection remembers from before other connections wrote.

        Raises:
            StorageError: the file cannot be read.
        """
        try:
            connection = self._new_reader() if fresh else self._take_reader()
            try:
                connection.execute("BEGIN")
                yield connection
            finally:
                if connection.in_transaction:
                    connection.execute("ROLLBACK")
                if fresh:
                    connection.close()
                else:
                    self._give_reader(connection)
        except apsw.Error as error:
            raise failures.storage_error(error, self.path) from error

    def _take_reader(self) -> apsw.Connection:
        with self._readers_lock:
            if self._idle_readers:
                return self._idle_readers.pop()
        return self._new_reader()

    def _new_reader(self) -> apsw.Connection:
        if self._closed:
            raise failures.closed(self.path)
        connection = self._connect(apsw.SQLITE_OPEN_READONLY)
        connection.pragma("query_only", True)
        return connection

    def _give_reader(self, connection: apsw.Connection) -> None:
        with self._readers_lock:
            if not self._closed and len(self._idle_readers) < _IDLE_READERS:
                self._idle_readers.append(connection)
                return
        connection.close()


def _read_mark(connection: apsw.Connection) -> Mark:
    if migrations.version(connection) == 0:
        return Mark("", 0)
    rows = dict(
        connection.execute("SELECT key, value FROM meta WHERE key IN ('database_id', 'commits')")
    )
    return Mark(str(rows.get("database_id", "")), int(rows.get("commits", 0)))


PARTS = ("", "-wal", "-shm", ".mark")  # a database and what belongs to it, by the names' endings


def set_aside(path: Path, parts: Sequence[str] = PARTS) -> Path:
    """Renames a database's files to ``*.damaged-<time>``; returns the new name of the first."""
    stamp = time.strftime("%Y%m%d-%H%M%S")
    number = 0
    while True:
        suffix = f".damaged-{stamp}" + (f"-{number}" if number else "")
        kept = path.with_name(path.name + suffix)
        if not kept.exists():
            break
        number += 1
    for ending in parts:
        part = path.with_name(path.name + ending)
        if part.exists():
            os.replace(part, kept.with_name(kept.name + ending))
    return kept
