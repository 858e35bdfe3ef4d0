"""Turns what SQLite and the operating system report into errors for people.  Any thread."""

from __future__ import annotations

import errno
import shutil
from pathlib import Path

import apsw

from desktop.errors import StorageError

_FULL_ERRNOS = {errno.ENOSPC, getattr(errno, "EDQUOT", errno.ENOSPC)}
_READ_ONLY_ERRNOS = {errno.EACCES, errno.EPERM, errno.EROFS}
# SQLite reports a full disk as a plain I/O error where it grows the -shm file; below this much
# free space an I/O error is taken to mean "full".
_FULL_BELOW_BYTES = 64 * 1024

LOCKED = "storage.locked"
FULL = "storage.full"
READ_ONLY = "storage.readonly"
CORRUPT = "storage.corrupt"
IO = "storage.io"
NEWER = "storage.newer"
LOST = "storage.lost"
CLOSED = "storage.closed"
FOREIGN = "storage.foreign"


def storage_error(error: apsw.Error | OSError, path: Path) -> StorageError:
    """The `StorageError` a person should read for `error` about the file or folder `path`."""
    if isinstance(error, OSError):
        return _from_os(error, path)
    return _from_sqlite(error, path)


def _from_sqlite(error: apsw.Error, path: Path) -> StorageError:
    if isinstance(error, (apsw.BusyError, apsw.LockedError)):
        return locked(path)
    if isinstance(error, apsw.FullError) or _io_means_full(error, path):
        return full(path)
    if isinstance(error, (apsw.CorruptError, apsw.NotADBError)):
        return corrupt(path, str(error))
    if isinstance(error, (apsw.ReadOnlyError, apsw.CantOpenError, apsw.PermissionsError)):
        return read_only(path)
    if isinstance(error, apsw.IOError):
        return StorageError(
            f"The disk reported an error while writing or reading {path} ({error}).",
            hint="Check the disk and its connection; nothing more is saved until it works again.",
            code=IO,
        )
    return StorageError(f"The transcript database {path} failed: {error}.", code="storage.database")


def _io_means_full(error: apsw.Error, path: Path) -> bool:
    if not isinstance(error, apsw.IOError):
        return False
    extended = getattr(error, "extendedresult", 0)  # apsw sets it; its type stub does not say so
    if extended in (apsw.SQLITE_IOERR_FSYNC, apsw.SQLITE_IOERR_DIR_FSYNC):
        return False  # never read as "full": the page cache may have dropped data (fsyncgate)
    try:
        return shutil.disk_usage(path.parent).free < _FULL_BELOW_BYTES
    except OSError:
        return False


def _from_os(error: OSError, path: Path) -> StorageError:
    if error.errno in _FULL_ERRNOS:
        return full(path)
    if error.errno in _READ_ONLY_ERRNOS:
        return read_only(path)
    return StorageError(
        f"{path} cannot be used: {error.strerror or error}.",
        hint="Check that the folder exists and that the disk works.",
        code=IO,
    )


def full(path: Path) -> StorageError:
    return StorageError(
        f"The disk that holds {path.parent} is full.",
        hint="Free some space; saving goes on by itself then.",
        code=FULL,
    )


def read_only(path: Path) -> StorageError:
    return StorageError(
        f"{path} cannot be written: the file or its folder is read-only.",
        hint="Make the folder writable, or choose another data directory with MALGEUL_HOME.",
        code=READ_ONLY,
    )


def locked(path: Path, holder: str = "") -> StorageError:
    who = f" (process {holder})" if holder else ""
    return StorageError(
        f"The transcripts in {path} are in use by another running Malgeul{who}.",
        hint="Close the other one first.",
        code=LOCKED,
    )


def corrupt(path: Path, detail: str) -> StorageError:
    return StorageError(
        f"The transcript database {path} is damaged: {detail}.",
        hint="Start Malgeul with its window: it offers to restore a backup, or to begin anew with "
        "what can be read. The damaged file is kept.",
        code=CORRUPT,
    )


def newer(path: Path, found: int, known: int) -> StorageError:
    return StorageError(
        f"{path} was written by a newer version of Malgeul (format {found}, this one knows "
        f"{known}).",
        hint="Update Malgeul, or keep using this version with another data directory "
        "(MALGEUL_HOME). The file was left untouched.",
        code=NEWER,
    )


def lost(path: Path, detail: str) -> StorageError:
    return StorageError(
        f"The transcript database {path} is older than what was already saved: {detail}.",
        hint="Put the missing file back or restore a backup; nothing was changed.",
        code=LOST,
    )


def foreign(path: Path) -> StorageError:
    return StorageError(
        f"{path} is a database of another application.",
        hint="Move it away, or choose another data directory with MALGEUL_HOME.",
        code=FOREIGN,
    )


def closed(path: Path) -> StorageError:
    return StorageError(f"The transcript database {path} is closed.", code=CLOSED)
