"""The high-water mark: how many transactions the database is known to hold.

SQLite opens a database whose ``-wal`` file was lost without a word, as it was at the last
checkpoint, or empty.  The mark, a small file beside the database, makes that visible: it is written
after each durable commit, so it can lag behind the database but never be ahead of it, unless the
database lost something.  It is not synced: after a power cut an older mark is harmless.
Used under the store's write lock.
"""

from __future__ import annotations

import json
import logging
import os
import zlib
from dataclasses import dataclass
from pathlib import Path

_log = logging.getLogger(__name__)
_SIZE_BYTES = 128  # fixed, so that rewriting never needs space on a full disk


@dataclass(frozen=True, slots=True)
class Mark:
    database_id: str
    commits: int


class MarkFile:
    """Reads and overwrites the mark in place."""

    def __init__(self, database: Path) -> None:
        self.path = database.with_name(database.name + ".mark")
        self._descriptor: int | None = None
        self._failed = False

    def read(self) -> Mark | None:
        """The mark, or None when there is none that can be trusted."""
        try:
            line = self.path.read_bytes().strip()
            checksum, _, body = line.partition(b" ")
            if not line:
                return None
            if int(checksum, 16) != zlib.crc32(body):
                raise ValueError("checksum")
            data = json.loads(body)
            return Mark(str(data["database"]), int(data["commits"]))
        except FileNotFoundError:
            return None
        except (OSError, ValueError, KeyError, TypeError) as error:
            _log.warning("the high-water mark %s cannot be read: %s", self.path, error)
            return None

    def write(self, mark: Mark) -> None:
        """Records `mark`; a failure costs the protection, not the transaction, and is logged."""
        body = json.dumps(
            {"database": mark.database_id, "commits": mark.commits}, separators=(",", ":")
        ).encode()
        line = b"%08x %s" % (zlib.crc32(body), body)
        try:
            if self._descriptor is None:
                self._descriptor = os.open(self.path, os.O_RDWR | os.O_CREAT, 0o600)
            os.lseek(self._descriptor, 0, os.SEEK_SET)
            os.write(self._descriptor, line.ljust(_SIZE_BYTES - 1) + b"\n")
            self._failed = False
        except OSError as error:
            if not self._failed:
                _log.warning("the high-water mark cannot be written: %s", error)
            self._failed = True

    def close(self) -> None:
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None
