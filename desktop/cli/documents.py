"""``malgeul index`` and ``malgeul documents``: what questions can be asked of.

A running Malgeul does the work; without one the documents are opened in this process.
"""

from __future__ import annotations

import contextlib
import dataclasses
import os
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import click

from desktop.cli.console import Console, ProgressView, printable, size
from desktop.cli.document_access import Access, opened
from desktop.cli.exit_codes import ExitCode
from desktop.cli.interrupts import Interrupt, interruptible
from desktop.cli.options import Shell, command, json_option
from desktop.cli.patterns import FilesArgument
from desktop.errors import NotFoundError
from desktop.events import (
    Document,
    DocumentChanged,
    DocumentState,
    Event,
    IngestProgressed,
    ProgressReported,
)
from desktop.paths import as_path, as_text

_LOOK_S = 0.5
_UNDER_WAY = (DocumentState.QUEUED, DocumentState.PARSING, DocumentState.INDEXING)


@click.command(short_help="Index documents, so that questions can be asked of them.")
@click.argument(
    "paths", nargs=-1, required=True, metavar="PATH...", type=click.Path(path_type=Path),
    cls=FilesArgument,
)  # fmt: skip
@click.option("--watch", is_flag=True, help="Also index what changes in the folders from now on.")
@json_option
@command
def index(shell: Shell, paths: tuple[Path, ...], watch: bool, as_json: bool) -> int:
    """Index files and folders: PDF, Word, PowerPoint, Excel, HWP, HWPX, HTML, Markdown, text, CSV.

    Unchanged files are not read again.  Ctrl+C stops; what waits goes on the next time.  Exit
    code 1: some documents cannot be read; the reason stands beside each.

    \b
    Examples:
      malgeul index ~/Documents/project
      malgeul index report.hwp minutes.docx --json
      malgeul index ~/Documents/project --watch
    """
    paths = tuple(Path(os.path.abspath(path)) for path in paths)
    console = shell.console
    with (
        interruptible(console) as interrupt,
        _progress(console) as view,
        opened(shell.paths, view.hear) as documents,
    ):
        left = _under_way(documents, paths)
        queued = _queue(documents, paths, watch=watch)
        _until_done(documents, view, interrupt)
        found = [d for d in documents.documents() if _is_under(d.path, paths)]
        code = _report(console, found, queued, as_json=as_json, left=left)
        if interrupt.asked.is_set():
            return ExitCode.INTERRUPTED
        if watch and documents.is_local:
            console.note("Watching; press Ctrl+C to end.")
            view.tell_each = not as_json
            interrupt.asked.wait()
        return code


def _under_way(documents: Access, paths: Sequence[Path]) -> int:
    """How many there still waited from before."""
    return sum(d.state in _UNDER_WAY and _is_under(d.path, paths) for d in documents.documents())


def _queue(documents: Access, paths: Sequence[Path], *, watch: bool) -> int:
    before = {d.document_id for d in documents.documents() if d.state in _UNDER_WAY}
    if watch:
        for folder in (path for path in paths if path.is_dir()):
            documents.watch(folder)
    queued = documents.add([path for path in paths if not (watch and path.is_dir())])
    if watch:
        now = [d for d in documents.documents() if d.state in _UNDER_WAY]
        return len({d.document_id for d in now} - before)
    return queued


def _until_done(documents: Access, view: _View, interrupt: Interrupt) -> None:
    """Waits for the queue to be empty, or to be asked to end.

    Raises:
        MalgeulError: nothing can be indexed, as on a full disk; what waits goes on another time.
    """
    while not interrupt.asked.is_set() and not documents.wait(_LOOK_S):
        trouble = documents.trouble()
        if trouble is not None:
            raise trouble
        if not documents.is_local:
            view.hear(documents.progress())
    view.end()


def _report(
    console: Console, found: list[Document], queued: int, *, as_json: bool, left: int
) -> int:
    """What came of it; `left` documents waited before any was queued now."""
    failed = [d for d in found if d.state is DocumentState.FAILED]
    indexed = [d for d in found if d.state is DocumentState.INDEXED]
    waiting = [d for d in found if d.state in _UNDER_WAY]
    if as_json:
        console.result_json(
            {
                "queued": queued,
                "indexed": len(indexed),
                "failed": len(failed),
                "waiting": len(waiting),
                "chunks": sum(d.chunks for d in indexed),
                "documents": [_body(d) for d in found],
            }
        )
    else:
        for document in failed:
            console.result(printable(f"{document.path or document.name}: {document.reason}"))
            if document.hint:
                console.result(f"  {document.hint}")
        for document in indexed:
            for warning in document.warnings:
                console.warn(printable(f"{document.name}: {warning}"))
        rest = f", {len(waiting)} waiting" if waiting else ""
        unchanged = max(0, min(len(indexed), len(found) - queued - left))
        console.result(
            f"{len(indexed)} indexed ({unchanged} unchanged), {len(failed)} failed{rest}"
        )
        if not found:
            console.note("No documents were found there; `malgeul index --help` says which kinds.")
        if waiting:
            console.note("What waits goes on the next time documents are used.")
    return ExitCode.FAILED if failed else ExitCode.OK


