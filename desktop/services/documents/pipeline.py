"""From a file to live chunks, in stages that work at the same time.

```
manifest (queue) -> documents-parse -> documents-terms -> documents-embed -> documents-write
                    read, chunk         term vectors      embeddings         upsert, flip
```
Each stage is a thread; the queues between them hold a few batches, who is faster waits.  Parsing
and morphemes run in processes of their own, so the stages do overlap.  The write stage is the only
thread that changes the vector store; it also runs what others ask of the store (`on_writer`).
"""

from __future__ import annotations

import contextlib
import logging
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol, TypeVar

from desktop.errors import DocumentError, MalgeulError, StorageError
from desktop.events import DocumentState
from desktop.services.clients.embedder import Embedding
from desktop.services.clients.vectors import Point, VectorStore
from desktop.services.documents.channel import Channel, ClosedError
from desktop.services.documents.chunk import Chunk
from desktop.services.documents.manifest import Manifest
from desktop.services.documents.rows import Row
from desktop.services.documents.sources import DocumentSource, Unchanged
from desktop.services.documents.vectors import VectorMaker

_log = logging.getLogger(__name__)
Result = TypeVar("Result")

BATCH_CHUNKS = 64
QUEUED_BATCHES = 4
_UPSERTED_TOGETHER = 8
_JOIN_S = 60.0


@dataclass
class Batch:
    """Some chunks of one version on their way; `last` ends the document."""

    row: Row
    version: int
    chunks: list[Chunk]
    last: bool
    total: int
    terms: Sequence[Mapping[int, float]] = ()
    embeddings: Sequence[Embedding] | None = None


@dataclass
class _Task:
    """Something to be done on the write thread."""

    call: Callable[[], Any]
    done: Future[Any] = field(default_factory=Future)


class Listener(Protocol):
    """What the pipeline tells; called on its threads."""

    def changed(self, document_id: str, progress: float = 0.0) -> None:
        """A document's state changed."""

    def wrote(self, chunks: int) -> None:
        """So many chunks were written."""

    def flipped(self, document_id: str, version: int) -> None:
        """A version is live."""

    def idle(self) -> None:
        """Something came to its end; perhaps all."""


