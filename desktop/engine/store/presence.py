"""What can be said of a database before it is opened.  Reads only, any thread."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from desktop.engine.store.mark import MarkFile


def is_missing(database: Path) -> bool:
    """The file is gone or empty, though its -wal or its mark tells that it held something.

    SQLite would make an empty database and delete a lone -wal (faults: S46).
    """
    if _size(database) > 0:
        return False
    mark = MarkFile(database).read()
    return _has_wal(database) or (mark is not None and mark.commits > 0)


def is_frozen(database: Path) -> bool:
    """Nobody can change the file, and all of it is in the one file: its disk is read-only."""
    if sys.platform == "win32":
        return False
    read_only = os.statvfs(database.parent).f_flag & os.ST_RDONLY
    return bool(read_only) and not _has_wal(database)


def _has_wal(database: Path) -> bool:
    return _size(database.with_name(database.name + "-wal")) > 0


def _size(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0
