"""Brings the vector store into its fast form once documents have settled.

Thread ``documents-optimise``.  Building the index takes a second per 1,000 chunks, so it waits
until nothing was indexed for a while and until enough is new to matter: what is new is searched
all the same, only one by one.  A change meanwhile ends it, and it begins anew after the change.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable

from desktop.errors import ServiceError
from desktop.services.clients.vectors import VectorStore
from desktop.services.documents.manifest import Manifest

_log = logging.getLogger(__name__)

QUIET_S = 10.0  # of nothing being indexed, before it begins
AGAIN_S = 600.0  # after it failed for another reason than a change
LEAST_NEW = 2_000  # chunks: searching these one by one takes a few milliseconds
_NEW_SHARE = 0.1
_DONE = "optimised"  # note: the last version that the index was built with


class IndexTender:
    """Optimises the store when it is worth it.

    Args:
        manifest: says how much is new.
        store: see `VectorStore.optimize`.
        is_busy: whether anything is being indexed.
        quiet_s: see `QUIET_S`; for tests.
        least_new: see `LEAST_NEW`; for tests.
    """

    def __init__(
        self,
        manifest: Manifest,
        store: VectorStore,
        is_busy: Callable[[], bool],
        *,
        quiet_s: float = QUIET_S,
        least_new: int = LEAST_NEW,
    ) -> None:
        self._manifest = manifest
        self._store = store
        self._is_busy = is_busy
        self._quiet_s = quiet_s
        self._least_new = least_new
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="documents-optimise")

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Ends it, also while it builds.  Idempotent."""
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join()

    def begin_anew(self) -> None:
        """The store was emptied: nothing of it is in its fast form."""
        self._manifest.set(_DONE, "0")

    def _run(self) -> None:
        pause_s = self._quiet_s
        busy = True
        while not self._stop.wait(pause_s):
            pause_s = self._quiet_s
            try:
                before, busy = busy, self._is_busy()
                if not busy and not before and self._is_due() and not self._built():
                    pause_s = AGAIN_S
            except Exception:  # noqa: BLE001 - searching goes on without it
                _log.exception("the index was not optimised")
                pause_s = AGAIN_S

    def _is_due(self) -> bool:
        new, whole = self._manifest.query(
            "SELECT coalesce(sum(chunks) FILTER (WHERE version > ?), 0), coalesce(sum(chunks), 0)"
            " FROM documents WHERE version > 0 AND state != 'removed'",
            (int(self._manifest.get(_DONE, "0")),),
        )[0]
        return int(new) >= max(self._least_new, _NEW_SHARE * int(whole))

    def _built(self) -> bool:
        """Builds it; False when that cannot be done, but not when a change ended it."""
        before = self._changes()
        try:
            built = self._store.optimize(self._stop)
        except ServiceError as error:
            _log.warning("the index was not optimised: %s", error)
            built = False
        if built:
            self._manifest.set(_DONE, before[0])
            _log.info("the index of the documents is in its fast form")
        return built or self._changes() != before

    def _changes(self) -> tuple[str, str]:
        """What grows with every version that is begun, and with every change of what is live."""
        return self._manifest.get("versions", "0"), self._manifest.get("epoch", "0")
