"""What happens to a document when something else happens at the same time."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from document_shelf import Shelf

from desktop.errors import DocumentError, ServiceError, StorageError
from desktop.events import DocumentState
from desktop.services.clients.embedder import Embedding
from desktop.services.documents.sources import Unchanged

Write = Callable[[str, str | bytes], Path]
WITHIN_S = 60.0
LONG = "\n\n".join(f"Paragraph {i} about the gardener. " * 8 for i in range(300))


class HeldEmbedder:
    """Holds every call but the first few until it is let go."""

    model = "held@1"
    dimension = 8

    def __init__(self, free: int = 0) -> None:
        self._free = free
        self.calls = 0
        self.entered = threading.Event()
        self.let_go = threading.Event()

    def embed(self, texts: Sequence[str], *, query: bool = False) -> list[Embedding]:
        self.calls += 1
        if self.calls > self._free:
            self.entered.set()
            assert self.let_go.wait(WITHIN_S)
        return [Embedding(np.eye(1, 8, dtype=np.float32)[0], {}) for _ in texts]


class HeldRead:
    """Stands before a library's source: holds the first document that is read."""

    def __init__(self, shelf: Shelf, outcome: Exception) -> None:
        self._source = shelf.library._parts.source
        self._read, self._outcome = self._source.read, outcome
        self.entered, self.let_go = threading.Event(), threading.Event()
        self._source.read = self._held  # type: ignore[method-assign]

    def _held(self, row: Any) -> Any:
        self._source.read = self._read  # type: ignore[method-assign]
        self.entered.set()
        assert self.let_go.wait(WITHIN_S)
        raise self._outcome


@pytest.mark.parametrize(
    "outcome",
    [DocumentError("It changes while it is read.", code="document.changing"), Unchanged()],
)
def test_a_file_saved_again_while_it_is_read_is_read_again(
    shelf: Shelf, write: Write, outcome: Exception
) -> None:
    """What became of the first reading must not be noted over what waits (faults: D62)."""
    library = shelf.open()
    path = write("a.txt", "The gardener waters roses.")
    library.add([path])
    shelf.settle()
    held = HeldRead(shelf, outcome)
    write("a.txt", "The plumber mends pipes.")
    library.add([path])
    assert held.entered.wait(WITHIN_S)
    write("a.txt", "The painter paints walls.")
    assert library.add([path]) == 1
    held.let_go.set()
    shelf.settle()
    assert [d.state for d in library.documents()] == [DocumentState.INDEXED]
    assert shelf.found("painter") == ["a.txt"]


def test_a_file_that_is_as_before_again_leaves_nothing_of_what_it_was_meanwhile(
    shelf: Shelf, write: Write, wait_until: Callable[..., None]
) -> None:
    embedder = HeldEmbedder(free=3)
    library = shelf.open(embedder=embedder)
    path = write("a.txt", "The gardener waters roses.")
    library.add([path])
    shelf.settle()
    write("a.txt", LONG)
    library.add([path])
    assert embedder.entered.wait(WITHIN_S)
    wait_until(lambda: shelf.store.count() > 1, WITHIN_S)
    write("a.txt", "The gardener waters roses.")
    library.add([path])
    embedder.let_go.set()
    shelf.settle()
    assert shelf.store.count() == 1


