"""The documents that questions can be asked of: added, watched, indexed, removed.  Any thread.

The facade of this package for the RAG server and the command line.  The manifest is the source of
truth, the vector store follows it: what the manifest does not call live is never an answer, even
while its vectors are still there.
"""

from __future__ import annotations

import functools
import os
import threading
import unicodedata
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from desktop.errors import NotFoundError, StorageError
from desktop.events import Document, DocumentState
from desktop.paths import as_path, as_text
from desktop.records import PassageView
from desktop.services.clients.embedder import Embedder
from desktop.services.clients.vectors import VectorStore
from desktop.services.documents import adding, files, transcripts, watched
from desktop.services.documents.assembly import (
    Ingredients,
    LibraryStatus,
    Parts,
    assemble,
    folder_bytes,
)
from desktop.services.documents.consistency import Verification, compare, repair
from desktop.services.documents.extracted import Extracted
from desktop.services.documents.progress import Publish, document_of
from desktop.services.documents.transcripts import Spoken
from desktop.services.documents.vectors import TermsEncoder
from desktop.services.documents.view import view_passage
from desktop.services.documents.work import UNDER_WAY
from desktop.settings import IngestSettings

__all__ = ["DocumentLibrary", "LibraryStatus", "Publish", "Spoken", "TermsEncoder", "Verification"]

