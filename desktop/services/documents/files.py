"""Which files of a folder are documents.  Any thread.

Links are never followed, so there are no cycles; pipes and devices are passed by (faults: D61).
"""

from __future__ import annotations

import logging
import os
import threading
import unicodedata
import uuid
from collections.abc import Iterator, Sequence
from pathlib import Path

from desktop.errors import NotFoundError
from desktop.paths import as_text
from desktop.services.documents.parsers.sniff import SUFFIXES

_log = logging.getLogger(__name__)

_NAMESPACE = uuid.UUID("b8f5ed0e-3f7e-5a3f-9d34-1a0f6a5b8c21")
_PASSED_BY = frozenset({"node_modules", "__pycache__", "venv", "site-packages", "$RECYCLE.BIN"})
_TEMPORARY = ("~$", ".~lock", "~")
MAX_DEPTH = 64


def document_id(path: Path) -> str:
    """The id of the document at a path: always the same."""
    return str(uuid.uuid5(_NAMESPACE, unicodedata.normalize("NFC", as_text(path))))


def is_wanted(path: Path) -> bool:
    """Whether a file found in a folder is taken for a document, by its name."""
    return not is_temporary(path) and path.suffix.lower().lstrip(".") in SUFFIXES


def is_temporary(path: Path) -> bool:
    """Whether something is hidden, what a program works on, or a folder nobody wrote."""
    return path.name.startswith((".", *_TEMPORARY)) or path.name in _PASSED_BY


def is_passed_by(path: Path, folder: Path) -> bool:
    """Whether something between `folder` and `path` is hidden or full of what nobody wrote."""
    return any(
        part.startswith(".") or part in _PASSED_BY for part in path.relative_to(folder).parts[:-1]
    )


def walk(paths: Sequence[Path], most_bytes: int, stop: threading.Event) -> Iterator[Path]:
    """Files named, whatever they are, and documents in the folders named.

    Raises:
        NotFoundError: nothing is at one of the paths.
    """
    for path in paths:
        if not os.path.lexists(path):
            raise NotFoundError(
                f"There is no file or folder at {as_text(path)}.",
                hint="Check the name.",
                code="not_found.file",
            )
    for path in paths:
        if path.is_dir() and not path.is_symlink():
            yield from _folder(path, most_bytes, stop, 0)
        else:
            yield path


def _folder(folder: Path, most_bytes: int, stop: threading.Event, depth: int) -> Iterator[Path]:
    if stop.is_set() or depth > MAX_DEPTH:
        return
    try:
        with os.scandir(folder) as entries:
            found = sorted(entries, key=lambda entry: entry.name)
    except OSError as error:
        why = error.strerror or error
        _log.warning("%s is left out, it cannot be opened: %s", as_text(folder), why)
        return
    for entry in found:
        if stop.is_set():
            return
        path = Path(entry.path)
        try:
            if entry.is_dir(follow_symlinks=False):
                if not entry.name.startswith(".") and entry.name not in _PASSED_BY:
                    yield from _folder(path, most_bytes, stop, depth + 1)
            elif (
                entry.is_file(follow_symlinks=False)
                and is_wanted(path)
                and 0 <= entry.stat(follow_symlinks=False).st_size <= most_bytes
            ):
                yield path
        except OSError as error:
            _log.info("%s is passed by: %s", path, error)
