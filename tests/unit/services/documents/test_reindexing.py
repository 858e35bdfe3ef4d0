"""What is embedded when, and how index and manifest come to agree again after a loss."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Sequence
from pathlib import Path

from document_shelf import Shelf
from unit.services.documents.counting_embedder import CountingEmbedder

from desktop.events import DocumentState
from desktop.services.clients.embedder import Embedding
from desktop.services.clients.vectors import Point
from desktop.settings import IngestSettings

Write = Callable[[str, str | bytes], Path]


def test_the_same_content_is_embedded_once(shelf: Shelf, write: Write) -> None:
    embedder = CountingEmbedder()
    library = shelf.open(embedder=embedder)
    text = "The gardener waters roses."
    library.add([write("a.txt", text)])
    shelf.settle()
    library.add([write("copy.txt", text)])
    shelf.settle()
    assert embedder.texts == [text]
    assert sorted(shelf.found("gardener")) == ["a.txt", "copy.txt"]


def test_without_the_embedder_words_are_indexed_and_vectors_later(
    shelf: Shelf, write: Write
) -> None:
    embedder = CountingEmbedder()
    embedder.away = True
    library = shelf.open(embedder=embedder)
    library.add([write("a.txt", "The gardener waters roses.")])
    shelf.settle()
    assert shelf.found("gardener") == ["a.txt"]
    assert library.status().stale == 1
    embedder.away = False
    assert library.reindex() == 1
    shelf.settle()
    assert library.status().stale == 0
    assert len(embedder.texts) == 1


def test_a_batch_that_is_lost_takes_its_document_along(shelf: Shelf, write: Write) -> None:
    """Half a document must never look like a whole one."""

    class Unlucky(CountingEmbedder):
        calls = 0

        def embed(self, texts: Sequence[str], *, query: bool = False) -> list[Embedding]:
            self.calls += 1
            if self.calls == 2:
                raise MemoryError("in the middle")
            return super().embed(texts)

    library = shelf.open(embedder=Unlucky())
    text = "\n\n".join(f"Paragraph {i} about the gardener. " * 8 for i in range(300))
    library.add([write("a.txt", text), write("b.txt", "The gardener waters roses.")])
    shelf.settle()
    states = {document.name: document.state for document in library.documents()}
    assert states == {"a.txt": DocumentState.FAILED, "b.txt": DocumentState.INDEXED}
    assert library.verify().equal
    assert shelf.found("gardener") == ["b.txt"]


def test_another_chunker_is_another_version(shelf: Shelf, write: Write) -> None:
    library = shelf.open()
    path = write("a.txt", "The gardener waters roses. " * 40)
    library.add([path])
    shelf.settle()
    path.unlink()  # what was read is kept: the file is not needed
    shelf.close()
    library = shelf.open(settings=IngestSettings(chunk_chars=120))
    assert library.status().stale == 1
    document = library.documents()[0]
    before = document.chunks
    library.reindex()
    shelf.settle()
    after = library.document(document.document_id)
    assert after.state is DocumentState.INDEXED
    assert after.chunks > before
    assert library.status().stale == 0
    assert shelf.store.count() == after.chunks


def test_a_wiped_index_is_rebuilt_without_reading_or_embedding_again(
    shelf: Shelf, write: Write
) -> None:
    """faults: S51"""
    embedder = CountingEmbedder()
    library = shelf.open(embedder=embedder)
    path = write("a.txt", "The gardener waters roses.")
    library.add([path])
    shelf.settle()
    path.unlink()
    shelf.close()
    shutil.rmtree(shelf.root / "vectors")
    library = shelf.open(embedder=embedder)
    assert library.verify().equal
    assert shelf.found("gardener") == ["a.txt"]
    assert len(embedder.texts) == 1


def test_reconcile_removes_ghosts_and_restores_what_is_missing(shelf: Shelf, write: Write) -> None:
    library = shelf.open()
    library.add([write("a.txt", "The gardener waters roses."), write("b.txt", "Other things.")])
    shelf.settle()
    (a, b) = (d.document_id for d in library.documents())
    (hit,) = shelf.store.get(list(shelf.store.ids(a)))
    ghost = "00000000-0000-4000-8000-000000000001"
    shelf.store.upsert([Point(ghost, {**hit.payload, "version": 77}, {1: 1.0})])
    shelf.store.delete_document(b)
    found = library.verify()
    assert found.ghosts == (ghost,)
    assert len(found.missing) == 1
    library.reconcile()
    assert library.verify().equal
    assert shelf.found("gardener") == ["a.txt"]
