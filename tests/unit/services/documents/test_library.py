"""Documents from file to index and out of it again, against a real index."""

from __future__ import annotations

import logging
import os
import shutil
import sys
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import document_files as files
import numpy as np
import pytest
from document_shelf import Shelf

from desktop.errors import NotFoundError, ServiceError, StorageError
from desktop.events import DocumentChanged, DocumentState, IngestProgressed
from desktop.paths import as_path
from desktop.services.clients.embedder import Embedding
from desktop.services.clients.vectors import Point
from desktop.services.documents.files import walk
from desktop.services.documents.library import DocumentLibrary, Spoken
from desktop.settings import IngestSettings

Write = Callable[[str, str | bytes], Path]


class CountingEmbedder:
    """Vectors from the texts' hashes; counts, and fails when told to."""

    dimension = 8

    def __init__(self, model: str = "hash@1") -> None:
        self.model = model
        self.texts: list[str] = []
        self.away = False

    def embed(self, texts: Sequence[str], *, query: bool = False) -> list[Embedding]:
        if self.away:
            raise ServiceError("It is not there.", code="service.away")
        self.texts += texts
        vectors = [np.random.default_rng(abs(hash(t))).normal(size=8) for t in texts]
        return [Embedding((v / np.linalg.norm(v)).astype(np.float32), {}) for v in vectors]


def test_from_file_to_index(shelf: Shelf, write: Write) -> None:
    library = shelf.open()
    write("a/report.txt", "Quarterly revenue grew in Busan.")
    write("b/plan.md", "# Plan\n\nHire a gardener.")
    write("b/.hidden/x.txt", "nothing")
    write("node_modules/x.txt", "nothing")
    write("b/broken.pdf", "%PDF-1.4 no")
    write("b/picture.png", b"\x89PNG")
    assert library.add([write("a/report.txt", "Quarterly revenue grew in Busan.").parents[1]]) == 3
    shelf.settle()
    states = {d.name: (d.state, d.chunks) for d in library.documents()}
    assert states == {
        "report.txt": (DocumentState.INDEXED, 1),
        "plan.md": (DocumentState.INDEXED, 1),
        "broken.pdf": (DocumentState.FAILED, 0),
    }
    failed = next(d for d in library.documents() if d.name == "broken.pdf")
    assert failed.reason
    assert failed.hint
    assert shelf.found("gardener") == ["plan.md"]
    assert shelf.found("revenue")[0] == "report.txt"


def test_events_tell_each_state_and_the_end(shelf: Shelf, write: Write) -> None:
    library = shelf.open()
    library.add([write("a.txt", "One.")])
    shelf.settle()
    states = [e.document.state for e in shelf.events if isinstance(e, DocumentChanged)]
    assert states[0] is DocumentState.QUEUED
    assert states[-1] is DocumentState.INDEXED
    progress = [e for e in shelf.events if isinstance(e, IngestProgressed)]
    assert progress[-1].waiting == 0


def test_unchanged_files_are_not_read_again(shelf: Shelf, write: Write) -> None:
    library = shelf.open()
    path = write("a.txt", "One.")
    assert library.add([path]) == 1
    shelf.settle()
    assert library.add([path]) == 0
    epoch = library.epoch()
    write("a.txt", "One.")  # touched, not changed
    assert library.add([path]) == 1
    shelf.settle()
    assert library.epoch() == epoch


def test_a_changed_file_replaces_its_chunks(shelf: Shelf, write: Write) -> None:
    library = shelf.open()
    path = write("a.txt", "The gardener waters roses.")
    library.add([path])
    shelf.settle()
    write("a.txt", "The plumber mends pipes.")
    library.add([path])
    shelf.settle()
    assert shelf.found("gardener") == []
    assert shelf.found("plumber") == ["a.txt"]
    assert shelf.store.count() == 1


def test_a_failed_update_keeps_what_was_known(shelf: Shelf, write: Write) -> None:
    library = shelf.open()
    path = write("a.pdf", files.pdf("The gardener waters roses."))
    library.add([path])
    shelf.settle()
    write("a.pdf", "%PDF-1.4 broken")
    library.add([path])
    shelf.settle()
    assert library.documents()[0].state is DocumentState.FAILED
    assert shelf.found("gardener") == ["a.pdf"]


def test_removed_is_unreachable_and_gone(shelf: Shelf, write: Write) -> None:
    library = shelf.open()
    library.add([write("a.txt", "The gardener waters roses."), write("b.txt", "Other things.")])
    shelf.settle()
    document = next(d for d in library.documents() if d.name == "a.txt")
    epoch = library.epoch()
    library.remove(document.document_id)
    assert shelf.found("gardener") == []
    assert not library.is_live(document.document_id, 1)
    assert library.epoch() > epoch
    assert library.verify().equal
    assert shelf.store.ids(document.document_id) == set()
    with pytest.raises(NotFoundError):
        library.text_of(document.document_id)
    with pytest.raises(NotFoundError):
        library.remove(document.document_id)
    assert b"gardener" not in (shelf.root / "documents" / "manifest.db").read_bytes()


def test_removed_while_it_is_indexed(shelf: Shelf, write: Write) -> None:
    """faults: S52"""
    gate = threading.Event()
    entered = threading.Event()

    class Slow(CountingEmbedder):
        def embed(self, texts: Sequence[str], *, query: bool = False) -> list[Embedding]:
            entered.set()
            gate.wait(60)
            return super().embed(texts)

    library = shelf.open(embedder=Slow())
    text = "\n\n".join(f"Paragraph {i} about the gardener. " * 8 for i in range(300))
    library.add([write("a.txt", text)])
    assert entered.wait(60)
    (document,) = library.documents()
    library.remove(document.document_id)
    gate.set()
    shelf.settle()
    assert library.documents() == []
    assert shelf.store.ids() == set()


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


