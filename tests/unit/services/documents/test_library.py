"""Documents from file to index and out of it again, against a real index."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import document_files as files
import pytest
from document_shelf import Shelf
from unit.services.documents.counting_embedder import CountingEmbedder

from desktop.errors import NotFoundError, StorageError
from desktop.events import DocumentChanged, DocumentState, IngestProgressed
from desktop.services.clients.embedder import Embedding
from desktop.services.documents.library import DocumentLibrary, Spoken

Write = Callable[[str, str | bytes], Path]


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
