"""Writing a transcript where a command was asked to: stdout, a file or a folder."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from desktop.cli.options import Shell
from desktop.records import SessionRecord

if TYPE_CHECKING:
    from desktop.engine.store.store import TranscriptStore

FORMATS = ("txt", "srt", "vtt", "json", "md", "docx")
BINARY = frozenset({"docx"})


def write_session(
    shell: Shell,
    store: TranscriptStore,
    record: SessionRecord,
    format_name: str,
    output: Path | None,
) -> None:
    """Exports a session; prints the file written, or the text itself without `output`.

    Args:
        output: a file; or a folder, made when missing, when it exists as one, ends in a slash or
            has no suffix.  None means stdout, for a Word document the current folder.
    """
    from desktop import settings
    from desktop.engine.store.export import export, write_export

    options = settings.load(shell.paths.settings).export
    lines = store.segments(record.session_id)
    held_back, gaps = store.suppressed(record.session_id), store.gaps(record.session_id)
    if output is None and format_name in BINARY:
        output = Path.cwd()
    if output is None:
        body = export(
            record,
            lines,
            format_name=format_name,
            suppressed=held_back,
            gaps=gaps,
            options=options,
        )
        sys.stdout.buffer.write(body)
        if not body.endswith(b"\n"):
            sys.stdout.buffer.write(b"\n")
        sys.stdout.buffer.flush()
        return
    if _names_folder(output):
        _make_folder(output)
    written = write_export(
        output,
        record,
        lines,
        format_name=format_name,
        suppressed=held_back,
        gaps=gaps,
        options=options,
    )
    shell.console.result(str(written))


def _names_folder(output: Path) -> bool:
    return output.is_dir() or not output.suffix


def _make_folder(folder: Path) -> None:
    """Makes `folder` with its parents.

    Raises:
        StorageError: it cannot be made.
    """
    from desktop.errors import StorageError

    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StorageError(
            f"The folder {folder} cannot be made: {os.strerror(error.errno or 0)}.",
            hint="Choose another one with --output.",
            code="storage.output",
        ) from error