class Pipeline:
    """Runs the stages.

    Args:
        manifest: says what waits.
        store: changed on the write thread only.
        maker: of vectors.
        source: gives the chunks of a document.
        listener: told what happens.
    """

    def __init__(
        self,
        manifest: Manifest,
        store: VectorStore,
        maker: VectorMaker,
        source: DocumentSource,
        listener: Listener,
    ) -> None:
        self._manifest = manifest
        self._store = store
        self._maker = maker
        self._source = source
        self._listener = listener
        self._wake = threading.Condition()
        self._stopping = False
        self._paused = False
        self._flying: set[str] = set()
        self._resumed: deque[Row] = deque()
        self._models: dict[str, str] = {}
        self._to_terms: Channel[Batch] = Channel(QUEUED_BATCHES)
        self._to_embed: Channel[Batch] = Channel(QUEUED_BATCHES)
        self._to_write: Channel[Batch | _Task] = Channel(2 * QUEUED_BATCHES)
        self._threads = [
            threading.Thread(target=self._run, args=(stage,), name=f"documents-{name}")
            for name, stage in (
                ("parse", self._parse_next),
                ("terms", self._encode_next),
                ("embed", self._embed_next),
                ("write", self._write_next),
            )
        ]

    def start(self) -> None:
        for thread in self._threads:
            thread.start()

    def stop(self, interrupt: Callable[[], None]) -> None:
        """Ends the stages after what each is at; what waits goes on at the next start.

        Args:
            interrupt: ends a parse under way.
        """
        with self._wake:
            self._stopping = True
            self._wake.notify_all()
        self._to_terms.close()
        self._to_embed.close()
        for left in self._to_write.close():
            if isinstance(left, _Task):
                left.done.set_exception(closed())
        interrupt()
        for thread in self._threads:
            thread.join(_JOIN_S)

    def resume(self) -> None:
        """Goes on with versions whose chunks an earlier run left half indexed."""
        for row in self._manifest.rows("WHERE state = 'indexing'"):
            with self._wake:
                self._flying.add(row.document_id)
                self._resumed.append(row)
                self._wake.notify_all()

    def wake(self) -> None:
        """There may be something to do."""
        with self._wake:
            self._wake.notify_all()

    def pause(self, on: bool) -> None:
        with self._wake:
            self._paused = on
            self._wake.notify_all()

    @property
    def flying(self) -> set[str]:
        """Documents between parse and flip."""
        with self._wake:
            return set(self._flying)

    def on_writer(self, call: Callable[[], Result]) -> Future[Result]:
        """Runs `call` on the thread that owns the store, before what waits there."""
        task = _Task(call)
        try:
            self._to_write.put(task, urgent=True)
        except ClosedError:
            task.done.set_exception(closed())
        return task.done

    # the stages ------------------------------------------------------------------------------
    def _run(self, stage: Callable[[], None]) -> None:
        while not self._stopping:
            try:
                stage()
            except ClosedError:
                return
            except Exception:  # noqa: BLE001 - a stage that ends would stop all documents
                _log.exception("a stage of indexing failed; it goes on with the next document")
                with self._wake:
                    if not self._stopping:
                        self._wake.wait(1.0)

    def _parse_next(self) -> None:
        row = self._next()
        if row is None:
            return
        self._listener.changed(row.document_id)
        if row.state is DocumentState.INDEXING:
            self._feed(row, row.pending, self._manifest.chunks(row.document_id, row.pending))
            return
        try:
            found = self._source.read(row)
        except Unchanged:
            self._manifest.update(row.document_id, state="indexed", reason="", hint="")
            self._land(row.document_id)
        except MalgeulError as error:
            self.fail(row.document_id, error)
        except Exception as error:
            self.fail(row.document_id, _unexpected(error))
            raise
        else:
            if found is None:  # removed meanwhile
                self._land(row.document_id)
                return
            self._listener.changed(row.document_id)
            self._feed(row, *found)

    def _feed(self, row: Row, version: int, chunks: list[Chunk]) -> None:
        """Sends a pending version's chunks on."""
        for at in range(0, max(len(chunks), 1), BATCH_CHUNKS):
            part = chunks[at : at + BATCH_CHUNKS]
            last = at + BATCH_CHUNKS >= len(chunks)
            self._to_terms.put(Batch(row, version, part, last, len(chunks)))

    def _next(self) -> Row | None:
        """Waits for a document; None when there may be none after all."""
        with self._wake:
            if self._paused or self._stopping:
                self._wake.wait_for(lambda: self._stopping or not self._paused)
                return None
            row = self._resumed.popleft() if self._resumed else self._manifest.claim()
            if row is None:
                self._wake.wait()
            else:
                self._flying.add(row.document_id)
            return row

    def _encode_next(self) -> None:
        batch = self._to_terms.get()
        if not self._manifest.is_pending(batch.row.document_id, batch.version):
            self._land(batch.row.document_id, batch.last)
            return
        with self._failing(batch):
            batch.terms = self._maker.terms_of(batch.chunks)
            self._to_embed.put(batch)

    def _embed_next(self) -> None:
        batch = self._to_embed.get()
        with self._failing(batch):
            batch.embeddings = self._maker.embeddings_of(batch.chunks)
            self._to_write.put(batch)

    @contextlib.contextmanager
    def _failing(self, batch: Batch) -> Iterator[None]:
        """A batch that is lost takes its document along: half of one must never become live."""
        try:
            yield
        except ClosedError:  # closing loses nothing: it stays pending
            raise
        except MalgeulError as error:
            self.fail(batch.row.document_id, error)
        except Exception as error:
            self.fail(batch.row.document_id, _unexpected(error))
            raise

    def _write_next(self) -> None:
        batches: list[Batch] = []
        for item in (self._to_write.get(), *self._to_write.get_ready(_UPSERTED_TOGETHER - 1)):
            if isinstance(item, _Task):
                self._write(batches)
                batches = []
                _perform(item)
            else:
                batches.append(item)
        self._write(batches)

    def _write(self, batches: list[Batch]) -> None:
        wanted = [b for b in batches if self._manifest.is_pending(b.row.document_id, b.version)]
        if wanted:
            try:
                self._store.upsert([p for batch in wanted for p in points(batch)])
            except Exception as error:
                for batch in wanted:
                    self.fail(batch.row.document_id, _unexpected(error))
                raise
        for batch in batches:
            document_id = batch.row.document_id
            if batch not in wanted:
                self._land(document_id, batch.last)
                continue
            self._listener.wrote(len(batch.chunks))
            if batch.embeddings is None and batch.chunks:
                self._models[document_id] = ""
            if batch.last:
                self._flip(batch)
            else:
                done = (batch.chunks[-1].ordinal + 1) / batch.total
                self._listener.changed(document_id, done)

    def _flip(self, batch: Batch) -> None:
        """Makes the version live, then drops the one before."""
        document_id = batch.row.document_id
        model = self._models.pop(document_id, self._maker.model)
        if self._manifest.flip(
            document_id, batch.version, terms=self._maker.terms_version, model=model,
            wall_s=time.time(),
        ):  # fmt: skip
            self._listener.flipped(document_id, batch.version)
            if batch.row.last_version > 0:
                self._store.delete_document(document_id, keep_version=batch.version)
                self._manifest.forget_versions(document_id, batch.version)
        self._land(document_id)

    def fail(self, document_id: str, error: MalgeulError) -> None:
        """Notes why a document is not indexed; its live version, if any, stays."""
        if self._stopping:
            return  # it was interrupted; it waits again at the next start
        self._manifest.abandon_pending(document_id)
        self._manifest.update(
            document_id, state=DocumentState.FAILED.value, reason=error.message, hint=error.hint
        )
        self.on_writer(lambda: self._clean(document_id))

    def _clean(self, document_id: str) -> None:
        """Takes back what was written of a version that failed."""
        live = self._manifest.live().get(document_id)
        try:
            self._store.delete_document(document_id, keep_version=live)
        finally:
            self._land(document_id)

    def _land(self, document_id: str, really: bool = True) -> None:
        if not really:
            return
        with self._wake:
            self._flying.discard(document_id)
        self._models.pop(document_id, None)
        self._listener.changed(document_id)
        self._listener.idle()


