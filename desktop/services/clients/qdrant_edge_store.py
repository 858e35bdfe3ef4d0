"""The vector store without a server: Qdrant Edge in a child process.  Any thread.

Why a child: see `edge_child`.  The folder holds generations of the collection, ``current`` names
the one in force: `optimize` works on a copy while searches go on, then switches; a change that
comes meanwhile ends it, changes go first.  A second opener of the same folder would damage it, so
a lock keeps it out before it looks.

A damaged folder, or one whose vectors have another dimension, is set aside and begun anew:
`was_emptied` says so, and everything is indexed again from the manifest (faults: S51).
"""

from __future__ import annotations

import base64
import logging
import os
import shutil
import subprocess
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from desktop.errors import ServiceError, StorageError
from desktop.services.clients.edge_process import EdgeError, EdgeProcess, command
from desktop.services.clients.folder_lock import FolderLock
from desktop.services.clients.vectors import AWAY, Filter, Hit, Leg, Point

_log = logging.getLogger(__name__)

DIMENSION = 1024  # of a folder begun without an embedder: bge-m3's
_BATCH = 64
_FIRST = "shard-1"
_LEAST_FREE_BYTES = 64 << 20
_LOOK_S = 0.2  # at whether an index is built

Vector = NDArray[np.float32] | Mapping[int, float]


class QdrantEdgeStore:
    """A `VectorStore` in a folder of its own.

    Args:
        folder: made when missing.
        dimension: of the embedder's vectors; None takes what is there.

    Raises:
        StorageError: another process has the folder open, or it cannot be written.
        ServiceError: Qdrant Edge cannot be started.
    """

    def __init__(self, folder: Path, dimension: int | None = None) -> None:
        self._folder = folder
        self._dimension = dimension
        self._lock = threading.Lock()
        self._optimizing: subprocess.Popen[bytes] | None = None
        self._optimizing_once = threading.Lock()
        self._changes = 0
        self._closed = False
        self.was_emptied = False
        self._folder_lock = FolderLock(folder / "lock")
        self._take_folder()
        try:
            self._process = self._open()
        except BaseException:
            self._folder_lock.release()
            raise

    def upsert(self, points: Sequence[Point]) -> None:
        for first in range(0, len(points), _BATCH):
            batch = [_packed(point) for point in points[first : first + _BATCH]]
            self._change("upsert", points=batch)

    def delete(self, point_ids: Sequence[str]) -> None:
        if point_ids:
            self._change("delete", ids=list(point_ids))

    def delete_document(self, document_id: str, *, keep_version: int | None = None) -> None:
        self._change("delete_document", document_id=document_id, keep_version=keep_version)

    def search(self, leg: Leg, vector: Vector, limit: int, only: Filter | None = None) -> list[Hit]:
        found = self.search_legs({leg: vector}, limit, only)[leg]
        payloads = {hit.point_id: hit.payload for hit in self.get([i for i, _ in found])}
        return [Hit(i, score, payloads[i]) for i, score in found if i in payloads]

    def search_legs(
        self, vectors: Mapping[Leg, Vector], limit: int, only: Filter | None = None
    ) -> dict[Leg, list[tuple[str, float]]]:
        asked = {leg: vector for leg, vector in vectors.items() if len(vector)}
        found: dict[Leg, list[tuple[str, float]]] = {leg: [] for leg in vectors}
        if asked:
            legs = [(str(leg), _packed_vector(vector)) for leg, vector in asked.items()]
            answer = self._ask("search", legs=legs, limit=limit, only=_conditions(only))
            for leg, hits in zip(asked, answer, strict=True):
                found[leg] = [(identity, score) for identity, score in hits]
        return found

    def get(self, point_ids: Sequence[str]) -> list[Hit]:
        if not point_ids:
            return []
        found = dict(self._ask("get", ids=list(point_ids)))
        return [Hit(i, 0.0, found[i]) for i in point_ids if i in found]

    def ids(self, document_id: str | None = None) -> set[str]:
        only = Filter(document_ids=(document_id,)) if document_id is not None else None
        return set(self._ask("ids", only=_conditions(only)))

    def count(self) -> int:
        return int(self._ask("count"))

    def optimize(self, stop: threading.Event | None = None) -> bool:
        """Builds the index on a copy, which takes about a second per 1,000 points on one core.

        Searches go on meanwhile.  A change ends it without a result; ask again later.
        """
        stop = stop or threading.Event()
        with self._optimizing_once:
            target = self._folder / f"shard-{_generation(self._current()) + 1}"
            try:
                changes = self._copy(target, stop)
                return self._optimized(target, changes, stop) and self._switch(target, changes)
            except (OSError, shutil.Error) as error:
                _log.warning("the index was not optimised: %s", error)
                return False
            finally:
                with self._lock:
                    self._optimizing = None
                    self._sweep()

    def close(self) -> None:
        """Flushes and ends the child.  Idempotent."""
        with self._lock:
            if self._closed:
                return
            self._closed = True
            self._stop_optimizing()
            self._process.close()
        with self._optimizing_once:
            self._folder_lock.release()

    def _take_folder(self) -> None:
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            free = self._folder_lock.acquire()
        except OSError as error:
            raise StorageError(
                f"The document index cannot be opened in {self._folder}: {error.strerror or error}",
                hint="Free some space or make the folder writable.",
                code="storage.vectors",
            ) from error
        if not free:
            raise StorageError(
                "The document index is in use by another Malgeul.",
                hint="Close the other window or command, or ask there.",
                code="storage.vectors_locked",
            )

    def _open(self) -> EdgeProcess:
        self._sweep()
        folder = self._folder / self._current()
        begun = folder.exists()
        try:
            process = EdgeProcess(folder, self._dimension or DIMENSION)
        except EdgeError as fault:
            if not begun or fault.machine or self._is_full():
                raise _no_engine(fault) from fault
            _log.warning("the document index is damaged (%s) and begun anew", fault)
            return self._begin_anew(folder)
        if self._dimension in (None, process.dimension):
            return process
        _log.warning(
            "the document index has vectors of %d numbers, not %d: begun anew",
            process.dimension,
            self._dimension,
        )
        process.close()
        return self._begin_anew(folder)

    def _is_full(self) -> bool:
        """Whether there is too little room to open a sound index: it ends without a word then."""
        try:
            return shutil.disk_usage(self._folder).free < _LEAST_FREE_BYTES
        except OSError:
            return False

    def _begin_anew(self, folder: Path) -> EdgeProcess:
        aside = self._folder / "damaged"
        shutil.rmtree(aside, ignore_errors=True)
        os.replace(folder, aside)
        self.was_emptied = True
        try:
            return EdgeProcess(folder, self._dimension or DIMENSION)
        except EdgeError as fault:
            raise _no_engine(fault) from fault

    def _ask(self, what: str, **request: Any) -> Any:
        with self._lock:
            return self._ask_locked(what, request)

    def _change(self, what: str, **request: Any) -> None:
        with self._lock:
            self._stop_optimizing()
            self._changes += 1
            self._ask_locked(what, request)

    def _ask_locked(self, what: str, request: dict[str, Any]) -> Any:
        if self._closed:
            raise ServiceError("The document index is closed.", code="service.vectors")
        try:
            try:
                return self._process.ask(what, request)
            except EOFError:  # killed, or out of memory: nothing acknowledged is lost
                self._start_again()
                return self._process.ask(what, request)
        except EOFError as error:
            raise _failed(error, away=True) from error
        except EdgeError as error:
            raise _failed(error, away=False) from error

    def _start_again(self) -> None:
        _log.warning("the vector store's process ended and is started again")
        self._process.kill()
        folder = self._folder / self._current()
        try:
            self._process = EdgeProcess(folder, self._dimension or DIMENSION)
        except EdgeError as error:
            away = error.machine or isinstance(error.__cause__, EOFError)
            raise _failed(error, away=away) from error

    def _copy(self, target: Path, stop: threading.Event) -> int:
        """Copies the folder as it is after so many changes; those that come meanwhile spoil it."""

        def copied(source: str, copy: str) -> str:
            if stop.is_set() or self._closed or self._changes != changes:
                raise InterruptedError("it was stopped, or something changed")
            return shutil.copy2(source, copy)

        with self._lock:
            self._ask_locked("flush", {})
            changes = self._changes
        shutil.rmtree(target, ignore_errors=True)
        shutil.copytree(self._folder / self._current(), target, copy_function=copied)
        return changes

    def _optimized(self, target: Path, changes: int, stop: threading.Event) -> bool:
        with self._lock:
            if self._closed or self._changes != changes:
                return False
            process = self._optimizing = subprocess.Popen(
                command("optimize", target),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
            )
        while process.poll() is None:
            if stop.wait(_LOOK_S):
                with self._lock:
                    self._stop_optimizing()
        return process.returncode == 0

    def _stop_optimizing(self) -> None:
        process, self._optimizing = self._optimizing, None
        if process is not None and process.poll() is None:
            process.kill()
            process.wait()

    def _switch(self, target: Path, changes: int) -> bool:
        with self._lock:
            if self._closed or self._changes != changes:
                return False
            temporary = self._folder / "current.new"
            temporary.write_text(target.name, encoding="ascii")  # before: the disk may be full
            self._ask_locked("move", {"folder": str(target)})
            os.replace(temporary, self._folder / "current")
            return True

    def _current(self) -> str:
        try:
            name = (self._folder / "current").read_text(encoding="ascii").strip()
        except OSError:
            return _FIRST
        return name if _generation(name) and (self._folder / name).is_dir() else _FIRST

    def _sweep(self) -> None:
        """Removes the generations that are not in force."""
        current = self._current()
        for folder in self._folder.glob("shard-*"):
            if folder.name != current:
                shutil.rmtree(folder, ignore_errors=True)