def _is_under(path: str, roots: Sequence[Path]) -> bool:
    return bool(path) and any(as_path(path).is_relative_to(root) for root in roots)


def _body(document: Document) -> dict[str, Any]:
    return dataclasses.asdict(document)


@click.group(short_help="See, remove and check the indexed documents.")
def documents() -> None:
    """See, remove and check the indexed documents.

    \b
    Examples:
      malgeul documents list
      malgeul documents remove report.hwp
      malgeul documents verify
    """


@documents.command("list")
@json_option
@command
def list_(shell: Shell, as_json: bool) -> int:
    """Show each document: its state, kind, pages, chunks, size, and the reason on failure."""
    with opened(shell.paths) as access:
        found = access.documents()
    if as_json:
        shell.console.result_json([_body(document) for document in found])
        return ExitCode.OK
    if not found:
        shell.console.note("There are no documents. `malgeul index PATH...` adds some.")
        return ExitCode.OK
    headings = ("NAME", "STATE", "KIND", "PAGES", "CHUNKS", "SIZE", "ID", "REMARK")
    shell.console.table(headings, [_row(document) for document in found])
    return ExitCode.OK


def _row(document: Document) -> tuple[str, ...]:
    return (
        printable(document.name),
        document.state.value,
        document.kind or "-",
        str(document.pages or "-"),
        str(document.chunks or "-"),
        size(document.size_bytes),
        document.document_id[:8],
        printable(document.reason or " ".join(document.warnings)),
    )


@documents.command()
@click.argument("names", nargs=-1, required=True, metavar="DOCUMENT...")
@command
def remove(shell: Shell, names: tuple[str, ...]) -> int:
    """Remove documents from the index, named by path, name or id; the files stay."""
    with opened(shell.paths) as access:
        for name in names:
            for document in _named(access.documents(), name):
                access.remove(document.document_id)
                shell.console.report(f"removed {printable(document.name)}")
    return ExitCode.OK


def _named(found: list[Document], name: str) -> list[Document]:
    """The documents a person means.  Raises NotFoundError."""
    path = as_text(os.path.abspath(name))
    matching = [d for d in found if d.path == path or d.document_id == name]
    matching = matching or [d for d in found if d.name == name]
    if not matching and len(name) >= 6:
        matching = [d for d in found if d.document_id.startswith(name)]
    if not matching:
        raise NotFoundError(
            f"There is no document “{name}”.",
            hint="`malgeul documents list` shows which there are.",
            code="not_found.document",
        )
    return matching


@documents.command()
@json_option
@command
def verify(shell: Shell, as_json: bool) -> int:
    """Prove that what can be found is what is listed: each chunk has its point, and no other is.

    Exit code 1: they differ.
    """
    with opened(shell.paths) as access:
        found = access.verify()
    if as_json:
        shell.console.result_json({**dataclasses.asdict(found), "equal": found.equal})
    elif found.equal:
        shell.console.result(f"{found.live} chunks, each with its point; no other points.")
    else:
        shell.console.result(
            f"{found.live} chunks; {len(found.missing)} without a point,"
            f" {len(found.ghosts)} points without a chunk"
        )
    return ExitCode.OK if found.equal else ExitCode.FAILED


class _View:
    """Shows progress on the terminal, and each document while a folder is watched."""

    def __init__(self, console: Console, bar: ProgressView) -> None:
        self._console = console
        self._bar = bar
        self._last: IngestProgressed | None = None
        self.tell_each = False

    def hear(self, event: Event) -> None:
        """Takes an event; any thread."""
        if isinstance(event, IngestProgressed):
            if event.total:
                self._last = event
                self._show(event, finished=not event.waiting)
        elif isinstance(event, DocumentChanged) and self.tell_each:
            document = event.document
            if document.state not in _UNDER_WAY:
                moment = time.strftime("%H:%M:%S")
                failed = document.state is DocumentState.FAILED
                reason = f": {document.reason}" if failed else ""
                name = printable(document.name)
                self._console.result(f"{moment} {document.state.value} {name}{reason}")

    def end(self) -> None:
        if self._last is not None and self._last.waiting:
            self._show(self._last, finished=False)

    def _show(self, event: IngestProgressed, *, finished: bool) -> None:
        done = event.done + event.failed
        unit = f"documents, {event.rate:.0f} chunks/s" if event.rate >= 1 else "documents"
        self._bar(ProgressReported("index", "Indexing", done, event.total, unit, finished))


@contextlib.contextmanager
def _progress(console: Console) -> Iterator[_View]:
    with console.progress() as bar:
        yield _View(console, bar)
