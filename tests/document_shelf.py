"""A library of documents over a real index, for tests."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from desktop.services.clients.embedder import Embedder
from desktop.services.clients.qdrant_edge_store import QdrantEdgeStore
from desktop.services.clients.vectors import Leg
from desktop.services.documents.library import DocumentLibrary
from desktop.services.rag.terms import TermVectors
from desktop.settings import IngestSettings

WAIT_S = 90.0


class Shelf:
    """A library with its index, opened and closed together; may be opened again."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.events: list[Any] = []
        self.terms = TermVectors()
        self.library: DocumentLibrary
        self.store: QdrantEdgeStore

    def open(
        self, *, embedder: Embedder | None = None, settings: IngestSettings | None = None
    ) -> DocumentLibrary:
        dimension = embedder.dimension if embedder is not None else None
        self.store = QdrantEdgeStore(self.root / "vectors", dimension)
        self.library = DocumentLibrary(
            self.root / "documents",
            self.store,
            self.terms,
            self.events.append,
            embedder=embedder,
            settings=settings,
        )
        try:
            self.library.open()
        except BaseException:
            self.store.close()
            raise
        return self.library

    def close(self) -> None:
        self.library.close()
        self.store.close()

    def found(self, words: str) -> list[str]:
        """Names of the documents that have the words and may be shown."""
        hits = self.store.search(Leg.TERMS, self.terms.query(words), 20)
        return [
            hit.payload["source"]
            for hit in hits
            if self.library.is_live(hit.payload["document_id"], hit.payload["version"])
        ]

    def settle(self) -> None:
        """Waits until all is indexed; the index then equals the manifest."""
        assert self.library.wait(WAIT_S)
        verification = self.library.verify()
        assert verification.equal, verification
