"""What an open library consists of, put together and taken apart."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from desktop.services.clients.embedder import Embedder
from desktop.services.clients.folder_lock import FolderLock
from desktop.services.clients.vectors import VectorStore
from desktop.services.documents.absence import Absence
from desktop.services.documents.lock import locked
from desktop.services.documents.manifest import Manifest
from desktop.services.documents.optimising import IndexTender
from desktop.services.documents.pipeline import Pipeline
from desktop.services.documents.progress import ProgressTeller, Publish
from desktop.services.documents.reader import DocumentReader
from desktop.services.documents.sources import DocumentSource
from desktop.services.documents.vectors import TermsEncoder, VectorMaker
from desktop.services.documents.watching import Changed, FolderWatcher
from desktop.settings import IngestSettings


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
class Ingredients:
    """What a library is made of."""

    root: Path
    store: VectorStore
    terms: TermsEncoder
    publish: Publish
    embedder: Embedder | None
    settings: IngestSettings


@dataclass(frozen=True, slots=True)
class Parts:
    """An open library.  `reader` reads what is indexed, `viewer` what a person looks at."""

    lock: FolderLock
    manifest: Manifest
    reader: DocumentReader
    viewer: DocumentReader
    maker: VectorMaker
    source: DocumentSource
    progress: ProgressTeller
    pipeline: Pipeline
    watcher: FolderWatcher
    tender: IndexTender
    absence: Absence

    def close(self) -> None:
        """Ends threads and processes; the lock goes last."""
        self.watcher.stop()
        self.tender.stop()
        self.pipeline.stop(self.reader.close)
        self.viewer.close()
        self.manifest.close()
        self.lock.release()


def assemble(of: Ingredients, changed: Changed, catch_up: Callable[[Path], None]) -> Parts:
    """Opens the manifest and puts the rest around it; starts nothing.

    Raises:
        StorageError: another process has it, or it cannot be written.
    """
    lock = locked(of.root)
    try:
        manifest = Manifest(of.root / "manifest.db")
    except BaseException:
        lock.release()
        raise
    settings = of.settings
    reader, viewer = (
        DocumentReader(
            within_s=settings.parse_within_s,
            memory_mb=settings.parse_memory_mb,
            max_file_mb=settings.max_file_mb,
        )
        for _ in range(2)
    )
    maker = VectorMaker(manifest, of.terms, of.embedder)
    source = DocumentSource(manifest, reader, settings, maker)
    progress = ProgressTeller(manifest, of.publish)
    absence = Absence()
    pipeline = Pipeline(manifest, of.store, maker, source, progress, absence=absence)
    watcher = FolderWatcher(changed, catch_up)
    tender = IndexTender(manifest, of.store, lambda: manifest.is_busy() or bool(pipeline.flying))
    return Parts(
        lock, manifest, reader, viewer, maker, source, progress, pipeline, watcher, tender, absence
    )


def folder_bytes(folder: Path) -> int:
    """How much room a folder takes; files of a vector store are long and mostly holes."""
    return sum(_room_bytes(file.stat()) for file in folder.rglob("*") if file.is_file())


def _room_bytes(found: os.stat_result) -> int:
    blocks = getattr(found, "st_blocks", None)  # of 512 bytes; Windows does not tell
    return found.st_size if blocks is None else min(found.st_size, 512 * blocks)