def test_half_a_document_is_never_live_even_when_its_failure_cannot_be_noted(
    shelf: Shelf, write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Unlucky(HeldEmbedder):
        def embed(self, texts: Sequence[str], *, query: bool = False) -> list[Embedding]:
            made = super().embed(texts)
            if self.calls == 2:
                raise MemoryError("in the middle")
            return made

    library = shelf.open(embedder=Unlucky(free=1_000))
    manifest = library._parts.manifest
    noted: list[int] = []
    mark_failed = manifest.mark_failed

    def failing_once(document_id: str, version: int, reason: str, hint: str) -> bool:
        noted.append(version)
        if len(noted) == 1:
            raise StorageError("The disk is full.", code="storage.documents")
        return mark_failed(document_id, version, reason, hint)

    monkeypatch.setattr(manifest, "mark_failed", failing_once)
    library.add([write("a.txt", LONG), write("b.txt", "The plumber mends pipes.")])
    shelf.settle()
    assert len(noted) == 2
    states = {d.name: d.state for d in library.documents()}
    assert states == {"a.txt": DocumentState.FAILED, "b.txt": DocumentState.INDEXED}
    assert shelf.found("gardener") == []


@pytest.mark.parametrize("step", ["claim", "begin_version", "save_pending", "flip", "mark_failed"])
def test_a_full_disk_fails_no_document(
    shelf: Shelf, write: Write, monkeypatch: pytest.MonkeyPatch, step: str,
    wait_until: Callable[..., None],
) -> None:  # fmt: skip
    """faults: S51"""
    library = shelf.open()
    manifest = library._parts.manifest
    full = threading.Event()
    full.set()
    real = getattr(manifest, step)

    def refusing(*arguments: Any, **named: Any) -> Any:
        if full.is_set():
            raise StorageError("The disk is full.", code="storage.documents")
        return real(*arguments, **named)

    monkeypatch.setattr(manifest, step, refusing)
    library.add([write("a.txt", "The gardener waters roses."), write("b.pdf", "%PDF-1.4 no")])
    wait_until(lambda: library.trouble() is not None, WITHIN_S)
    full.clear()
    shelf.settle()
    states = {d.name: d.state for d in library.documents()}
    assert states == {"a.txt": DocumentState.INDEXED, "b.pdf": DocumentState.FAILED}


def test_closing_while_the_disk_is_full_leaves_what_waits(
    shelf: Shelf, write: Write, monkeypatch: pytest.MonkeyPatch,
    wait_until: Callable[..., None], caplog: pytest.LogCaptureFixture,
) -> None:  # fmt: skip
    library = shelf.open()

    def refusing(*_: Any, **__: Any) -> Any:
        raise StorageError("The disk is full.", code="storage.documents")

    monkeypatch.setattr(library._parts.manifest, "save_pending", refusing)
    library.add([write("a.txt", "The gardener waters roses.")])
    wait_until(lambda: library.trouble() is not None, WITHIN_S)
    with caplog.at_level(logging.ERROR):
        shelf.close()
    assert [r.getMessage() for r in caplog.records if r.levelno >= logging.ERROR] == []
    library = shelf.open()
    shelf.settle()
    assert [d.state for d in library.documents()] == [DocumentState.INDEXED]


def test_a_store_that_fails_takes_its_documents_along_and_nothing_else(
    shelf: Shelf, write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    library = shelf.open()
    upsert, entered, let_go = shelf.store.upsert, threading.Event(), threading.Event()

    def failing(points: Any) -> None:
        monkeypatch.setattr(shelf.store, "upsert", upsert)
        entered.set()
        assert let_go.wait(WITHIN_S)
        raise ServiceError("The index is not there.", hint="Wait.", code="service.vectors")

    monkeypatch.setattr(shelf.store, "upsert", failing)
    library.add([write("a.txt", "The gardener waters roses.")])
    assert entered.wait(WITHIN_S)
    library.add([write("b.txt", "The plumber mends pipes.")])
    let_go.set()
    shelf.settle()
    told = {d.name: (d.state, d.reason) for d in library.documents()}
    assert told["a.txt"] == (DocumentState.FAILED, "The index is not there.")
    assert told["b.txt"] == (DocumentState.INDEXED, "")


def test_what_waits_between_stages_when_the_library_closes_is_not_a_failure(
    shelf: Shelf, write: Write, caplog: pytest.LogCaptureFixture,
    wait_until: Callable[..., None],
) -> None:  # fmt: skip
    embedder = HeldEmbedder()
    library = shelf.open(embedder=embedder)
    pipeline = library._parts.pipeline
    library.add([write(f"paper-{i:02}.txt", f"The gardener waters rose {i}.") for i in range(20)])
    assert embedder.entered.wait(WITHIN_S)
    wait_until(lambda: len(pipeline._to_embed._items) == pipeline._to_embed._bound, WITHIN_S)
    with caplog.at_level(logging.ERROR):
        closing = threading.Thread(target=shelf.close)
        closing.start()
        wait_until(lambda: pipeline._to_embed._closed, WITHIN_S)
        embedder.let_go.set()
        closing.join()
    assert [record.getMessage() for record in caplog.records] == []
    library = shelf.open(embedder=embedder)
    shelf.settle()
    assert {d.state for d in library.documents()} == {DocumentState.INDEXED}


@pytest.mark.parametrize("known", [False, True])
def test_cancelling_leaves_nothing_of_what_was_half_written(
    shelf: Shelf, write: Write, wait_until: Callable[..., None], known: bool
) -> None:
    """A document that is saved again while it is written waits anew, and is then called off."""
    embedder = HeldEmbedder(free=3)
    library = shelf.open(embedder=embedder)
    manifest = library._parts.manifest
    if known:
        library.add([write("a.txt", "The gardener waters roses.")])
        shelf.settle()
    library.add([write("a.txt", LONG)])
    assert embedder.entered.wait(WITHIN_S)
    wait_until(lambda: shelf.store.count() > 1, WITHIN_S)
    library.pause(True)
    library.add([write("a.txt", f"{LONG} And more.")])
    assert library.cancel() == 1
    embedder.let_go.set()
    library.pause(False)
    shelf.settle()
    assert shelf.store.count() == (1 if known else 0)
    assert len(manifest.query("SELECT 1 FROM chunks")) == (1 if known else 0)


def test_cancelling_leaves_what_was_known_as_it_was(shelf: Shelf, write: Write) -> None:
    library = shelf.open()
    broken, key = write("a.pdf", "%PDF-1.4 no"), "note"
    library.add([broken])
    library.add_text("The gardener waters roses.", name="Note", document_id=key)
    shelf.settle()
    library.pause(True)
    library.add([broken, write("new.txt", "New.")])
    library.add_text("The plumber mends pipes.", name="Note", document_id=key)
    assert library.cancel() == 3
    library.pause(False)
    states = {d.name: d.state for d in library.documents()}
    assert states == {"a.pdf": DocumentState.FAILED, "Note": DocumentState.INDEXED}
    library.reindex(key)
    shelf.settle()
    assert shelf.found("plumber") == []
    assert shelf.found("gardener") == ["Note"]


def test_a_meeting_that_was_renamed_is_found_under_its_new_name(shelf: Shelf) -> None:
    from desktop.services.documents.library import Spoken

    library = shelf.open()
    for title in ("Meeting", "Garden talk"):
        library.add_transcript("s1", title, [Spoken("The gardener waters roses.", 1.0)])
        shelf.settle()
    assert shelf.found("gardener") == ["Garden talk"]
    assert [d.name for d in library.documents()] == ["Garden talk"]
