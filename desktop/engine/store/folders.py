"""A session's folder of recorded audio: naming it safely and removing it for good.  Any thread."""

from __future__ import annotations

import dataclasses
import os
import re
import shutil
from pathlib import Path

from desktop.engine.store import failures
from desktop.records import SessionRecord

_SAFE_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")


def check_session_id(session_id: str) -> None:
    """Raises ValueError for an id that could name anything but one folder."""
    if not _SAFE_ID.fullmatch(session_id) or ".." in session_id:
        raise ValueError(f"{session_id!r} cannot be a session id")


def with_audio(record: SessionRecord, sessions_directory: Path) -> SessionRecord:
    """`record` with `has_audio` looked up: the folder is there and holds something."""
    try:
        with os.scandir(sessions_directory / record.session_id) as entries:
            return dataclasses.replace(record, has_audio=any(True for _ in entries))
    except OSError:
        return record


def remove_session_folder(sessions_directory: Path, session_id: str) -> bool:
    """Removes the folder of a session; returns whether there was one.

    A symbolic link is removed itself, what it points to is left alone, at any depth.

    Raises:
        ValueError: the id is not one.
        StorageError: the folder, or a part of it, could not be removed.
    """
    check_session_id(session_id)
    return remove(sessions_directory / session_id)


def remove(folder: Path) -> bool:
    """Removes a folder with all that is in it; see `remove_session_folder`."""
    try:
        if folder.is_symlink() or folder.is_file():
            folder.unlink()
        elif folder.exists():
            shutil.rmtree(folder)
        else:
            return False
    except OSError as error:
        raise failures.storage_error(error, folder) from error
    return True
