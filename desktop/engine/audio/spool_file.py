"""The file under a spool: positioned writes, and making them survive a power cut.  Any thread."""

from __future__ import annotations

import io
import os
from pathlib import Path

_OPEN_FLAGS = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
_OPEN_FLAGS |= getattr(os, "O_CLOEXEC", 0)


class SpoolFile:
    """The file under a spool: positioned writes and sync, nothing else.

    A partial write counts as none: the next write goes to the same place.
    """

    def __init__(self, path: Path) -> None:
        self._file = io.FileIO(os.open(path, _OPEN_FLAGS, 0o600), "wb")

    def write_at(self, offset: int, data: bytes) -> None:
        """Writes all of `data` at `offset` or raises OSError."""
        self._file.seek(offset)
        view = memoryview(data)
        while view:
            written = self._file.write(view)
            view = view[written or 0 :]

    def sync(self) -> None:
        """Blocks until what was written is on the disk."""
        if hasattr(os, "fdatasync"):
            os.fdatasync(self._file.fileno())
        else:  # Windows
            os.fsync(self._file.fileno())

    def close(self) -> None:
        self._file.close()


def sync_directory(directory: Path) -> None:
    """The file's name must survive a power cut too, not only its bytes."""
    if os.name == "posix":
        handle = os.open(directory, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
