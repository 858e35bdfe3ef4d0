"""Telling one process from another that later got the same number (faults: P12).

A process is known by its id and the moment it started.  On Linux that moment is counted in clock
ticks since boot, so that setting the clock changes nothing (faults: P18).
"""

from __future__ import annotations

import contextlib
import os
import secrets
import signal
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import psutil

MARKER = "MALGEUL_SERVICE_RUN"  # in the environment of everything that descends from a service


@dataclass(frozen=True, slots=True)
class ProcessIdentity:
    """A process id and its start mark."""

    pid: int
    mark: str

    @classmethod
    def of(cls, pid: int) -> ProcessIdentity | None:
        """The process that has this id now; None when there is none or it is a zombie."""
        mark = start_mark(pid)
        return None if mark is None else cls(pid, mark)

    def alive(self) -> bool:
        """Whether this very process still runs."""
        return start_mark(self.pid) == self.mark

    def signal(self, number: int) -> bool:
        """Sends a signal to this very process; False when it has gone or is another's."""
        if not self.alive():
            return False
        try:
            os.kill(self.pid, number)
        except (ProcessLookupError, PermissionError):
            return False
        return True


def start_mark(pid: int) -> str | None:
    """A text that no other process with this id will have; None when none runs."""
    if pid <= 0:
        return None
    if sys.platform == "linux":
        try:
            stat = Path(f"/proc/{pid}/stat").read_bytes().rpartition(b")")[2].split()
            boot = Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
        except (OSError, ValueError):
            return None
        return None if stat[0] in (b"Z", b"X") else f"{boot[:8]}:{int(stat[19])}"
    try:
        process = psutil.Process(pid)
        return None if process.status() == psutil.STATUS_ZOMBIE else repr(process.create_time())
    except psutil.Error:
        return None


def family(pid: int) -> set[int]:
    """The process and everything below it, as far as the system shows it."""
    try:
        return {pid, *(child.pid for child in psutil.Process(pid).children(recursive=True))}
    except psutil.Error:
        return {pid}


def new_run() -> str:
    """A marker for one launch: which application made it, and a number nothing else carries."""
    me = ProcessIdentity.of(os.getpid())
    return f"{os.getpid()}/{me.mark if me else ''}/{secrets.token_hex(8)}"


def kill_marked(run: str) -> list[int]:
    """Kills what still carries the marker of a run whose launcher was killed; its process ids.

    Only looks at the user's own processes; elsewhere than on Linux it may find none.
    """
    return _kill_where(lambda marker: marker == run)


def kill_abandoned() -> list[int]:
    """Kills what an earlier application left because its launchers were killed with it."""
    return _kill_where(_abandoned)


def _abandoned(marker: str) -> bool:
    pid, _, rest = marker.partition("/")
    mark, _, number = rest.partition("/")
    return bool(number) and pid.isdigit() and not ProcessIdentity(int(pid), mark).alive()


def _kill_where(wanted: Callable[[str], bool]) -> list[int]:
    killed: list[int] = []
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error, OSError):
            identity = ProcessIdentity.of(process.pid)
            marker = process.environ().get(MARKER, "")
            if identity is None or process.pid == os.getpid() or not wanted(marker):
                continue
            if not _counts_like_us(process.pid):
                continue
            if identity.signal(getattr(signal, "SIGKILL", signal.SIGTERM)):
                killed.append(process.pid)
    return killed


def _counts_like_us(pid: int) -> bool:
    """False for processes of a container: the numbers in their markers mean other processes."""
    if sys.platform != "linux":
        return True
    return os.readlink(f"/proc/{pid}/ns/pid") == os.readlink("/proc/self/ns/pid")
