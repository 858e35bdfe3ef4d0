"""What every test stands on: private directories, and a look at what it left behind.

After each test there may be no thread, child process, listening socket, running QThread or
active QTimer that was not there before.  The checks read a few files under /proc, well under a
millisecond, and wait only when something is left.
"""

from __future__ import annotations

import ctypes
import importlib.util
import itertools
import os
import shutil
import sys
import tempfile
import threading
import time
import weakref
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import hypothesis
import psutil
import pytest

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
os.environ.setdefault("OMP_NUM_THREADS", "1")

pytest_plugins = [
    name
    for name in ("fixtures_sound", "fixtures_display", "fixtures_speech", "fixtures_supervision")
    if importlib.util.find_spec(name) is not None
]

# How long an example takes says more about the machine than about the program.
hypothesis.settings.register_profile("untimed", deadline=None)
hypothesis.settings.load_profile("untimed")

GRACE_S = 2.0
_PR_SET_CHILD_SUBREAPER = 36
_THREADS_ALLOWED = ("tqdm",)
_scratch = Path(tempfile.mkdtemp(prefix="malgeul-tests-"))
_homes = itertools.count(1)


def pytest_configure() -> None:
    """Keeps every program the tests start out of the user's own directories."""
    for variable in ("XDG_CONFIG_HOME", "XDG_CACHE_HOME", "XDG_DATA_HOME", "HF_HOME"):
        os.environ[variable] = str(_scratch / variable.lower())
    os.environ["MALGEUL_HOME"] = str(_scratch / "home")
    if sys.platform == "linux":
        # Orphaned grandchildren come to us instead of to init, so the check below sees them.
        ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def pytest_unconfigure() -> None:
    shutil.rmtree(_scratch, ignore_errors=True)


# --- what a test may not leave behind -----------------------------------------------------------


def _threads() -> set[threading.Thread]:
    return {
        thread
        for thread in threading.enumerate()
        if not isinstance(thread, threading._DummyThread)  # type: ignore[attr-defined]
        and not thread.name.lower().startswith(_THREADS_ALLOWED)
        and type(thread).__name__ != "TMonitor"  # tqdm's, one a process, never ends
    }


def _children() -> set[int]:
    """Process ids of our direct children, dead and unreaped ones left out."""
    found: set[int] = set()
    for task in os.listdir("/proc/self/task") if sys.platform == "linux" else ():
        try:
            text = Path(f"/proc/self/task/{task}/children").read_text(encoding="ascii")
        except OSError:  # the thread has ended meanwhile
            continue
        found.update(int(word) for word in text.split())
    return found


def _alive(pid: int) -> bool:
    try:
        return bool(psutil.Process(pid).status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False


def _describe(pid: int) -> str:
    try:
        return f"{pid} ({' '.join(psutil.Process(pid).cmdline())[:120]})"
    except psutil.Error:
        return str(pid)


def _sockets() -> dict[str, int]:
    """Our open sockets: the kernel's name of each with its descriptor."""
    found: dict[str, int] = {}
    for descriptor in os.listdir("/proc/self/fd") if sys.platform == "linux" else ():
        try:
            name = os.readlink(f"/proc/self/fd/{descriptor}")
        except OSError:  # the listing's own descriptor
            continue
        if name.startswith("socket:"):
            found[name] = int(descriptor)
    return found


def _new_listeners(before: dict[str, int]) -> list[str]:
    """Addresses of listening sockets that are new; asks the kernel only when any socket is."""
    new = {descriptor for name, descriptor in _sockets().items() if name not in before}
    if not new:
        return []
    return [
        f"{connection.laddr.ip}:{connection.laddr.port}"
        for connection in psutil.Process().net_connections("inet")
        if connection.status == psutil.CONN_LISTEN and connection.fd in new
    ]


class _QtWatch:
    """Knows every QThread and QTimer started from Python, from the first test with Qt on."""

    def __init__(self) -> None:
        self._installed = False
        self._threads: weakref.WeakSet[Any] = weakref.WeakSet()
        self._timers: weakref.WeakSet[Any] = weakref.WeakSet()

    def install(self) -> None:
        if self._installed or "PySide6.QtCore" not in sys.modules:
            return
        from PySide6.QtCore import QThread, QTimer

        self._installed = True
        self._record(QThread, self._threads)
        self._record(QTimer, self._timers)

    @staticmethod
    def _record(kind: Any, into: weakref.WeakSet[Any]) -> None:
        original = kind.start

        def start(self: Any, *args: Any) -> Any:
            into.add(self)
            return original(self, *args)

        kind.start = start

    def running(self) -> set[Any]:
        if not self._installed:
            return set()
        import shiboken6

        threads = {t for t in self._threads if shiboken6.isValid(t) and t.isRunning()}
        return threads | {t for t in self._timers if shiboken6.isValid(t) and t.isActive()}

    @staticmethod
    def settle() -> None:
        """Lets Qt delete what was marked for deletion."""
        if "PySide6.QtCore" not in sys.modules:
            return
        from PySide6.QtCore import QCoreApplication, QEvent

        if QCoreApplication.instance() is not None:
            QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)
            QCoreApplication.processEvents()


_qt = _QtWatch()


@dataclass(frozen=True)
class _Belongings:
    """What this process has at one moment."""

    threads: set[threading.Thread]
    children: set[int]
    sockets: dict[str, int]
    qt: set[Any]

    @classmethod
    def now(cls) -> _Belongings:
        return cls(_threads(), _children(), _sockets(), _qt.running())

    def left_since(self) -> list[str]:
        """What is there now and was not there then, in words."""
        found = [f"thread {thread.name}" for thread in _threads() - self.threads]
        found += [f"process {_describe(p)}" for p in _children() - self.children if _alive(p)]
        found += [f"listening socket {address}" for address in _new_listeners(self.sockets)]
        for item in _qt.running() - self.qt:
            found.append(f"running {type(item).__name__} {item.objectName() or hex(id(item))}")
        return found


@pytest.fixture(autouse=True)
def leaves_nothing_behind() -> Iterator[None]:
    """Fails a test that leaves threads, processes, sockets or Qt workers running."""
    _qt.install()
    before = _Belongings.now()
    yield
    _qt.install()
    left = before.left_since()
    deadline = time.monotonic() + GRACE_S
    while left and time.monotonic() < deadline:
        _qt.settle()
        time.sleep(0.01)
        left = before.left_since()
    if left:
        pytest.fail("left behind: " + "; ".join(left), pytrace=False)


@pytest.fixture(autouse=True)
def home(leaves_nothing_behind: None, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A data directory of the test's own; nothing is created until the product does."""
    path = _scratch / "homes" / str(next(_homes))
    monkeypatch.setenv("MALGEUL_HOME", str(path))
    return path


@pytest.fixture
def wait_until() -> Callable[..., None]:
    """`wait_until(condition, timeout_s=5.0)`: returns when the condition holds, else fails."""

    def wait(condition: Callable[[], object], timeout_s: float = 5.0) -> None:
        deadline = time.monotonic() + timeout_s
        while not condition():
            if time.monotonic() > deadline:
                raise AssertionError(f"not so within {timeout_s} s: {condition}")
            time.sleep(0.005)

    return wait
