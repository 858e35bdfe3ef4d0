"""A disk that fails on command: a SQLite VFS between the store and the real files."""

from __future__ import annotations

import contextlib
import itertools
import threading
from collections.abc import Iterator
from typing import Any

import apsw

_names = itertools.count(1)


class FaultPlan:
    """Counts writing operations and fails the ones it was told to.

    `fail_at`: number of the operation that fails (None: none); `lasting`: so do all after it.
    `kinds`: which operations count, of write, sync, truncate.  `error`: "full" or "io".
    """

    def __init__(self) -> None:
        self.count = 0
        self.fail_at: int | None = None
        self.lasting = False
        self.error = "io"
        self.kinds = frozenset({"write", "sync", "truncate"})
        self.failed: list[str] = []
        self._lock = threading.Lock()

    def arm(self, fail_at: int, *, error: str, lasting: bool = False) -> None:
        self.count, self.fail_at, self.error, self.lasting = 0, fail_at, error, lasting
        self.failed = []

    def disarm(self) -> None:
        self.fail_at = None

    def check(self, kind: str) -> None:
        if kind not in self.kinds:
            return
        with self._lock:
            self.count += 1
            if self.fail_at is None:
                return
            hit = self.count == self.fail_at or (self.lasting and self.count > self.fail_at)
            if not hit:
                return
            self.failed.append(kind)
        if self.error == "full" and kind == "write":
            raise apsw.FullError("injected: disk full")
        error = apsw.IOError("injected")
        error.extendedresult = (  # type: ignore[attr-defined]
            apsw.SQLITE_IOERR_FSYNC if kind == "sync" else apsw.SQLITE_IOERR_WRITE
        )
        raise error


class _FaultyFile(apsw.VFSFile):
    def __init__(self, parent: str, name: Any, flags: list[int], plan: FaultPlan) -> None:
        super().__init__(parent, name, flags)
        self._plan = plan

    def xWrite(self, data: bytes, offset: int) -> None:  # noqa: N802
        self._plan.check("write")
        super().xWrite(data, offset)

    def xSync(self, flags: int) -> None:  # noqa: N802
        self._plan.check("sync")
        super().xSync(flags)

    def xTruncate(self, size: int) -> None:  # noqa: N802
        self._plan.check("truncate")
        super().xTruncate(size)


class _FaultyDisk(apsw.VFS):
    def __init__(self, name: str, plan: FaultPlan) -> None:
        self._parent = apsw.vfs_names()[0]
        self._plan = plan
        super().__init__(name, self._parent)

    def xOpen(self, name: Any, flags: list[int]) -> apsw.VFSFile:  # noqa: N802
        return _FaultyFile(self._parent, name, flags, self._plan)


@contextlib.contextmanager
def faulty_disk() -> Iterator[tuple[str, FaultPlan]]:
    """The name of a new VFS and the plan it follows."""
    name, plan = f"faulty-{next(_names)}", FaultPlan()
    disk = _FaultyDisk(name, plan)
    try:
        yield name, plan
    finally:
        disk.unregister()