def _generation(name: str) -> int:
    number = name.removeprefix("shard-")
    return int(number) if number.isdigit() else 0


def _failed(why: Exception, *, away: bool) -> ServiceError:
    return ServiceError(
        f"The document index failed: {why}.",
        hint="Start Malgeul again; what is missing is indexed again by itself.",
        code=AWAY if away else "service.vectors",
    )


def _no_engine(fault: Exception) -> ServiceError:
    return ServiceError(
        f"The document index cannot be started: {fault}.",
        hint="See that the disk has space and the data directory can be written; if so, install "
        "Malgeul again.",
        code="service.vectors",
    )


def _conditions(only: Filter | None) -> dict[str, list[str]]:
    if only is None:
        return {}
    fields = {
        "document_id": only.document_ids,
        "kind": only.kinds,
        "session_id": only.session_ids,
    }
    return {name: list(values) for name, values in fields.items() if values}


def _packed(point: Point) -> tuple[str, dict[str, Any], dict[str, Any]]:
    vectors: dict[str, Any] = {}
    if point.dense is not None:
        vectors[Leg.DENSE] = _packed_vector(point.dense)
    if point.terms:
        vectors[Leg.TERMS] = _packed_vector(point.terms)
    if point.learned:
        vectors[Leg.LEARNED] = _packed_vector(point.learned)
    return point.point_id, vectors, dict(point.payload)


def _packed_vector(vector: Vector) -> Any:
    if isinstance(vector, Mapping):
        return list(vector), [float(value) for value in vector.values()]
    return base64.b64encode(np.ascontiguousarray(vector, dtype="<f4").tobytes()).decode("ascii")