def test_texts_and_meetings_are_documents_too(shelf: Shelf) -> None:
    library = shelf.open()
    said = {"page": 99, "by": "me", "source": "another"}
    key = library.add_text("A note about zebras.", name="note", metadata=said)
    meeting = library.add_transcript("s1", "Weekly", [Spoken("We talk about walruses.", 12.5)])
    shelf.settle()
    assert shelf.found("zebras") == ["note"]
    (hit,) = shelf.store.get(list(shelf.store.ids(key)))
    assert hit.payload["by"] == "me"
    assert hit.payload["page"] == 99  # a text has no pages of its own
    assert hit.payload["source"] == "note"  # what we know is not overruled
    (hit,) = shelf.store.get(list(shelf.store.ids(meeting)))
    assert (hit.payload["kind"], hit.payload["session_id"], hit.payload["start_s"]) == (
        "transcript", "s1", 12.5,
    )  # fmt: skip
    assert library.document(meeting).kind == "transcript"
    library.add_text("A note about lions.", name="note", document_id=key)
    shelf.settle()
    assert shelf.found("zebras") == []
    assert library.text_of(key) == "A note about lions.\n"
    assert library.section(key, 2, 6) == "note"


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


def test_pause_cancel_and_go_on(shelf: Shelf, write: Write) -> None:
    library = shelf.open()
    library.pause(True)
    for i in range(5):
        write(f"{i}.txt", f"Text number {i}.")
    assert library.add([write("0.txt", "Text number 0.").parent]) == 5
    assert not library.wait(0.3)
    assert library.status().waiting == 5
    shelf.close()
    library = shelf.open()
    assert library.status().paused
    assert library.cancel() == 5
    assert library.documents() == []
    library.pause(False)
    library.add([write("0.txt", "Text number 0.")])
    shelf.settle()
    assert len(library.documents()) == 1


def test_what_waits_goes_on_after_a_restart(shelf: Shelf, write: Write) -> None:
    library = shelf.open()
    library.pause(True)
    library.add([write("a.txt", "The gardener waters roses.")])
    shelf.close()
    library = shelf.open()
    library.pause(False)
    shelf.settle()
    assert shelf.found("gardener") == ["a.txt"]


def test_one_library_at_a_time(shelf: Shelf) -> None:
    shelf.open()
    other = DocumentLibrary(shelf.root / "documents", shelf.store, shelf.terms, shelf.events.append)
    with pytest.raises(StorageError) as raised:
        other.open()
    assert raised.value.code == "storage.locked"
    with pytest.raises(NotFoundError):
        shelf.library.add([Path("/nowhere/at/all.txt")])


def test_the_epoch_is_never_ahead_of_what_may_be_found(
    shelf: Shelf, write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An answer made in between would be kept as one made after the change."""
    library = shelf.open()
    manifest = library._parts.manifest
    seen: list[tuple[int, int]] = []

    def watched(name: str) -> None:
        real = getattr(manifest, name)

        def step(*arguments: Any, **named: Any) -> Any:
            before = library.epoch()
            done = real(*arguments, **named)
            seen.append((library.epoch() - before, int(manifest.get("epoch")) - before))
            return done

        monkeypatch.setattr(manifest, name, step)

    watched("flip")
    watched("mark_removed")
    library.add([write("a.txt", "The gardener waters roses.")])
    shelf.settle()
    library.remove(library.documents()[0].document_id)
    assert seen == [(0, 1), (0, 1)]
    assert library.epoch() == int(manifest.get("epoch")) == 2


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
    shelf.settle()


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


def test_a_passage_where_it_stands(shelf: Shelf, write: Write) -> None:
    library = shelf.open()
    library.add([write("a.pdf", files.pdf("Nothing.", files.ENGLISH)),
                 write("a.md", f"# Title\n\n{files.ENGLISH} And more.")])  # fmt: skip
    shelf.settle()
    ids = {d.name: d.document_id for d in library.documents()}
    start = library.text_of(ids["a.pdf"]).index(files.ENGLISH)
    page = library.view(ids["a.pdf"], start, start + len(files.ENGLISH))
    assert (page.page, page.pages, len(page.boxes)) == (2, 2, 1)
    other = library.view(ids["a.pdf"], start, start + len(files.ENGLISH), page=1)
    assert (other.page, other.boxes) == (1, ())
    assert other.image != page.image
    with pytest.raises(NotFoundError):
        library.view(ids["a.pdf"], start, start, page=3)
    text = library.view(ids["a.md"], 0, 80, files.ENGLISH)
    ((first, last),) = text.marks
    assert text.text[first:last] == files.ENGLISH
    assert library.view(ids["a.md"], 0, 80, "something that is not there").marks == ()


def test_pages_of_text_are_turned(shelf: Shelf, write: Write) -> None:
    library = shelf.open()
    library.add([write("a.pptx", files.pptx())])
    shelf.settle()
    (document,) = library.documents()
    assert document.pages > 1
    shown = [library.view(document.document_id, 0, 5, page=n) for n in range(1, document.pages + 1)]
    assert "".join(view.text for view in shown) == library.text_of(document.document_id)
    assert [view.page for view in shown] == list(range(1, document.pages + 1))


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