def points(batch: Batch) -> list[Point]:
    """What is stored of a batch."""
    found = []
    for index, chunk in enumerate(batch.chunks):
        embedding = batch.embeddings[index] if batch.embeddings is not None else None
        found.append(
            Point(
                chunk.chunk_id,
                payload_of(batch.row, chunk),
                batch.terms[index],
                embedding.sparse if embedding is not None else {},
                embedding.dense if embedding is not None else None,
            )
        )
    return found


def payload_of(row: Row, chunk: Chunk) -> dict[str, Any]:
    """A chunk with what is known of its document; only where nothing is, the caller's words."""
    return {
        **row.metadata,
        "text": chunk.text,
        "source": row.name,
        "kind": "transcript" if row.session_id else "document",
        "document_id": chunk.document_id,
        "version": chunk.version,
        "ordinal": chunk.ordinal,
        "page": chunk.page or row.said_page,
        "start": chunk.start,
        "end": chunk.end,
        "heading": chunk.heading,
        "section_start": chunk.section_start,
        "section_end": chunk.section_end,
        "table": chunk.table,
        "start_s": chunk.start_s,
        "session_id": row.session_id,
        "folder": row.folder,
        "suffix": Path(row.path).suffix.lower(),
    }


def closed() -> StorageError:
    return StorageError(
        "The documents are closed.", hint="Start Malgeul again.", code="storage.closed"
    )


def _perform(task: _Task) -> None:
    try:
        task.done.set_result(task.call())
    except BaseException as error:  # noqa: BLE001 - it belongs to who asked
        task.done.set_exception(error)


def _unexpected(error: Exception) -> DocumentError:
    text = f"It could not be indexed: {type(error).__name__}."
    hint = "The log has the details; try it again."
    return DocumentError(text, hint=hint, code="document.unexpected")
