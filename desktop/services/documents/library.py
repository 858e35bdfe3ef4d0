"""The documents that questions can be asked of: added, watched, indexed, removed.  Any thread.

The facade of this package for the RAG server and the command line.  The manifest is the source of
truth, the vector store follows it: what the manifest does not call live is never an answer, even
while its vectors are still there.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from desktop.events import Document, DocumentChanged, IngestProgressed
from desktop.records import PassageView
from desktop.services.clients.embedder import Embedder
from desktop.services.clients.vectors import VectorStore
from desktop.settings import IngestSettings

Publish = Callable[[DocumentChanged | IngestProgressed], None]


class TermsEncoder(Protocol):
    """Turns passages into sparse vectors of words (`desktop.services.rag.terms.TermVectors`)."""

    @property
    def version(self) -> str: ...

    def documents(
        self, texts: Sequence[str], headings: Sequence[str] | None = None
    ) -> list[dict[int, float]]: ...


@dataclass(frozen=True, slots=True)
class LibraryStatus:
    """`stale` counts documents that another model, chunker or parser indexed."""

    documents: int
    failed: int
    chunks: int
    storage_bytes: int
    watched: tuple[str, ...]
    paused: bool
    waiting: int
    stale: int
    terms: str  # version of the term vectors
    model: str  # name of the embedding model; "" without one


@dataclass(frozen=True, slots=True)
class Verification:
    """Manifest and vector store compared both ways; `equal` when nothing is on one side only."""

    live: int
    ghosts: tuple[str, ...]  # points whose chunk the manifest does not call live
    missing: tuple[str, ...]  # live chunks without a point

    @property
    def equal(self) -> bool:
        return not self.ghosts and not self.missing


@dataclass(frozen=True, slots=True)
class Spoken:
    """A line of a meeting."""

    text: str
    start_s: float
    speaker: str = ""


class DocumentLibrary:
    """Everything about documents but searching them.

    Args:
        root: the folder of the manifest.
        store: where the points go.  The library changes it from one thread of its own.
        terms: makes term vectors.
        publish: told of every change, on the library's threads.
        embedder: makes vectors of meaning; None: words alone.
        settings: limits and sizes.
    """

    def __init__(
        self,
        root: Path,
        store: VectorStore,
        terms: TermsEncoder,
        publish: Publish,
        *,
        embedder: Embedder | None = None,
        settings: IngestSettings | None = None,
    ) -> None:
        raise NotImplementedError

    def open(self) -> None:
        """Takes the lock, repairs what a kill left, goes on with what waits, watches folders.

        Raises:
            StorageError: ``storage.locked`` when another process has it, or it cannot be written.
        """
        raise NotImplementedError

    def close(self) -> None:
        """Ends all threads and the parser; what waits goes on at the next `open`."""
        raise NotImplementedError

    # what there is ---------------------------------------------------------------------------
    def documents(self) -> list[Document]:
        raise NotImplementedError

    def document(self, document_id: str) -> Document:
        """Raises NotFoundError."""
        raise NotImplementedError

    def status(self) -> LibraryStatus:
        raise NotImplementedError

    def epoch(self) -> int:
        """Grows with every change of what can be found: part of a cached answer's key."""
        raise NotImplementedError

    def is_live(self, document_id: str, version: int) -> bool:
        """Whether a point of this document and version may be shown.  Every hit is asked for."""
        raise NotImplementedError

    def text_of(self, document_id: str) -> str:
        """The whole extracted text.  Raises NotFoundError."""
        raise NotImplementedError

    def section(self, document_id: str, start: int, end: int) -> str:
        """``text_of(document_id)[start:end]`` without reading all of it twice."""
        raise NotImplementedError

    def view(self, document_id: str, start: int, end: int, quote: str = "") -> PassageView:
        """The page or text around a passage, with the passage marked.  Raises NotFoundError."""
        raise NotImplementedError

    # changing it -----------------------------------------------------------------------------
    def add(self, paths: Sequence[Path]) -> int:
        """Queues files and what is in folders; returns how many.  Cancelled by `cancel`."""
        raise NotImplementedError

    def add_text(
        self,
        text: str,
        *,
        name: str,
        metadata: Mapping[str, Any] | None = None,
        document_id: str = "",
    ) -> str:
        """Queues a text that came without a file; the same id replaces.  Returns the id."""
        raise NotImplementedError

    def add_transcript(self, session_id: str, title: str, lines: Sequence[Spoken]) -> str:
        """Queues a meeting's lines, in order; again replaces.  Returns the document's id."""
        raise NotImplementedError

    def remove(self, document_id: str) -> None:
        """Makes it unreachable at once, and returns when its points are gone.

        Raises:
            NotFoundError: there is no such document.
        """
        raise NotImplementedError

    def reindex(self, document_id: str = "") -> int:
        """Queues one document anew, or all that are stale; returns how many."""
        raise NotImplementedError

    def watch(self, folder: Path, on: bool) -> None:
        """Indexes a folder now and whenever something in it changes; kept over restarts."""
        raise NotImplementedError

    def pause(self, on: bool) -> None:
        raise NotImplementedError

    def cancel(self) -> int:
        """Forgets what waits; what is indexed stays.  Returns how many were forgotten."""
        raise NotImplementedError

    def wait(self, timeout_s: float | None = None) -> bool:
        """Whether nothing waited or ran any more before the time was over."""
        raise NotImplementedError

    # consistency -----------------------------------------------------------------------------
    def verify(self) -> Verification:
        """Compares the manifest's live chunks with the points there are, both ways."""
        raise NotImplementedError

    def reconcile(self) -> Verification:
        """Makes the store equal to the manifest; returns what was different before."""
        raise NotImplementedError
