"""A vector store that is away for a moment costs time, no document."""

from __future__ import annotations

import contextlib
import threading
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest
from document_shelf import Shelf

from desktop.errors import ServiceError
from desktop.events import DocumentState
from desktop.services.clients.qdrant_server_store import QdrantServerStore
from desktop.services.clients.vectors import AWAY
from desktop.services.documents import absence, assembly
from desktop.services.documents.absence import Absence
from desktop.services.documents.library import DocumentLibrary

Write = Callable[[str, str | bytes], Path]
WITHIN_S = 60.0


class Away:
    """A Qdrant client whose server is not there while `away` is set."""

    def __init__(self) -> None:
        from qdrant_client import QdrantClient

        self._client = QdrantClient(":memory:")
        self.away = threading.Event()
        self.asked = threading.Event()

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._client, name)
        if not callable(found) or not self.away.is_set():
            return found

        def refused(*_: Any, **__: Any) -> Any:
            self.asked.set()
            raise ConnectionRefusedError(111, "Connection refused")

        return refused


@pytest.fixture
def client() -> Away:
    return Away()


@pytest.fixture
def library(shelf: Shelf, client: Away, tmp_path: Path) -> Iterator[DocumentLibrary]:
    """A library over a server's store."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # payload indexes do nothing in local mode
        store = QdrantServerStore(client, 8)
    library = DocumentLibrary(tmp_path / "data", store, shelf.terms, shelf.events.append)
    library.open()
    yield library
    client.away.clear()
    library.close()
    store.close()


@pytest.fixture
def patience(monkeypatch: pytest.MonkeyPatch) -> Callable[[float], None]:
    """`patience(seconds)`: how long a library that is opened from now on waits for its store."""

    def set_to(within_s: float) -> None:
        monkeypatch.setattr(assembly, "Absence", lambda: Absence(within_s))

    return set_to


def states(library: DocumentLibrary) -> dict[str, DocumentState]:
    return {d.name: d.state for d in library.documents()}


def test_documents_wait_for_a_server_that_is_started_again(
    library: DocumentLibrary, client: Away, write: Write
) -> None:
    client.away.set()
    library.add([write("a.txt", "The gardener waters roses.")])
    assert client.asked.wait(WITHIN_S)
    library.add([write("b.txt", "The plumber mends pipes.")])
    assert not library.wait(3.0), "longer than the store itself tries again"
    (first,) = [d for d in library.documents() if d.name == "a.txt"]
    assert first.state is DocumentState.INDEXING
    assert not library.is_live(first.document_id, 1)
    client.away.clear()
    assert library.wait(WITHIN_S)
    assert set(states(library).values()) == {DocumentState.INDEXED}
    assert library.verify().equal


def test_a_wait_in_vain_fails_what_is_written_and_the_next_at_once(
    client: Away, write: Write, patience: Callable[[float], None],
    request: pytest.FixtureRequest,
) -> None:  # fmt: skip
    patience(0.0)
    library: DocumentLibrary = request.getfixturevalue("library")
    client.away.set()
    papers = [write(f"{i}.txt", f"The gardener waters rose {i}.") for i in range(3)]
    library.add(papers)
    assert library.wait(WITHIN_S)
    assert set(states(library).values()) == {DocumentState.FAILED}
    assert "cannot be reached" in library.documents()[0].reason
    client.away.clear()
    assert library.add(papers) == 3
    assert library.wait(WITHIN_S)
    assert set(states(library).values()) == {DocumentState.INDEXED}
    assert library.verify().equal


def test_cancelling_ends_the_wait(library: DocumentLibrary, client: Away, write: Write) -> None:
    client.away.set()
    library.add([write("a.txt", "The gardener waters roses.")])
    assert client.asked.wait(WITHIN_S)
    library.cancel()
    assert library.wait(WITHIN_S)
    assert states(library) == {"a.txt": DocumentState.FAILED}


def test_closing_ends_the_wait_and_the_document_goes_on_at_the_next_start(
    library: DocumentLibrary, client: Away, write: Write
) -> None:
    client.away.set()
    library.add([write("a.txt", "The gardener waters roses.")])
    assert client.asked.wait(WITHIN_S)
    library.close()
    client.away.clear()
    library.open()
    assert library.wait(WITHIN_S)
    assert states(library) == {"a.txt": DocumentState.INDEXED}
    assert library.verify().equal


def test_a_document_added_again_while_its_removal_waits_is_indexed(
    library: DocumentLibrary, client: Away, write: Write
) -> None:
    path = write("a.txt", "The gardener waters roses.")
    library.add([path])
    assert library.wait(WITHIN_S)
    (before,) = library.documents()
    client.away.set()
    client.asked.clear()
    removing = threading.Thread(target=library.remove, args=(before.document_id,))
    removing.start()
    assert client.asked.wait(WITHIN_S)
    assert library.documents() == []
    assert library.add([path]) == 1
    client.away.clear()
    removing.join()
    assert library.wait(WITHIN_S)
    assert states(library) == {"a.txt": DocumentState.INDEXED}
    verification = library.verify()
    assert verification.equal
    assert verification.live == 1


def test_an_embedded_store_killed_again_and_again_loses_no_document(
    shelf: Shelf, write: Write
) -> None:
    library = shelf.open()
    over = threading.Event()

    def kill() -> None:
        for _ in range(12):
            for child in psutil.Process().children():
                with contextlib.suppress(psutil.Error):  # it was killed before
                    if any("edge_child" in word for word in child.cmdline()):
                        child.kill()
            if over.wait(0.25):
                return

    killer = threading.Thread(target=kill)
    library.add([write(f"{i}.txt", f"The gardener waters rose {i}.\n\n" * 40) for i in range(30)])
    killer.start()
    try:
        assert library.wait(WITHIN_S)
    finally:
        over.set()
        killer.join()
    assert {d.state for d in library.documents()} == {DocumentState.INDEXED}
    shelf.settle()


def test_what_the_store_refuses_is_not_tried_again() -> None:
    tried: list[int] = []

    def refused() -> None:
        tried.append(1)
        raise ServiceError("It answered 400.", code="service.vectors")

    with pytest.raises(ServiceError, match="400"):
        Absence().outwait(refused)
    assert tried == [1]


def test_an_ended_wait_stays_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(absence, "_FIRST_PAUSE_S", 3_600.0)

    def away() -> None:
        raise ServiceError("It cannot be reached.", code=AWAY)

    waiting = Absence()
    waiting.end()
    with pytest.raises(ServiceError):
        waiting.outwait(away)
