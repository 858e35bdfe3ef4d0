"""One writer a database: an operating-system lock on ``<database>.lock``.  Any thread.

The lock dies with its process, so there is nothing to clean up after a crash.
"""

from __future__ import annotations

import contextlib
import os
import sys
import time
from pathlib import Path

from desktop.engine.store import failures

_RETRY_S = 0.05  # somebody may have looked whether it is held, or be about to end
_LOCK_OFFSET = 1 << 20  # Windows locks bytes: lock one beyond the process id, so that it is legible


class WriterLock:
    """Held while a store may write."""

    def __init__(self, database: Path) -> None:
        self._database = database
        self._path = database.with_name(database.name + ".lock")
        self._descriptor: int | None = None

    def acquire(self) -> None:
        """Takes the lock at once or fails.

        Raises:
            StorageError: ``storage.locked`` when another store holds it, ``storage.readonly`` when
                the folder cannot be written.
        """
        try:
            descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o600)
        except OSError as error:
            raise failures.storage_error(error, self._database) from error
        try:
            taken = _try_lock(descriptor)
            if not taken:
                time.sleep(_RETRY_S)
                taken = _try_lock(descriptor)
        except OSError as error:  # a file system without locks
            os.close(descriptor)
            raise failures.storage_error(error, self._database) from error
        if not taken:
            holder = os.pread(descriptor, 32, 0) if hasattr(os, "pread") else b""
            os.close(descriptor)
            raise failures.locked(self._database, holder.decode("ascii", "ignore").strip())
        self._descriptor = descriptor
        # The number is for the message only; the disk may be full.
        with contextlib.suppress(OSError):
            os.ftruncate(descriptor, 0)
            os.write(descriptor, f"{os.getpid()}\n".encode())

    def held(self) -> bool:
        """Whether a store, in this process or another, may write now; changes nothing."""
        try:
            descriptor = os.open(self._path, os.O_RDWR)
        except OSError:
            return False  # nobody has ever written there, or it is not ours to write
        try:
            return not _try_lock(descriptor)
        except OSError:
            return False
        finally:
            os.close(descriptor)  # and with it the lock

    def release(self) -> None:
        """Gives the lock back.  Idempotent.  The file stays: removing it would be a race."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None


def _try_lock(descriptor: int) -> bool:
    if sys.platform == "win32":
        import msvcrt

        os.lseek(descriptor, _LOCK_OFFSET, os.SEEK_SET)
        try:
            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        os.lseek(descriptor, 0, os.SEEK_SET)
        return True
    import fcntl

    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
