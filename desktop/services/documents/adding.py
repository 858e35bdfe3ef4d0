"""Puts documents into the manifest's queue.  Any thread."""

from __future__ import annotations

import itertools
import json
import os
import re
import unicodedata
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import apsw

from desktop.paths import as_path, as_text
from desktop.services.documents.extracted import Extracted
from desktop.services.documents.files import document_id
from desktop.services.documents.manifest import Manifest
from desktop.services.documents.rows import Row

_TOGETHER = 256
_LONE = re.compile("[\ud800-\udfff]")


def add_files(
    manifest: Manifest, files: Iterable[Path], folder: str, is_stale: Callable[[Row], bool]
) -> Iterator[str]:
    """Queues files that are new or changed; gives the ids of those it queued.

    A few hundred at a time: a hundred thousand files are neither in memory nor one transaction.
    """
    for part in _parts(files):
        known = {
            row.document_id: row
            for path in part
            for row in manifest.rows("WHERE document_id = ?", (document_id(path),))
        }
        fresh = [path for path in part if _is_due(path, known.get(document_id(path)), is_stale)]
        with manifest.transaction() as db:
            for path in fresh:
                _queue(db, document_id(path), path=as_text(path), name=path.name, folder=folder)
        yield from (document_id(path) for path in fresh)


def add_text(
    manifest: Manifest,
    key: str,
    extracted: Extracted,
    *,
    name: str,
    metadata: Mapping[str, Any],
    session_id: str = "",
    digest: str = "",
) -> None:
    """Queues a text that came without a file; `digest` names it where it may come again."""
    body = extracted.text.encode("utf-8")
    with manifest.transaction() as db:
        _queue(db, key, path="", name=name, folder="")
        db.execute(
            "UPDATE documents SET name = ?, metadata = ?, session_id = ?, size = ?, kind = ?,"
            " pending_digest = ? WHERE document_id = ?",
            (unicodedata.normalize("NFC", name), json.dumps(dict(metadata), ensure_ascii=False),
             session_id, len(body), extracted.kind, digest, key),
        )  # fmt: skip
        db.execute(
            "INSERT OR REPLACE INTO incoming VALUES (?, ?, ?)",
            (key, zlib.compress(body, 3), json.dumps(extracted.structure(), ensure_ascii=False)),
        )


def queue_again(manifest: Manifest, keys: Iterable[str]) -> None:
    """Queues documents that are there already."""
    for part in _parts(keys):
        with manifest.transaction() as db:
            db.executemany(_AGAIN, [(key,) for key in part])


_AGAIN = (
    "UPDATE documents SET state = 'queued', pending = 0"
    " WHERE document_id = ? AND state NOT IN ('removed', 'queued')"
)


def _queue(db: apsw.Connection, key: str, *, path: str, name: str, folder: str) -> None:
    """Also what is being removed: it is added again."""
    name = unicodedata.normalize("NFC", _LONE.sub("\ufffd", name))
    file = as_path(path)
    size = file.lstat().st_size if path and os.path.lexists(file) else 0
    db.execute(
        "INSERT INTO documents (document_id, path, folder, name, kind, state, size)"
        " VALUES (?1, ?2, ?3, ?4, ?5, 'queued', ?6) ON CONFLICT (document_id) DO UPDATE SET"
        " state = 'queued', pending = 0, size = ?6,"
        " folder = CASE ?3 WHEN '' THEN folder ELSE ?3 END",
        (key, path, folder, name, Path(path).suffix.lower().lstrip("."), size),
    )


def _is_due(path: Path, row: Row | None, is_stale: Callable[[Row], bool]) -> bool:
    """Whether a file is new or not what is indexed, by size and time."""
    if row is None:
        return True
    if row.state == "queued":
        return False
    if row.state != "indexed" or is_stale(row):
        return True
    try:
        found = path.stat(follow_symlinks=False)
    except OSError:
        return True
    return (found.st_size, found.st_mtime_ns) != (row.size, row.mtime_ns)


def _parts(items: Iterable[Any]) -> Iterator[list[Any]]:
    rest = iter(items)
    while part := list(itertools.islice(rest, _TOGETHER)):
        yield part
