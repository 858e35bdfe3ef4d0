"""Reads what can be read of a damaged database, row by row.  Any thread.

A page that cannot be read ends a scan; what lies behind it is looked for from both sides.  Lines
whose checksum is wrong are not what was said and are left out.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import apsw

from desktop.engine.store import rows

_log = logging.getLogger(__name__)

MOST_ROWS = 1 << 20  # looked for one by one where the file no longer says how many there were
_ROWS_A_SCAN = 1 << 15
_UNREADABLE = (apsw.Error, UnicodeDecodeError)  # the second: text that is no text any more

Row = Mapping[str, Any]


class DamagedDatabase:
    """A database opened for reading only; what cannot be read is not there.

    Args:
        path: the database file; its ``-wal`` is read where there is one.
    """

    def __init__(self, path: Path) -> None:
        self._connection: apsw.Connection | None = None
        try:
            self._connection = apsw.Connection(str(path), flags=apsw.SQLITE_OPEN_READONLY)
        except apsw.Error as error:
            _log.warning("nothing of %s can be read: %s", path, error)

    def close(self) -> None:
        if self._connection is not None:
            self._connection.close(True)

    def columns(self, table: str) -> tuple[str, ...]:
        """The columns of a table; none where the file no longer tells."""
        return tuple(str(row[1]) for row in self._scan(f"PRAGMA table_info({table})"))

    def numbered(self, table: str, columns: Sequence[str], key: str) -> Iterator[Row]:
        """The rows of a table whose integer primary key is `key`, in its order."""
        query = f"SELECT {', '.join(columns)} FROM {table} NOT INDEXED WHERE {key} BETWEEN ? AND ?"  # noqa: S608 - constants
        last = self._last(table, key)
        for first in range(0, last + 1, _ROWS_A_SCAN):
            for found in self._between(query, first, min(last, first + _ROWS_A_SCAN - 1)):
                yield dict(zip(columns, found, strict=True))

    def of_sessions(self, table: str, columns: Sequence[str], keys: Sequence[int]) -> Iterator[Row]:
        """The rows of a table that belong to the sessions `keys`."""
        query = f"SELECT {', '.join(columns)} FROM {table} WHERE session_key = ?"  # noqa: S608 - constants
        for key in keys:
            for found in self._scan(query, (key,)):
                yield dict(zip(columns, found, strict=True))

    def _last(self, table: str, key: str) -> int:
        """The last number there can be."""
        for query in (
            f"SELECT max({key}) FROM {table}",  # noqa: S608 - constants
            f"SELECT seq FROM sqlite_sequence WHERE name = '{table}'",  # noqa: S608 - constants
        ):
            for found in self._scan(query):
                if isinstance(found[0], int) and 0 < found[0] <= MOST_ROWS:
                    return found[0]
        return MOST_ROWS if self.columns(table) else 0

    def _between(self, query: str, first: int, last: int) -> list[tuple[Any, ...]]:
        """Rows by their number; where some cannot be read, those on either side of them."""
        if self._connection is None:
            return []
        try:
            return self._connection.execute(query, (first, last)).fetchall()
        except _UNREADABLE:
            if first == last:
                return []
            middle = (first + last) // 2
            return self._between(query, first, middle) + self._between(query, middle + 1, last)

    def _scan(self, query: str, bindings: Sequence[Any] = ()) -> Iterator[tuple[Any, ...]]:
        """Rows up to the first that cannot be read."""
        if self._connection is None:
            return
        try:
            yield from self._connection.execute(query, tuple(bindings))
        except _UNREADABLE as error:
            _log.info("a part of the damaged database cannot be read: %s", error)


def as_said(table: str, row: Row) -> bool:
    """Whether a row of `segments` or `suppressed` is what was written."""
    try:
        parts = [row["text"], row["words"], row["language"]]
        if table == "segments":
            parts.insert(1, row["original_text"] or "")
        else:
            parts.append(row["reason"])
        found = rows.checksum(row["track"], row["start_s"], row["end_s"], *parts)
        return bool(found == row["crc"])
    except (KeyError, TypeError, ValueError):
        return False
