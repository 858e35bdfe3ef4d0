"""Everything that answers from documents, opened together and closed in reverse.  Any thread.

The RAG server has one `Documents` for its life; the command line opens one when no server runs.
Which store, cache, embedder and language model are in force is decided here, by what is there.
"""

from __future__ import annotations

import contextlib
import logging
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from desktop.errors import MalgeulError, NotFoundError, ServiceError
from desktop.events import Document, DocumentChanged, DocumentState, Event
from desktop.services.clients.embedder import Embedder, Reranker
from desktop.services.clients.http_embedder import EmbeddingServer, connect
from desktop.services.clients.vectors import VectorStore
from desktop.services.documents.library import DocumentLibrary
from desktop.services.keywords.morphology import MorphologicalAnalyser
from desktop.services.rag.answering import Answering
from desktop.services.rag.cache_in_force import CacheInForce
from desktop.services.rag.citations import CitationChecker
from desktop.services.rag.desk import AnswerDesk
from desktop.services.rag.feed import EventFeed, Published
from desktop.services.rag.model_in_force import ModelInForce
from desktop.services.rag.overlap import ContentReader
from desktop.services.rag.paraphrasing import Paraphraser
from desktop.services.rag.retrieval import Retriever
from desktop.services.rag.surroundings import Surroundings
from desktop.services.rag.terms import TermVectors
from desktop.services.supervisor.spec import Endpoint

_log = logging.getLogger(__name__)
_FINAL = (DocumentState.INDEXED, DocumentState.FAILED, DocumentState.REMOVED)
_LOOK_S = 2.0
_CATCH_UP_S, _CATCH_UP_AT_MOST_S = 60.0, 3_600.0


@dataclass(frozen=True, slots=True)
class _Open:
    """What is open at one time; another set when an embedding server comes.

    `store_at` is the store's server; None where it is embedded.
    """

    library: DocumentLibrary
    retriever: Retriever
    desk: AnswerDesk
    ways: Mapping[str, str]
    store_at: Endpoint | None
    closing: contextlib.ExitStack


