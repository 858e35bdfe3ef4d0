"""Watched folders: what comes, changes and goes in them is indexed by itself."""

from __future__ import annotations

import logging
import os
import shutil
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from document_shelf import Shelf

from desktop.paths import as_path
from desktop.services.documents.files import walk

Write = Callable[[str, str | bytes], Path]


def test_watched_folders(shelf: Shelf, write: Write, wait_until: Callable[..., None]) -> None:
    folder = write("a.txt", "The gardener waters roses.").parent
    library = shelf.open()
    library.watch(folder, True)
    shelf.settle()
    assert shelf.found("gardener") == ["a.txt"]
    write("sub/b.txt", "The plumber mends pipes.")
    wait_until(lambda: shelf.found("plumber") == ["b.txt"], 60.0)
    write("a.txt", "The painter paints walls.")
    wait_until(lambda: shelf.found("painter") == ["a.txt"], 60.0)
    (folder / "a.txt").unlink()
    wait_until(lambda: [d.name for d in library.documents()] == ["b.txt"], 60.0)
    shelf.close()
    shutil.rmtree(folder / "sub")
    write("c.txt", "The baker bakes bread.")
    library = shelf.open()  # what changed while nobody watched
    wait_until(lambda: [d.name for d in library.documents()] == ["c.txt"], 60.0)
    assert library.status().watched == (str(folder),)
    library.watch(folder, False)
    shelf.settle()


def test_a_folder_moved_into_a_watched_one_and_away_again(
    shelf: Shelf, write: Write, tmp_path: Path, wait_until: Callable[..., None]
) -> None:
    """Nothing is told of the files in it; a dot in its name makes it no file."""
    folder = write("a.txt", "The gardener waters roses.").parent
    moved = tmp_path / "2024.05 minutes"
    moved.mkdir()
    (moved / "b.txt").write_text("The plumber mends pipes.", encoding="utf-8")
    library = shelf.open()
    library.watch(folder, True)
    shelf.settle()
    write("c.txt", "The baker bakes bread.")
    wait_until(lambda: shelf.found("baker") == ["c.txt"], 60.0)  # it watches
    moved.rename(folder / moved.name)
    wait_until(lambda: shelf.found("plumber") == ["b.txt"], 60.0)
    (folder / moved.name).rename(moved)
    wait_until(lambda: {d.name for d in library.documents()} == {"a.txt", "c.txt"}, 60.0)
    wait_until(lambda: library.verify().equal, 60.0)  # gone at once, deleted soon after


def test_closing_while_a_folder_is_looked_through_is_no_error(
    shelf: Shelf, write: Write, caplog: pytest.LogCaptureFixture
) -> None:
    folder = write("a.txt", "The gardener waters roses.").parent
    shelf.open().watch(folder, True)
    shelf.settle()
    shelf.close()
    library = shelf.open()
    library._open, parts = None, library._parts  # as at the beginning of `close`
    with caplog.at_level(logging.WARNING):
        parts.watcher._look([folder], threading.Event())
        parts.watcher._changed = lambda *_: library._add([folder])
        parts.watcher._report({folder / "a.txt"}, set(), [folder])
    library._open = parts
    assert [record.getMessage() for record in caplog.records] == []


def test_a_folder_that_cannot_be_opened_is_told_and_the_rest_goes_on(
    write: Write, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = write("a.txt", "The gardener waters roses.").parent
    closed = write("closed/b.txt", "The plumber mends pipes.").parent
    scandir = os.scandir

    def refusing(path: Path) -> Any:  # the tests may run as root, whom nothing is refused
        if Path(path) == closed:
            raise PermissionError(13, "Permission denied")
        return scandir(path)

    monkeypatch.setattr(os, "scandir", refusing)
    found = list(walk([folder], 1_000, threading.Event()))
    assert found == [folder / "a.txt"]
    assert [r.getMessage() for r in caplog.records] == [
        f"{closed} is left out, it cannot be opened: Permission denied"
    ]


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere names are always text")
def test_a_name_that_is_no_utf8_is_indexed_like_any_other(
    shelf: Shelf, tmp_path: Path, wait_until: Callable[..., None]
) -> None:
    """faults: D64"""
    folder = tmp_path / os.fsdecode(b"pa\xffpers")
    folder.mkdir()
    path = folder / os.fsdecode(b"rose\xfe.txt")
    path.write_text("The gardener waters roses.", encoding="utf-8")
    (folder / "pipes.txt").write_text("The plumber mends pipes.", encoding="utf-8")
    library = shelf.open()
    library.watch(folder, True)
    shelf.settle()
    assert shelf.found("gardener") == ["rose\ufffd.txt"]
    assert shelf.found("plumber") == ["pipes.txt"]
    (document,) = [d for d in library.documents() if d.name != "pipes.txt"]
    assert as_path(document.path) == path
    assert document.path.encode("utf-8"), "it can be told in JSON"
    assert library.add([Path(document.path)]) == 0, "it is the same file"
    path.unlink()
    shelf.close()
    library = shelf.open()
    wait_until(lambda: [d.name for d in library.documents()] == ["pipes.txt"], 60.0)
