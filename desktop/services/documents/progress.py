"""Tells how far indexing is: documents' states, rate, remaining time.  Called by any stage."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable

from desktop.errors import NotFoundError
from desktop.events import Document, DocumentChanged, DocumentState, IngestProgressed
from desktop.services.documents.failures import warning
from desktop.services.documents.manifest import Manifest
from desktop.services.documents.rows import Row

Publish = Callable[[DocumentChanged | IngestProgressed], None]

_WINDOW_S = 20.0
_EVERY_S = 0.25


class ProgressTeller:
    """Publishes what happens, and lets others wait for the end of it.

    Args:
        manifest: what there is.
        publish: told; called on the pipeline's threads.
    """

    def __init__(self, manifest: Manifest, publish: Publish) -> None:
        self._manifest = manifest
        self._publish = publish
        self._changed = threading.Condition()
        self._written: deque[tuple[float, int]] = deque()
        self._done = self._failed = 0
        self._told_s = 0.0
        self._current = ""
        self._paused = False
        self.live: dict[str, int] = manifest.live()
        self.epoch = self._stored_epoch()

    def changed(self, document_id: str, progress: float = 0.0) -> None:
        """Publishes a document as it is now."""
        try:
            row = self._manifest.row(document_id)
        except NotFoundError:
            return
        if row.state in (DocumentState.INDEXED, DocumentState.FAILED):
            with self._changed:
                self._done += row.state is DocumentState.INDEXED
                self._failed += row.state is DocumentState.FAILED
        else:
            self._current = row.name
        self.told(document_of(row, progress))
        self.tell()

    def told(self, document: Document) -> None:
        self._publish(DocumentChanged(document, time.time()))

    def wrote(self, chunks: int) -> None:
        with self._changed:
            self._written.append((time.monotonic(), chunks))

    def flipped(self, document_id: str, version: int) -> None:
        with self._changed:
            self.live[document_id] = version
            self.epoch = self._stored_epoch()

    def forgotten(self, document_id: str) -> None:
        with self._changed:
            self.live.pop(document_id, None)
            self.epoch = self._stored_epoch()

    def recovered(self) -> None:
        """What is live is as the manifest says."""
        with self._changed:
            self.live = self._manifest.live()
            self.epoch = self._stored_epoch()

    def _stored_epoch(self) -> int:
        return int(self._manifest.get("epoch", "0"))

    def idle(self) -> None:
        """Something ended; when it was the last, that is told at once."""
        if not self._manifest.is_busy():
            self.tell(at_once=True)
        with self._changed:
            self._changed.notify_all()

    def pause(self, on: bool) -> None:
        self._paused = on
        self.tell(at_once=True)

    def wait_for(self, condition: Callable[[], bool], timeout_s: float | None) -> bool:
        """Waits until something ended and `condition` holds."""
        with self._changed:
            return self._changed.wait_for(condition, timeout_s)

    def tell(self, *, at_once: bool = False) -> None:
        """Publishes the progress, a few times a second and at the end."""
        now = time.monotonic()
        with self._changed:
            if not at_once and now - self._told_s < _EVERY_S:
                return
            self._told_s = now
        counts = self._manifest.counts()
        waiting = sum(counts.get(state, 0) for state in ("queued", "parsing", "indexing"))
        with self._changed:
            rate = self._rate(now)
            done, failed = self._done, self._failed
            if not waiting:
                self._done = self._failed = 0
                self._current = ""
                self._written.clear()
        mean = max(1.0, self._mean_chunks())
        remaining = waiting * mean / rate if rate > 0 and waiting else None
        self._publish(
            IngestProgressed(
                waiting=waiting,
                done=done,
                failed=failed,
                total=waiting + done + failed,
                rate=rate,
                remaining_s=0.0 if not waiting else remaining,
                paused=self._paused,
                current=self._current if waiting else "",
            )
        )

    def _rate(self, now: float) -> float:
        while self._written and now - self._written[0][0] > _WINDOW_S:
            self._written.popleft()
        if len(self._written) < 2:
            return 0.0
        span = max(now - self._written[0][0], 0.05)
        return sum(chunks for _, chunks in self._written) / span

    def _mean_chunks(self) -> float:
        found = self._manifest.query("SELECT avg(chunks) FROM documents WHERE version > 0")
        return float(found[0][0] or 1.0)


def document_of(row: Row, progress: float = 0.0) -> Document:
    """A document as the window and the command line see it."""
    return Document(
        document_id=row.document_id,
        name=row.name,
        path=row.path,
        kind=row.kind,
        state=row.state,
        size_bytes=row.size,
        pages=row.pages,
        chunks=row.chunks,
        progress=1.0 if row.state is DocumentState.INDEXED else progress,
        reason=row.reason,
        hint=row.hint,
        warnings=tuple(warning(code) for code in row.warnings),
        folder=row.folder,
        indexed_wall_s=row.indexed_s,
    )