class Documents:
    """The documents, what finds in them and what answers from them.  Made by `open_documents`.

    Args:
        surroundings: settings and the other servers.
        extra: told of changes besides the feed.
        analyser: of Korean, where one was started ahead; closed with the documents.
    """

    def __init__(
        self,
        surroundings: Surroundings,
        extra: Callable[[Published], None] | None = None,
        *,
        analyser: MorphologicalAnalyser | None = None,
    ) -> None:
        self.surroundings = surroundings
        self.feed = EventFeed()
        self._extra = extra
        self._terms = TermVectors(analyser)
        self._model = ModelInForce(surroundings.language_model)
        self._paraphraser = Paraphraser(self._model.get)
        self._cache = CacheInForce(lambda: surroundings.endpoint("redis"))
        self._changed = threading.Condition()
        self._switching = threading.Lock()
        self._closed = threading.Event()
        self._watcher: threading.Thread | None = None
        self._warmer: threading.Thread | None = None
        self._embedding = EmbeddingServer(lambda: surroundings.endpoint("embedding"))
        self._open: _Open | None = None

    # --- life -----------------------------------------------------------------------------------

    def open(self, *, watch: bool = False, korean: bool = False) -> Documents:
        """Opens everything.

        Args:
            watch: for a server's life: take an embedding server that comes later into use.
            korean: load the Korean analyser meanwhile, which takes seconds.

        Raises:
            StorageError: another process has the documents open, or they cannot be written.
            ServiceError: the vector store cannot be used.
        """
        if korean:
            self._warmer = threading.Thread(
                target=self._terms.words.warm, name="kiwi-warm", daemon=True
            )
            self._warmer.start()
        embedder, reranker = self._embedders()
        self._open = self._opened(embedder, reranker)
        if watch:
            self._watcher = threading.Thread(target=self._watch, name="surroundings", daemon=True)
            self._watcher.start()
        return self

    def close(self) -> None:
        """Stops answers, ends ingest, closes store and cache."""
        self._closed.set()
        self.feed.close()
        if self._watcher is not None:
            self._watcher.join()
        with self._switching:
            current, self._open = self._open, None
            if current is not None:
                current.closing.close()
        self._model.close()
        self._cache.close()
        self._embedding.close()
        self._terms.close()  # a load under way ends at once
        if self._warmer is not None:
            self._warmer.join()

    @property
    def library(self) -> DocumentLibrary:
        return self._now().library

    @property
    def retriever(self) -> Retriever:
        return self._now().retriever

    @property
    def desk(self) -> AnswerDesk:
        return self._now().desk

    # --- telling --------------------------------------------------------------------------------

    def snapshot(self) -> Sequence[Event]:
        """Every document as it is now."""
        now_s = time.time()
        return [DocumentChanged(document, now_s) for document in self.library.documents()]

    def ways(self) -> Mapping[str, str]:
        """What is in force of each part: "qdrant": "Qdrant Edge"...  Less while they are opened."""
        model, current = self._model.get(), self._open
        llm = model.name if model is not None else "none"
        opened = current.ways if current is not None else {}
        return {**opened, "redis": self._cache.way, "llm": llm}

    def describe(self) -> dict[str, Any]:
        """The ways in words, and how to get better ones."""
        ways = {**self._now().ways, **self.ways()}
        legs = ["words (Kiwi)"]
        if ways["embedding"] != "none":
            legs.append(f"vectors ({ways['embedding']})")
        if ways["reranker"] != "none":
            legs.append(f"reranker ({ways['reranker']})")
        hint = ""
        if ways["embedding"] == "none":
            hint = "Install the embedding runtime to search by meaning too."
        elif ways["llm"] == "none":
            hint = "Add a language model to get answers in its own words."
        return {"services": dict(ways), "way": ", ".join(legs), "hint": hint}

    def wait_for(self, document_id: str, timeout_s: float) -> Document | None:
        """The document once it is indexed, failed or removed; None when that takes longer."""
        ends_s = time.monotonic() + timeout_s
        with self._changed:
            while not self._closed.is_set():
                try:
                    document = self.library.document(document_id)
                except NotFoundError:
                    return None
                if document.state in _FINAL:
                    return document
                left_s = ends_s - time.monotonic()
                if left_s <= 0.0:
                    return None
                self._changed.wait(min(left_s, 1.0))
        return None

    def _publish(self, event: Published) -> None:
        self.feed.publish(event)
        if self._extra is not None:
            self._extra(event)
        with self._changed:
            self._changed.notify_all()

    # --- building -------------------------------------------------------------------------------

    def _now(self) -> _Open:
        current = self._open
        if current is None:
            raise ServiceError(
                "The documents are being opened.",
                hint="Try again in a moment.",
                code="service.not_yet",
            )
        return current

    def _embedders(self) -> tuple[Embedder | None, Reranker | None]:
        """What the embedding server offers now; nothing while it is not there."""
        if self.surroundings.endpoint("embedding") is None:
            return None, None
        try:
            return connect(self._embedding)
        except ServiceError as error:
            _log.warning("words alone: %s", error)
            return None, None

    def _opened(self, embedder: Embedder | None, reranker: Reranker | None) -> _Open:
        from desktop.services.clients.cached_embedder import CachedEmbedder
        from desktop.services.rag.retriever import HybridRetriever

        settings = self.surroundings.retrieval
        with contextlib.ExitStack() as closing:
            if embedder is not None:
                embedder = CachedEmbedder(
                    embedder, self._cache, lambda: settings().embedding_cache_s
                )
            store, store_at = _store(self.surroundings, embedder)
            closing.callback(store.close)
            library = self._library(store, embedder)
            library.open()
            closing.callback(library.close)
            retriever = HybridRetriever(
                store,
                self._terms,
                library.is_live,
                embedder=embedder,
                reranker=reranker,
                settings=settings,
                paraphrase=self._paraphraser,
            )
            desk = self._desk(library, retriever, embedder)
            closing.callback(desk.close)
            if embedder is not None and library.status().stale:
                library.reindex()
            ways = {
                "qdrant": "Qdrant Edge" if store_at is None else "Qdrant",
                "embedding": embedder.model if embedder is not None else "none",
                "reranker": reranker.model if reranker is not None else "none",
            }
            return _Open(library, retriever, desk, ways, store_at, closing.pop_all())

    def _library(self, store: VectorStore, embedder: Embedder | None) -> DocumentLibrary:
        return DocumentLibrary(
            self.surroundings.paths.root / "documents",
            store,
            self._terms,
            self._publish,
            embedder=embedder,
            settings=self.surroundings.settings().ingest,
        )

    def _desk(
        self, library: DocumentLibrary, retriever: Retriever, embedder: Embedder | None
    ) -> AnswerDesk:
        from desktop.services.clients.cache_part import CachePart

        reader = ContentReader(self._terms.words)
        answering = Answering(
            retriever,
            library,
            reader,
            CachePart(self._cache, library.identity()),
            self.surroundings.retrieval,
            model=self._model.get,
            checker=CitationChecker(reader, embedder),
        )
        return AnswerDesk(answering)

    def _watch(self) -> None:
        """Takes an embedding server that has come, or a store that has moved, into use."""
        not_before_s, gap_s = 0.0, _CATCH_UP_S
        while not self._closed.wait(_LOOK_S):
            embedder, reranker = self._embedders()
            current = self._open
            if current is None or self._is_outdated(current, embedder):
                self._change(current, embedder, reranker)
            elif (
                embedder is not None
                and time.monotonic() >= not_before_s
                and _caught_up(current.library)
            ):
                not_before_s = time.monotonic() + gap_s  # what it refuses each time is left alone
                gap_s = min(2 * gap_s, _CATCH_UP_AT_MOST_S)

    def _is_outdated(self, current: _Open, embedder: Embedder | None) -> bool:
        """Whether there are other vectors now, or the store is reached in another way."""
        if embedder is not None and current.ways["embedding"] != embedder.model:
            return True
        store_at = self.surroundings.endpoint("qdrant") if current.store_at is not None else None
        return store_at is not None and store_at != current.store_at

    def _change(
        self, current: _Open | None, embedder: Embedder | None, reranker: Reranker | None
    ) -> None:
        """Opens everything anew; what cannot be opened now is tried again later."""
        if embedder is not None:
            _log.info("vectors by %s from now on", embedder.model)
        with self._switching:
            if self._closed.is_set():
                return
            self._open = None
            if current is not None:
                current.closing.close()
            for found in ((embedder, reranker), (None, None)):
                try:
                    self._open = self._opened(*found)
                    return
                except Exception:  # noqa: BLE001 - words alone are better than nothing
                    _log.exception("the documents could not be opened")


def _caught_up(library: DocumentLibrary) -> bool:
    """Whether documents that missed their vectors are indexed again now."""
    try:
        return library.embed_missing() > 0
    except MalgeulError as error:
        _log.warning("vectors are still missing: %s", error)
        return True


def _store(
    surroundings: Surroundings, embedder: Embedder | None
) -> tuple[VectorStore, Endpoint | None]:
    """The store, and where its server is; None where it is embedded."""
    from desktop.services.clients import qdrant_server_store as server
    from desktop.services.clients.qdrant_edge_store import QdrantEdgeStore

    dimension = embedder.dimension if embedder is not None else None
    endpoint = surroundings.endpoint("qdrant")
    if endpoint is None:
        folder = surroundings.paths.root / "documents" / "vectors"
        return QdrantEdgeStore(folder, dimension), None
    key = endpoint.key.reveal() if endpoint.key is not None else ""
    return server.QdrantServerStore(server.connect(endpoint.url, key), dimension), endpoint
