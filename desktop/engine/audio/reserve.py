"""Space kept aside on the disk of a recording, for what still waits in memory when it ends.

While a disk is full, sound waits in memory.  A recording that is stopped then has nowhere to put
it, unless some of the disk was taken beforehand and is given back just in time.
"""

from __future__ import annotations

import contextlib
import logging
import os
import shutil
import sys
import tempfile
import threading
from pathlib import Path
from typing import IO

_log = logging.getLogger(__name__)

_LEFT_FREE = 3  # times the reserve: nothing is taken from a disk that is nearly full already


class DiskReserve:
    """A part of the disk, taken by a file without a name: it ends with the process at the latest.

    Args:
        directory: on the disk in question.
        size_bytes: how much to take.
    """

    def __init__(self, directory: Path, size_bytes: int) -> None:
        self._directory = directory
        self._size_bytes = size_bytes
        self._file: IO[bytes] | None = None
        self._lock = threading.Lock()
        self._released = False

    @property
    def held(self) -> bool:
        return self._file is not None

    def take(self) -> None:
        """Takes the space, or does without where the disk has little or cannot reserve it."""
        with self._lock:
            if self._released or self._file is not None:
                return
            try:
                free_bytes = shutil.disk_usage(self._directory).free
                if free_bytes < (1 + _LEFT_FREE) * self._size_bytes:
                    return
                file = tempfile.TemporaryFile(dir=self._directory)  # noqa: SIM115 - kept open
                try:
                    _allocate(file, self._size_bytes)
                except OSError:
                    file.close()
                    raise
            except OSError as error:
                _log.warning("no space could be kept aside in %s: %s", self._directory, error)
                return
            self._file = file

    def release(self) -> None:
        """Gives the space back, for good.  Idempotent."""
        with self._lock:
            self._released = True
            if self._file is not None:
                with contextlib.suppress(OSError):  # a disk that fails keeps nothing for us
                    self._file.close()
                self._file = None


def _allocate(file: IO[bytes], size_bytes: int) -> None:
    if sys.platform == "win32":
        file.truncate(size_bytes)  # NTFS gives a file that is not sparse its clusters at once
    else:
        os.posix_fallocate(file.fileno(), 0, size_bytes)
