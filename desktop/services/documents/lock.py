"""One process has the documents; the lock dies with it.  Any thread."""

from __future__ import annotations

from pathlib import Path

from desktop.errors import StorageError
from desktop.services.clients.folder_lock import FolderLock


def locked(folder: Path) -> FolderLock:
    """The lock of the documents' folder, held.

    Raises:
        StorageError: ``storage.locked`` when another process has it, else it cannot be written.
    """
    lock = FolderLock(folder / "lock")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        held = lock.acquire()
    except OSError as error:
        raise StorageError(
            f"The documents cannot be opened: {error.strerror or error}.",
            hint="Make the data directory writable, or choose another one with MALGEUL_HOME.",
            code="storage.documents",
        ) from error
    if not held:
        raise StorageError(
            "The documents are in use by another Malgeul.",
            hint="Use that one, or close it first.",
            code="storage.locked",
        )
    return lock