_KEPT_TEXTS = 8


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
        self._of = Ingredients(root, store, terms, publish, embedder, settings or IngestSettings())
        self._open: Parts | None = None
        self._cancelled = threading.Event()
        self._text = functools.lru_cache(_KEPT_TEXTS)(self._read_text)

    def open(self) -> None:
        """Takes the lock, repairs what a kill left, goes on with what waits, watches folders.

        Raises:
            StorageError: ``storage.locked`` when another process has it, or it cannot be written.
        """
        parts = assemble(self._of, self._folder_changed, self._catch_up)
        self._open = parts
        try:
            parts.manifest.recover()
            parts.progress.recovered()
            parts.pipeline.pause(self._is_paused())
            parts.pipeline.start()
            repaired = parts.pipeline.on_writer(
                lambda: repair(parts.manifest, self._of.store, parts.maker)
            ).result()
            if repaired.missing:
                parts.tender.begin_anew()
            parts.pipeline.resume()
            parts.tender.start()
            parts.watcher.watch(watched.folders(parts.manifest))
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """Ends all threads and the parser; what waits goes on at the next `open`."""
        parts, self._open = self._open, None
        self._cancelled.set()
        if parts is not None:
            parts.close()

    # what there is ---------------------------------------------------------------------------
    def documents(self) -> list[Document]:
        """In the order they were added."""
        return [document_of(row) for row in self._parts.manifest.rows()]

    def document(self, document_id: str) -> Document:
        """Raises NotFoundError."""
        return document_of(self._parts.manifest.row(document_id))

    def status(self) -> LibraryStatus:
        parts = self._parts
        rows = parts.manifest.rows()
        return LibraryStatus(
            documents=len(rows),
            failed=sum(row.state is DocumentState.FAILED for row in rows),
            chunks=sum(row.chunks for row in rows),
            storage_bytes=folder_bytes(self._of.root),
            watched=tuple(as_text(folder) for folder in watched.folders(parts.manifest)),
            paused=self._is_paused(),
            waiting=sum(row.state in UNDER_WAY for row in rows),
            stale=sum(parts.source.is_stale(row) for row in rows),
            terms=parts.maker.terms_version,
            model=parts.maker.model,
        )

    def epoch(self) -> int:
        """Grows with every change of what can be found, after `is_live`: no kept answer is old."""
        return self._parts.progress.epoch

    def identity(self) -> str:
        """Names these documents, so that a cache may serve several data directories."""
        return self._parts.manifest.identity()

    def is_live(self, document_id: str, version: int) -> bool:
        """Whether a point of this document and version may be shown.  Every hit is asked for."""
        return self._parts.progress.live.get(document_id) == version

    def text_of(self, document_id: str) -> str:
        """The whole extracted text.  Raises NotFoundError."""
        return self._extracted(document_id).text

    def section(self, document_id: str, start: int, end: int) -> str:
        """``text_of(document_id)[start:end]``.  Raises NotFoundError."""
        return self._extracted(document_id).text[start:end]

    def samples(self) -> list[tuple[str, int]]:
        """Of each document a piece from its middle, and how many chunks it has."""
        return self._parts.manifest.samples()

    def view(
        self, document_id: str, start: int, end: int, quote: str = "", page: int = 0
    ) -> PassageView:
        """The page or text around a passage, with the passage marked, or another `page`.

        Raises:
            NotFoundError: there is no such document, or no such page.
        """
        parts = self._parts
        row = parts.manifest.row(document_id)
        extracted = self._extracted(document_id)
        return view_passage(row, extracted, parts.viewer, (start, end), quote, page)

    # changing it -----------------------------------------------------------------------------
    def add(self, paths: Sequence[Path]) -> int:
        """Queues files and what is in folders; returns how many.  Cancelled by `cancel`."""
        return self._add([as_path(os.path.abspath(path)) for path in paths])

    def add_text(
        self,
        text: str,
        *,
        name: str,
        metadata: Mapping[str, Any] | None = None,
        document_id: str = "",
    ) -> str:
        """Queues a text that came without a file; the same id replaces.  Returns the id."""
        key = document_id or str(uuid.uuid4())
        extracted = transcripts.plain("text", text)
        self._put(key, extracted, name=name, metadata=metadata or {})
        return key

    def add_transcript(self, session_id: str, title: str, lines: Sequence[Spoken]) -> str:
        """Queues a meeting's lines, in order; again replaces.  Returns the document's id.

        What is indexed as it is stays as it is.
        """
        key = transcripts.transcript_id(session_id)
        extracted = transcripts.transcript(title, lines)
        digest = transcripts.digest_of(title, lines)
        if not self._is_kept(key, extracted, title, digest):
            about = {"metadata": {}, "session_id": session_id, "digest": digest}
            self._put(key, extracted, name=title, **about)
        return key

    def transcripts(self) -> dict[str, str]:
        """By document, which transcripts there are: see `transcripts.digest_of`."""
        return self._parts.manifest.transcripts()

    def remove(self, document_id: str) -> None:
        """Makes it unreachable at once, and returns when its points are gone.

        Raises:
            NotFoundError: there is no such document.
        """
        parts = self._parts
        row = parts.manifest.row(document_id)
        parts.manifest.mark_removed(document_id)
        parts.progress.forgotten(document_id)
        self._text.cache_clear()

        def finish() -> None:
            parts.progress.forgotten(document_id)  # a version may have come to life meanwhile
            parts.absence.outwait(lambda: self._of.store.delete_document(document_id))
            if parts.manifest.forget(document_id):  # else it was added again meanwhile
                gone = replace(document_of(row), state=DocumentState.REMOVED, chunks=0)
                parts.progress.told(gone)

        parts.pipeline.on_writer(finish).result()
        parts.progress.tell(at_once=True)
        parts.progress.idle()

    def reindex(self, document_id: str = "") -> int:
        """Queues one document anew, or all that are stale; returns how many."""
        parts = self._parts
        if document_id:
            keys = [parts.manifest.row(document_id).document_id]
            parts.manifest.update(document_id, digest="", mtime_ns=0)
        else:
            keys = [r.document_id for r in parts.manifest.rows() if parts.source.is_stale(r)]
        adding.queue_again(parts.manifest, keys)
        self._queued(keys)
        return len(keys)

    def embed_missing(self) -> int:
        """Queues what was indexed by words alone while the embedder was away; how many."""
        parts = self._parts
        if not parts.maker.missed or parts.manifest.is_busy():
            return 0
        parts.maker.missed = False
        return self.reindex()

    def watch(self, folder: Path, on: bool) -> None:
        """Indexes a folder now and whenever something in it changes; kept over restarts.

        Raises:
            NotFoundError: there is no such folder.
        """
        folder = as_path(os.path.abspath(folder))
        if on and not folder.is_dir():
            raise NotFoundError(
                f"There is no folder at {as_text(folder)}.",
                hint="Check the name.",
                code="not_found.folder",
            )
        parts = self._parts
        watched.keep(parts.manifest, folder, on)
        if on:
            self._catch_up(folder)
        parts.watcher.watch(watched.folders(parts.manifest))

    def pause(self, on: bool) -> None:
        """Stops taking up documents, or goes on; kept over restarts."""
        parts = self._parts
        parts.manifest.set("paused", "1" if on else "")
        parts.pipeline.pause(on)
        parts.progress.pause(on)

    def cancel(self) -> int:
        """Forgets what waits; what is indexed stays.  Returns how many were forgotten.

        Nor is a store waited for any longer that is away.
        """
        parts = self._parts
        self._cancelled.set()
        parts.absence.give_up()
        waited = parts.manifest.forget_queued()
        for row in waited:
            if not row.version and not row.reason:
                parts.progress.told(replace(document_of(row), state=DocumentState.REMOVED))
        parts.pipeline.tidy(waited)
        parts.progress.tell(at_once=True)
        parts.progress.idle()
        return len(waited)

    def wait(self, timeout_s: float | None = None) -> bool:
        """Whether nothing waited or ran any more before the time was over."""
        parts = self._parts

        def nothing_left() -> bool:
            return not parts.manifest.is_busy() and not parts.pipeline.flying

        return parts.progress.wait_for(nothing_left, timeout_s)

    def trouble(self) -> StorageError | None:
        """Why nothing can be indexed now, such as a full disk; it is tried again by itself."""
        return self._parts.pipeline.trouble

    # consistency -----------------------------------------------------------------------------
    def verify(self) -> Verification:
        """Compares the manifest's live chunks with the points there are, both ways."""
        manifest, store = self._parts.manifest, self._of.store
        return self._parts.pipeline.on_writer(lambda: compare(manifest, store)).result()

    def reconcile(self) -> Verification:
        """Makes the store equal to the manifest; returns what was different before."""
        parts = self._parts
        return parts.pipeline.on_writer(
            lambda: repair(parts.manifest, self._of.store, parts.maker)
        ).result()

    # inside ----------------------------------------------------------------------------------
    @property
    def _parts(self) -> Parts:
        if self._open is None:
            raise StorageError(
                "The documents are closed.", hint="Start Malgeul again.", code="storage.closed"
            )
        return self._open

    def _add(self, paths: Sequence[Path], folder: str = "") -> int:
        parts = self._parts
        self._cancelled.clear()
        most_bytes = self._of.settings.max_file_mb * 1024 * 1024
        found = files.walk(paths, most_bytes, self._cancelled)
        count = 0
        for key in adding.add_files(parts.manifest, found, folder, parts.source.is_stale):
            count += 1
            self._queued([key])
        return count

    def _put(self, key: str, extracted: Extracted, **about: Any) -> None:
        adding.add_text(self._parts.manifest, key, extracted, **about)
        self._queued([key])

    def _is_kept(self, key: str, extracted: Extracted, name: str, digest: str) -> bool:
        """Whether a text is live as it is; its digest is kept then."""
        parts = self._parts
        for row in parts.manifest.rows("WHERE document_id = ? AND state = 'indexed'", (key,)):
            same = row.name == unicodedata.normalize("NFC", name) and not parts.source.is_stale(row)
            if same and self._text(key, row.version) == extracted:
                parts.manifest.update(key, digest=digest)
                return True
        return False

    def _queued(self, keys: Sequence[str]) -> None:
        for key in keys:
            self._parts.progress.changed(key)
        self._parts.pipeline.wake()

    def _extracted(self, document_id: str) -> Extracted:
        row = self._parts.manifest.row(document_id)
        return self._text(document_id, row.version)

    def _read_text(self, document_id: str, version: int) -> Extracted:
        return self._parts.manifest.extracted(document_id, version)

    def _is_paused(self) -> bool:
        return bool(self._parts.manifest.get("paused"))

    def _catch_up(self, folder: Path) -> None:
        """Takes up what changed in a watched folder while nobody watched."""
        if self._open is None or not folder.is_dir():
            return
        self._add([folder], as_text(folder))
        for row in watched.gone_from(self._parts.manifest, folder):
            self.remove(row.document_id)

    def _folder_changed(self, folder: Path, there: list[Path], gone: list[Path]) -> None:
        """What the watcher saw; on its thread."""
        if self._open is None:
            return
        if there:
            self._add(there, as_text(folder))
        for path in gone:
            for row in watched.gone_below(self._parts.manifest, path):
                self.remove(row.document_id)
