"""Writing a transcript where a command was asked to: stdout, a file or a folder."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from desktop.cli.options import Shell
from desktop.records import GapRecord, SegmentRecord, SessionRecord, SuppressedRecord

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
    """Exports a stored session, see `write_transcript`."""
    write_transcript(
        shell,
        record,
        store.segments(record.session_id),
        suppressed=store.suppressed(record.session_id),
        gaps=store.gaps(record.session_id),
        format_name=format_name,
        output=output,
    )


def write_transcript(
    shell: Shell,
    record: SessionRecord,
    lines: Sequence[SegmentRecord],
    *,
    suppressed: Sequence[SuppressedRecord],
    gaps: Sequence[GapRecord],
    format_name: str,
    output: Path | None,
    complete: Callable[[bytes], bytes] | None = None,
) -> None:
    """Prints the file written, or the text itself without `output`.

    Args:
        output: a file; or a folder, made when missing, when it exists as one or has no suffix.
            None means stdout, for a Word document the current folder.
        complete: adds to the text what the transcript does not hold (keywords).
    """
    from desktop import settings
    from desktop.engine.store.export import export, write_export

    options = settings.load(shell.paths.settings).export
    if output is None and format_name in BINARY:
        output = Path.cwd()
    if output is None:
        body = export(
            record,
            lines,
            format_name=format_name,
            suppressed=suppressed,
            gaps=gaps,
            options=options,
        )
        sys.stdout.flush()
        sys.stdout.buffer.write(complete(body) if complete else body)
        sys.stdout.buffer.flush()
        return
    _make_folder(output if _names_folder(output) else output.parent)
    written = write_export(
        output,
        record,
        lines,
        format_name=format_name,
        suppressed=suppressed,
        gaps=gaps,
        options=options,
    )
    if complete is not None:
        _complete_file(written, complete)
    shell.console.result(str(written))


def _complete_file(path: Path, complete: Callable[[bytes], bytes]) -> None:
    from desktop.engine.store.durable import replace_file
    from desktop.engine.store.failures import storage_error

    try:
        replace_file(path, complete(path.read_bytes()))
    except OSError as error:
        raise storage_error(error, path) from error


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
