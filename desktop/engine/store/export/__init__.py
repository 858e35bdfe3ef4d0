"""Transcripts as files for other programs: txt, srt, vtt, md, json, docx.  Any thread."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from pathlib import Path

from desktop.engine.store import failures
from desktop.engine.store.durable import replace_file
from desktop.engine.store.export import documents, subtitles
from desktop.engine.store.export.content import Content
from desktop.engine.store.export.names import safe_name
from desktop.errors import StorageError
from desktop.records import GapRecord, SegmentRecord, SessionRecord, SuppressedRecord
from desktop.settings import ExportSettings

__all__ = ["FORMATS", "export", "safe_name", "write_export"]

_WRITERS: dict[str, Callable[[Content], bytes]] = {
    "txt": documents.txt,
    "srt": subtitles.srt,
    "vtt": subtitles.vtt,
    "md": documents.md,
    "json": documents.to_json,
    "docx": documents.docx,
}
FORMATS = tuple(_WRITERS)


def export(
    session: SessionRecord,
    segments: Sequence[SegmentRecord],
    *,
    format_name: str,
    suppressed: Sequence[SuppressedRecord] = (),
    gaps: Sequence[GapRecord] = (),
    options: ExportSettings | None = None,
) -> bytes:
    """A session in one of `FORMATS`, UTF-8 with LF where it is text; valid when empty, too.

    Gaps appear in txt, md, json and docx; what was held back (`suppressed`) in json only.

    Raises:
        StorageError: ``export.format``: there is no such format.
    """
    writer = _WRITERS.get(format_name.lower().lstrip("."))
    if writer is None:
        raise StorageError(
            f"There is no export format {format_name!r}.",
            hint=f"Choose one of: {', '.join(FORMATS)}.",
            code="export.format",
        )
    in_order = sorted(segments, key=lambda s: (s.start_s, s.sequence, s.segment_id))
    content = Content(session, in_order, suppressed, gaps, options or ExportSettings())
    return writer(content)


def write_export(
    target: Path,
    session: SessionRecord,
    segments: Sequence[SegmentRecord],
    *,
    format_name: str,
    suppressed: Sequence[SuppressedRecord] = (),
    gaps: Sequence[GapRecord] = (),
    options: ExportSettings | None = None,
) -> Path:
    """Writes an export and returns the file.

    Into an existing folder the file is named after the session's title and never replaces another;
    a file path is used as it stands, except that its last part is made a name that every system
    accepts.  A crash leaves the old file or the new one.

    Raises:
        StorageError: the format is unknown or the file cannot be written.
    """
    body = export(
        session,
        segments,
        format_name=format_name,
        suppressed=suppressed,
        gaps=gaps,
        options=options,
    )
    extension = format_name.lower().lstrip(".")
    if os.path.isdir(target):  # unlike Path.is_dir, False for a name that is too long
        path = _unused(target / safe_name(session.title, extension))
    else:
        path = _named(target, extension)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        replace_file(path, body)
    except OSError as error:
        raise failures.storage_error(error, path) from error
    return path


def _named(target: Path, extension: str) -> Path:
    """`target` with a safe last part, with an extension added where it has none ("v1.2")."""
    stem, point, suffix = target.name.rpartition(".")
    if point and stem and suffix.isalpha() and suffix.isascii() and len(suffix) <= 8:
        return target.parent / safe_name(stem, suffix)
    return target.parent / safe_name(target.name, extension)


def _unused(path: Path) -> Path:
    """`path`, or ``name (2).ext`` and so on when it is taken."""
    candidate, number = path, 1
    while candidate.exists() or candidate.is_symlink():
        number += 1
        candidate = path.with_name(f"{path.stem} ({number}){path.suffix}")
    return candidate
