"""The documents for a command: a running server's, or opened here when there is none."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from desktop.errors import MalgeulError, NotFoundError
from desktop.events import Document, Event, IngestProgressed
from desktop.paths import Paths

if TYPE_CHECKING:
    from desktop.services.clients.rag_client import RagClient
    from desktop.services.documents.consistency import Verification
    from desktop.services.documents.library import DocumentLibrary

_UNDER_WAY = ("queued", "parsing", "indexing")


class Access(Protocol):
    """What commands do with documents."""

    is_local: bool

    def add(self, paths: Sequence[Path]) -> int: ...

    def watch(self, folder: Path) -> None: ...

    def documents(self) -> list[Document]: ...

    def remove(self, document_id: str) -> None: ...

    def verify(self) -> Verification: ...

    def wait(self, timeout_s: float) -> bool:
        """Whether all is done; returns after so long."""
        ...

    def progress(self) -> IngestProgressed: ...

    def trouble(self) -> MalgeulError | None:
        """Why nothing can be indexed; None where somebody else goes on trying."""
        ...


class LocalAccess:
    """A library in this process."""

    is_local = True

    def __init__(self, library: DocumentLibrary) -> None:
        self._library = library

    def add(self, paths: Sequence[Path]) -> int:
        return self._library.add(paths)

    def watch(self, folder: Path) -> None:
        self._library.watch(folder, True)

    def documents(self) -> list[Document]:
        return self._library.documents()

    def remove(self, document_id: str) -> None:
        self._library.remove(document_id)

    def verify(self) -> Verification:
        return self._library.verify()

    def wait(self, timeout_s: float) -> bool:
        return self._library.wait(timeout_s)

    def progress(self) -> IngestProgressed:
        return counted(self.documents())

    def trouble(self) -> MalgeulError | None:
        return self._library.trouble()


class ServedAccess:
    """A running server's library."""

    is_local = False

    def __init__(self, client: RagClient) -> None:
        self._client = client
        self._known: list[Document] = []

    def add(self, paths: Sequence[Path]) -> int:
        return self._client.add([str(path) for path in paths]) if paths else 0

    def watch(self, folder: Path) -> None:
        self._client.watch(str(folder), True)

    def documents(self) -> list[Document]:
        self._known = self._client.documents()
        return self._known

    def remove(self, document_id: str) -> None:
        self._client.remove(document_id)

    def verify(self) -> Verification:
        return self._client.verify()

    def wait(self, timeout_s: float) -> bool:
        """Asks again after a while: the server says nothing when there is nothing to say."""
        import time

        if not any(document.state in _UNDER_WAY for document in self.documents()):
            return True
        time.sleep(timeout_s)
        return False

    def progress(self) -> IngestProgressed:
        return counted(self._known)

    def trouble(self) -> MalgeulError | None:
        return None


def forget_meeting(paths: Paths, session_id: str) -> None:
    """Takes a deleted meeting out of the index: now, or when Malgeul runs the next time."""
    from desktop.services.documents.owed import OwedRemovals
    from desktop.services.documents.transcripts import transcript_id

    if not (paths.root / "documents" / "manifest.db").is_file():
        return
    owed = OwedRemovals(paths.root)
    owed.add(session_id)
    with contextlib.suppress(MalgeulError), opened(paths) as access:
        with contextlib.suppress(NotFoundError):  # it was never there
            access.remove(transcript_id(session_id))
        owed.done(session_id)


def counted(documents: Sequence[Document]) -> IngestProgressed:
    """How far the documents are, without a rate."""
    states = [document.state.value for document in documents]
    waiting = sum(state in _UNDER_WAY for state in states)
    failed = states.count("failed")
    done = len(states) - waiting - failed
    return IngestProgressed(waiting, done, failed, len(states), 0.0, None)


@contextlib.contextmanager
def opened(paths: Paths, hear: Callable[[Event], None] | None = None) -> Iterator[Access]:
    """The documents, closed at the end.

    Args:
        hear: told what happens, when they are opened here.
    """
    from desktop.services.clients.rag_client import RagClient
    from desktop.services.rag.opening import Documents
    from desktop.services.rag.surroundings import Surroundings

    surroundings = Surroundings(paths)
    if surroundings.endpoint("rag") is not None:
        client = RagClient(lambda: surroundings.endpoint("rag"))
        try:
            yield ServedAccess(client)
        finally:
            client.close()
        return
    documents = Documents(surroundings, hear)
    try:
        yield LocalAccess(documents.open().library)
    finally:
        documents.close()
