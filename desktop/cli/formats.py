"""Writing a transcript where a command was asked to: stdout, a file or a folder."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from desktop.cli.options import Shell
from desktop.cli.streams import write_out
from desktop.errors import StorageError
from desktop.records import GapRecord, SegmentRecord, SessionRecord, SuppressedRecord

if TYPE_CHECKING:
    from desktop.engine.store.store import TranscriptStore

FORMATS = ("txt", "srt", "vtt", "json", "md", "docx")
BINARY = frozenset({"docx"})


@dataclass(frozen=True)
class Document:
    """A transcript in the form that was asked for.

    Args:
        complete: adds to the text what the transcript does not hold (keywords).
    """

    record: SessionRecord
    lines: Sequence[SegmentRecord]
    suppressed: Sequence[SuppressedRecord]
    gaps: Sequence[GapRecord]
    format_name: str
    complete: Callable[[bytes], bytes] | None = None


def write_session(
    shell: Shell,
    store: TranscriptStore,
    record: SessionRecord,
    format_name: str,
    output: Path | None,
) -> None:
    """Exports a stored session, see `write_transcript`."""
    document = Document(
        record,
        store.segments(record.session_id),
        suppressed=store.suppressed(record.session_id),
        gaps=store.gaps(record.session_id),
        format_name=format_name,
    )
    write_transcript(shell, document, output)


def format_meant(output: Path | None) -> str:
    """The format that a file's name asks for by its ending; txt where it says nothing."""
    ending = "" if output is None or output.is_dir() else output.suffix[1:].lower()
    return ending if ending in FORMATS else "txt"


def output_folder(output: Path | None, format_name: str) -> Path | None:
    """Where files go: a Word document into the current folder, all else to stdout (None)."""
    return Path.cwd() if output is None and format_name in BINARY else output


def write_transcript(shell: Shell, document: Document, output: Path | None) -> None:
    """Prints the file written, or the text itself without `output`.

    Args:
        output: a file; or a folder, made when missing, when it exists as one or has no suffix.
            None means stdout, for a Word document the current folder.

    Raises:
        StorageError: it cannot be written there.
    """
    output = output_folder(output, document.format_name)
    if output is None:
        write_out(_body(shell, document))
        return
    if not output.suffix and output.exists() and not output.is_dir():
        raise StorageError(
            f"{output} is a file, and a name without an ending means a folder.",
            hint=f"Name the file with its ending: --output {output}.{document.format_name}",
            code="storage.output",
        )
    _make_folder(output if _names_folder(output) else output.parent)
    shell.console.report(str(_write_file(shell, document, output)))


def rescue_transcript(
    shell: Shell, document: Document, output: Path | None, error: StorageError
) -> StorageError:
    """Puts a transcript that could not be written to `output` into another place.

    Args:
        error: why it could not.

    Returns:
        The error with where the transcript is now.
    """
    for make in (_exports, _private_folder):
        try:
            written = _write_file(shell, document, make(shell))
        except (OSError, StorageError):
            continue
        return _told(error, f"The transcript is in {written} instead.")
    if output is None or document.format_name in BINARY:
        return error
    write_out(_body(shell, document))
    return _told(error, "The transcript was printed instead.")


def _exports(shell: Shell) -> Path:
    shell.paths.exports.mkdir(parents=True, exist_ok=True)
    return shell.paths.exports


def _private_folder(_: Shell) -> Path:
    """Among the system's temporary files, for nobody else to read."""
    return Path(tempfile.mkdtemp(prefix="malgeul-"))


def _told(error: StorageError, hint: str) -> StorageError:
    return StorageError(error.message, hint=hint, code=error.code)


def prepare_folder(folder: Path) -> None:
    """Makes `folder` and tries to write into it, before work is done that it is to hold.

    Raises:
        StorageError: it cannot be made or written into.
    """
    _make_folder(folder)
    try:
        with tempfile.NamedTemporaryFile(dir=folder, prefix=".malgeul-"):
            pass
    except OSError as error:
        raise StorageError(
            f"Nothing can be written into the folder {folder}: {os.strerror(error.errno or 0)}.",
            hint="Choose another one with --output.",
            code="storage.output",
        ) from error


def _body(shell: Shell, document: Document) -> bytes:
    from desktop import settings
    from desktop.engine.store.export import export

    body = export(
        document.record,
        document.lines,
        format_name=document.format_name,
        suppressed=document.suppressed,
        gaps=document.gaps,
        options=settings.load(shell.paths.settings).export,
    )
    return document.complete(body) if document.complete else body


def _write_file(shell: Shell, document: Document, output: Path) -> Path:
    from desktop import settings
    from desktop.engine.store.export import write_export

    written = write_export(
        output,
        document.record,
        document.lines,
        format_name=document.format_name,
        suppressed=document.suppressed,
        gaps=document.gaps,
        options=settings.load(shell.paths.settings).export,
    )
    if document.complete is not None:
        _complete_file(written, document.complete)
    return written


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
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StorageError(
            f"The folder {folder} cannot be made: {os.strerror(error.errno or 0)}.",
            hint="Choose another one with --output.",
            code="storage.output",
        ) from error
