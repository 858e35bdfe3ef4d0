"""Which folders are watched, as the manifest keeps it, and what of them is gone.  Any thread."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from desktop.paths import as_path, as_text
from desktop.services.documents import files
from desktop.services.documents.manifest import Manifest
from desktop.services.documents.rows import Row


def folders(manifest: Manifest) -> list[Path]:
    """All that are watched, by name."""
    rows = manifest.query("SELECT folder FROM watched ORDER BY folder")
    return [as_path(folder) for (folder,) in rows]


def keep(manifest: Manifest, folder: Path, on: bool) -> None:
    """Keeps that `folder` is watched, or not any more, over restarts."""
    with manifest.transaction() as db:
        if on:
            db.execute("INSERT OR IGNORE INTO watched VALUES (?)", (as_text(folder),))
        else:
            db.execute("DELETE FROM watched WHERE folder = ?", (as_text(folder),))


def gone_from(manifest: Manifest, folder: Path) -> Iterator[Row]:
    """Documents that came from a watched folder and whose files are not there any more."""
    where = "WHERE folder = ? AND state != 'removed'"
    return _gone(manifest.rows(where, (as_text(folder),)))


def gone_below(manifest: Manifest, path: Path) -> Iterator[Row]:
    """Documents of a file that went, or of what was inside a folder that went."""
    where = "WHERE (document_id = ? OR path LIKE ? ESCAPE '\\') AND state != 'removed'"
    return _gone(manifest.rows(where, (files.document_id(path), _pattern_below(path))))


def _gone(rows: list[Row]) -> Iterator[Row]:
    return (row for row in rows if not os.path.lexists(row.file))


def _pattern_below(path: Path) -> str:
    """A LIKE pattern of what is inside a folder."""
    escaped = as_text(path).replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return f"{escaped}{os.sep}%"
