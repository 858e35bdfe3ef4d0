"""Keys of external services: one file each in the data directory, readable by the owner alone."""

from __future__ import annotations

import os
from pathlib import Path

from desktop.errors import StorageError
from desktop.services.supervisor.spec import Secret


def read_key(root: Path, name: str) -> Secret | None:
    """The key kept for `name`; None when there is none."""
    try:
        text = (root / "keys" / name).read_text(encoding="utf-8").strip()
    except (OSError, ValueError):
        return None
    return Secret(text) if text else None


def write_key(root: Path, name: str, key: Secret) -> None:
    """Keeps `key` for `name`; an empty one is removed.

    Raises:
        StorageError: the data directory cannot be written.
    """
    path = root / "keys" / name
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        path.unlink(missing_ok=True)
        if key.reveal():
            descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(descriptor, "w", encoding="utf-8") as file:
                file.write(key.reveal())
    except OSError as error:
        raise StorageError(
            f"The key for {name} could not be kept in {path}: {error.strerror or error}",
            hint="Make the folder writable.",
            code="storage.key",
        ) from error
