"""From a file to live chunks, in stages that work at the same time.

```
manifest (queue) -> documents-parse -> documents-terms -> documents-embed -> documents-write
                    read, chunk         term vectors      embeddings         upsert, flip
```
Each stage is a thread; the queues between them hold a few batches, who is faster waits.  Parsing
and morphemes run in processes of their own, so the stages do overlap.  The write stage is the only
thread that changes the vector store; it also runs what others ask of the store (`on_writer`).  A
store that is away for a moment is waited for, and everything before the write stage with it.
"""

from __future__ import annotations

import contextlib
import functools
import logging
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from typing import TypeVar

from desktop.errors import DocumentError, MalgeulError, StorageError
from desktop.events import DocumentState
from desktop.services.clients.vectors import VectorStore
from desktop.services.documents.absence import Absence
from desktop.services.documents.batch import Batch, points
from desktop.services.documents.channel import Channel, ClosedError
from desktop.services.documents.chunk import Chunk
from desktop.services.documents.manifest import Manifest
from desktop.services.documents.rows import Row
from desktop.services.documents.sources import DocumentSource, Unchanged
from desktop.services.documents.vectors import VectorMaker
from desktop.services.documents.work import (
    TRY_AGAIN,
    UNDER_WAY,
    Listener,
    Task,
    Written,
    closed,
    log_unexpected,
    perform,
    unexpected,
)

_log = logging.getLogger(__name__)
Result = TypeVar("Result")

BATCH_CHUNKS = 64
QUEUED_BATCHES = 4
_UPSERTED_TOGETHER = 8
_JOIN_S = 60.0
_STORED_AGAIN_S = 2.0
_NOT_WHOLE = "It could not be indexed: a part of it was lost."


