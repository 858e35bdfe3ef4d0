"""Manifest and vector store compared, and made equal again.  Runs on the write thread.

After a kill the store may have points of versions that were never finished or were replaced, or
lack some after it was restored or wiped.  The manifest decides; its chunks and their vectors are
enough to make every point again (faults: S51).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from desktop.services.clients.vectors import VectorStore
from desktop.services.documents.batch import Batch, points
from desktop.services.documents.chunk import Chunk
from desktop.services.documents.manifest import Manifest
from desktop.services.documents.vectors import VectorMaker

_AT_ONCE = 64


@dataclass(frozen=True, slots=True)
class Verification:
    """Manifest and vector store compared both ways; `equal` when nothing is on one side only."""

    live: int
    ghosts: tuple[str, ...]  # points whose chunk the manifest does not call live
    missing: tuple[str, ...]  # live chunks without a point

    @property
    def equal(self) -> bool:
        return not self.ghosts and not self.missing


def compare(manifest: Manifest, store: VectorStore, *, with_pending: bool = True) -> Verification:
    """Every live chunk has its point and every point is a live chunk's.

    Args:
        with_pending: points of versions that are being indexed now are no ghosts.
    """
    live = {_point_id(*key) for key in manifest.live_chunk_keys()}
    under_way: set[str] = set()
    if with_pending:
        under_way = {_point_id(*key) for key in manifest.pending_chunk_keys()}
    stored = store.ids()
    return Verification(
        live=len(live),
        ghosts=tuple(sorted(stored - live - under_way)),
        missing=tuple(sorted(live - stored)),
    )


def repair(manifest: Manifest, store: VectorStore, maker: VectorMaker) -> Verification:
    """Makes the store equal to the manifest; returns what was different."""
    for row in manifest.rows("WHERE state = 'removed'"):
        store.delete_document(row.document_id)
        manifest.forget(row.document_id)
    found = compare(manifest, store)
    for at in range(0, len(found.ghosts), _AT_ONCE):
        store.delete(list(found.ghosts[at : at + _AT_ONCE]))
    if found.missing:
        _restore(manifest, store, maker, set(found.missing))
    return found


def _restore(manifest: Manifest, store: VectorStore, maker: VectorMaker, missing: set[str]) -> None:
    for row in manifest.rows("WHERE version > 0 AND state != 'removed'"):
        lost = [c for c in manifest.chunks(row.document_id, row.version) if c.chunk_id in missing]
        embedded = True
        for part in _parts(lost):
            batch = Batch(row, row.version, part, last=False, total=len(lost))
            batch.terms = maker.terms_of(part)
            batch.embeddings = maker.embeddings_of(part)
            embedded = embedded and batch.embeddings is not None
            store.upsert(points(batch))
        if lost:
            model = maker.model if embedded else ""
            manifest.update(row.document_id, terms=maker.terms_version, model=model)


def _parts(chunks: list[Chunk]) -> Iterator[list[Chunk]]:
    for at in range(0, len(chunks), _AT_ONCE):
        yield chunks[at : at + _AT_ONCE]


def _point_id(document_id: str, version: int, ordinal: int) -> str:
    return Chunk(document_id, version, ordinal, "", 0, 0).chunk_id
