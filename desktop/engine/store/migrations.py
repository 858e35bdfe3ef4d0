"""Brings a database to the current shape, one numbered step a transaction.

Runs on the write connection before anything else uses it.  A crash leaves the old version or the
new one: the version number is part of the same transaction (faults: S47, S48).
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from pathlib import Path

import apsw

from desktop.engine.store import failures
from desktop.engine.store.schema import APPLICATION_ID, MIGRATIONS

_log = logging.getLogger(__name__)

CURRENT_VERSION = len(MIGRATIONS)
_HEADER_BYTES = 100


def version(connection: apsw.Connection) -> int:
    """The schema version of an open database; 0 when it is empty."""
    return int(connection.pragma("user_version"))


def check_known(
    connection: apsw.Connection, path: Path, migrations: Sequence[str] = MIGRATIONS
) -> None:
    """Refuses what this version does not understand, reading only.

    Raises:
        StorageError: ``storage.newer`` for a newer schema, ``storage.foreign`` for a database of
            another application.
    """
    found = version(connection)
    application = int(connection.pragma("application_id"))
    tables = int(connection.execute("SELECT count(*) FROM sqlite_schema").get)
    if application != APPLICATION_ID and (found or application or tables):
        raise failures.foreign(path)
    if found > len(migrations):
        raise failures.newer(path, found, len(migrations))


def check_header(path: Path, migrations: Sequence[str] = MIGRATIONS) -> None:
    """`check_known` from the file's first bytes, so that not even SQLite opens what is refused."""
    try:
        with open(path, "rb") as file:
            header = file.read(_HEADER_BYTES)
    except FileNotFoundError:
        return
    except OSError as error:
        raise failures.storage_error(error, path) from error
    if len(header) < _HEADER_BYTES or not header.startswith(b"SQLite format 3\0"):
        return  # new, or damaged: SQLite will tell
    found = int.from_bytes(header[60:64], "big")
    application = int.from_bytes(header[68:72], "big")
    if application not in (0, APPLICATION_ID):
        raise failures.foreign(path)
    if application == APPLICATION_ID and found > len(migrations):
        raise failures.newer(path, found, len(migrations))


def migrate(connection: apsw.Connection, migrations: Sequence[str] = MIGRATIONS) -> int:
    """Applies the missing migrations; returns the version before.

    Raises:
        apsw.Error: a step failed; the database is as it was before that step.
    """
    before = version(connection)
    for number in range(before + 1, len(migrations) + 1):
        with connection:  # one transaction, rolled back on any exception
            connection.execute(migrations[number - 1])
            connection.pragma("application_id", APPLICATION_ID)
            connection.pragma("user_version", number)
        _log.info("transcript database brought to format %d", number)
    return before