class Pipeline:
    """Runs the stages.

    Args:
        manifest: says what waits.
        store: changed on the write thread only.
        maker: of vectors.
        source: gives the chunks of a document.
        listener: told what happens.
        absence: waits for the store.
    """

    def __init__(
        self,
        manifest: Manifest,
        store: VectorStore,
        maker: VectorMaker,
        source: DocumentSource,
        listener: Listener,
        *,
        absence: Absence,
    ) -> None:
        self._manifest = manifest
        self._store = store
        self._maker = maker
        self._source = source
        self._listener = listener
        self._absence = absence
        self._wake = threading.Condition()
        self._stopping = False
        self._paused = False
        self.trouble: StorageError | None = None  # why nothing can be stored now
        self._flying: set[str] = set()
        self._resumed: deque[Row] = deque()
        self._written: dict[tuple[str, int], Written] = {}  # on the write thread alone
        self._to_terms: Channel[Batch] = Channel(QUEUED_BATCHES)
        self._to_embed: Channel[Batch] = Channel(QUEUED_BATCHES)
        self._to_write: Channel[Batch | Task] = Channel(2 * QUEUED_BATCHES)
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
        self._absence.end()
        self._to_terms.close()
        self._to_embed.close()
        for left in self._to_write.close():
            if isinstance(left, Task):
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

    def tidy(self, called_off: Sequence[Row]) -> None:
        """Takes back what was written of versions that nobody waits for any more."""
        for row in called_off:
            if row.last_version > row.version:
                self.on_writer(functools.partial(self._tidy, row.document_id))

    @property
    def flying(self) -> set[str]:
        """Documents between parse and flip."""
        with self._wake:
            return set(self._flying)

    def on_writer(self, call: Callable[[], Result]) -> Future[Result]:
        """Runs `call` on the thread that owns the store, before what waits there."""
        task = Task(call)
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
            except StorageError as error:
                self._rest(error)
            except Exception:  # noqa: BLE001 - a stage that ends would stop all documents
                _log.exception("a stage of indexing failed; it goes on with the next document")
                with self._wake:
                    if not self._stopping:
                        self._wake.wait(1.0)

    def _stored(self, call: Callable[[], Result]) -> Result:
        """What `call` returns once the manifest can be written: a full disk fails no document.

        Raises:
            ClosedError: the stages end.
        """
        while True:
            try:
                return call()
            except StorageError as error:
                self._rest(error)
                if self._stopping:
                    raise ClosedError from error

    def _rest(self, error: StorageError) -> None:
        """Says once why nothing can be stored, and waits a moment."""
        if self.trouble is None:
            _log.warning("indexing waits: %s", error)
        self.trouble = error
        with self._wake:
            self._wake.wait_for(lambda: self._stopping, _STORED_AGAIN_S)

    def _parse_next(self) -> None:
        row = self._next()
        if row is None:
            return
        document_id = row.document_id
        self._listener.changed(document_id)
        found: tuple[int, list[Chunk]] | None
        try:
            if row.state is DocumentState.INDEXING:
                found = row.pending, self._manifest.chunks(document_id, row.pending)
            else:
                found = self._stored(lambda: self._source.read(row))
        except Unchanged:
            unchanged = self._stored(lambda: self._manifest.mark_unchanged(document_id))
            if unchanged and row.last_version != row.version:
                self.on_writer(lambda: self._clean(document_id))
            else:
                self._land(document_id)
        except ClosedError:
            raise
        except Exception as error:  # noqa: BLE001 - whatever it is, the next document is read
            version = row.pending if row.state is DocumentState.INDEXING else 0
            self._fail(document_id, error, version)
            log_unexpected(error)
        else:
            if found is None:  # removed meanwhile, or it waits again
                self._land(document_id)
                return
            self.trouble = None
            self._listener.changed(document_id)
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
        with self._failing(batch):
            if not self._wanted([batch]):
                self._land(batch.row.document_id, batch.last)
                return
            batch.terms = self._stored(lambda: self._maker.terms_of(batch.chunks))
            self._to_embed.put(batch)

    def _embed_next(self) -> None:
        batch = self._to_embed.get()
        with self._failing(batch):
            batch.embeddings = self._stored(lambda: self._maker.embeddings_of(batch.chunks))
            self._to_write.put(batch)

    @contextlib.contextmanager
    def _failing(self, batch: Batch) -> Iterator[None]:
        """A batch that is lost takes its document along: half of one must never become live."""
        try:
            yield
        except ClosedError:  # closing loses nothing: it stays pending
            raise
        except Exception as error:  # noqa: BLE001 - the stage goes on with the next batch
            self._fail(batch.row.document_id, error, batch.version)
            log_unexpected(error)

    def _write_next(self) -> None:
        batches: list[Batch] = []
        for item in (self._to_write.get(), *self._to_write.get_ready(_UPSERTED_TOGETHER - 1)):
            if isinstance(item, Task):
                self._write(batches)
                batches = []
                perform(item)
            else:
                batches.append(item)
        self._write(batches)

    def _write(self, batches: list[Batch]) -> None:
        """Writes batches; those that cannot be written take their documents along."""
        wanted = self._wanted(batches)

        def upsert() -> None:
            wanted[:] = self._wanted(wanted)  # some may have been removed during a wait
            self._store.upsert([p for batch in wanted for p in points(batch)])

        try:
            if wanted:
                self._stored(lambda: self._absence.outwait(upsert))
        except ClosedError:
            raise
        except Exception as error:  # noqa: BLE001 - what waits behind them must still be done
            for batch in batches:
                self._fail(batch.row.document_id, error, batch.version)
            log_unexpected(error)
            return
        for batch in batches:
            with self._failing(batch):
                if any(batch is each for each in wanted):
                    self._note_written(batch)
                else:
                    self._written.pop((batch.row.document_id, batch.version), None)
                    self._land(batch.row.document_id, batch.last)

    def _wanted(self, batches: list[Batch]) -> list[Batch]:
        return [b for b in batches if self._manifest.is_pending(b.row.document_id, b.version)]

    def _note_written(self, batch: Batch) -> None:
        document_id = batch.row.document_id
        self._listener.wrote(len(batch.chunks))
        written = self._written.setdefault((document_id, batch.version), Written())
        written.chunks += len(batch.chunks)
        written.embedded &= batch.embeddings is not None or not batch.chunks
        if not batch.last:
            self._listener.changed(document_id, written.chunks / batch.total)
        elif written.chunks == batch.total:
            self._flip(batch, written)
        else:  # one of its batches was lost where even that could not be noted
            raise DocumentError(_NOT_WHOLE, hint=TRY_AGAIN, code="document.unexpected")

    def _flip(self, batch: Batch, written: Written) -> None:
        """Makes the version live, then drops the one before."""
        document_id = batch.row.document_id
        del self._written[document_id, batch.version]
        model = self._maker.model if written.embedded else ""
        flip = functools.partial(
            self._manifest.flip, document_id, batch.version,
            terms=self._maker.terms_version, model=model, wall_s=time.time(),
        )  # fmt: skip
        if self._stored(flip):
            self.trouble = None
            self._listener.flipped(document_id, batch.version)
            if batch.row.last_version > 0:
                self._delete(document_id, batch.version)
                self._stored(lambda: self._manifest.forget_versions(document_id, batch.version))
        self._land(document_id)

    def _fail(self, document_id: str, error: Exception, version: int = 0) -> None:
        """Notes why a document is not indexed; its live version, if any, stays.

        Args:
            version: the one that failed; 0 while it has none.  When the document waits again
                meanwhile, nothing is noted: the next one may be better.
        """
        if self._stopping:
            return  # it was interrupted; it waits again at the next start
        told = error if isinstance(error, MalgeulError) else unexpected(error)
        why = told.message, told.hint
        if self._stored(lambda: self._manifest.mark_failed(document_id, version, *why)):
            self.on_writer(lambda: self._clean(document_id))
        else:
            self._land(document_id)

    def _clean(self, document_id: str) -> None:
        """Takes back what was written of a version that failed."""
        self._written = {k: w for k, w in self._written.items() if k[0] != document_id}
        try:
            self._delete(document_id, self._manifest.live().get(document_id))
        finally:
            self._land(document_id)

    def _tidy(self, document_id: str) -> None:
        """Unless it waits again: its next version takes the rest along."""
        found = self._manifest.rows("WHERE document_id = ?", (document_id,))
        if not any(row.state in UNDER_WAY for row in found):
            self._clean(document_id)

    def _delete(self, document_id: str, keep_version: int | None) -> None:
        self._absence.outwait(
            lambda: self._store.delete_document(document_id, keep_version=keep_version)
        )

    def _land(self, document_id: str, really: bool = True) -> None:
        if not really:
            return
        with self._wake:
            self._flying.discard(document_id)
        self._listener.changed(document_id)
        self._listener.idle()
