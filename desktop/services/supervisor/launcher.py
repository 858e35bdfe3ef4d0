"""The small process between the application and one service: its child dies when the app does.

Runs alone as ``python -I -S launcher.py`` (standard library only, one thread) as the leader of a
session of its own.  Standard input is a pipe from the application: first one line of JSON with
what to run, then single letters: ``T`` asks the service to end, ``K`` kills it.  The end of that
pipe means that the application is gone: everything is asked to end and killed 0.8 s later.
Standard output reports, one JSON object a line: started, error, exited.  The service writes its
own output to standard error.  On Linux orphaned grandchildren come here (child subreaper), so a
forked daemon does not get away (faults: P1, P17).
"""

from __future__ import annotations

import contextlib
import ctypes
import json
import os
import select
import signal
import subprocess
import sys
import time

assert sys.platform != "win32", "launcher_windows does this there"

GRACE_S = 0.8  # between asking and killing, once the application or the service has gone
_PARENT_CHECK_S = 0.5
_PR_SET_PDEATHSIG = 1
_PR_SET_CHILD_SUBREAPER = 36
_CONTROL = 0


def _prctl(option: int, value: int) -> None:
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(option, value, 0, 0, 0)


def _say(**report: object) -> None:
    with contextlib.suppress(OSError):  # nobody may be listening any more
        os.write(1, (json.dumps(report) + "\n").encode())


def descendants(root: int) -> list[int]:
    """Process ids below `root`, children first; empty where /proc does not tell."""
    below: dict[int, list[int]] = {}
    try:
        names = os.listdir("/proc")
    except OSError:
        return []
    for name in names:
        if not name.isdigit():
            continue
        try:
            with open(f"/proc/{name}/stat", "rb") as file:
                fields = file.read().rpartition(b")")[2].split()
        except OSError:
            continue
        if fields and fields[0] != b"Z":
            below.setdefault(int(fields[1]), []).append(int(name))
    found = list(below.get(root, ()))
    for pid in found:
        found.extend(below.get(pid, ()))
    return found


class Launcher:
    """One service's process, its group and whatever else comes from it."""

    def __init__(self) -> None:
        self._parent = os.getppid()
        self._child: subprocess.Popen[bytes] | None = None
        self._pid = 0
        self._ended = False
        self._end_asked = False  # by a signal to us; the handler does nothing but note it
        self._asked_at_s = 0.0
        self._early = b""
        self._wake, self._woken = os.pipe()

    def run(self) -> int:
        """Launches what the first line says and stays until nothing of it is left."""
        os.set_blocking(self._woken, False)
        signal.set_wakeup_fd(self._woken)
        for number in (signal.SIGCHLD, signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(number, self._on_signal)
        _prctl(_PR_SET_CHILD_SUBREAPER, 1)
        order = self._order()
        if order is None or not self._launch(order):
            return 1
        self._attend()
        self._clear_up()
        return 0

    def _on_signal(self, number: int, _frame: object) -> None:
        if number != signal.SIGCHLD:
            self._end_asked = True

    def _order(self) -> dict[str, object] | None:
        read = b""
        while b"\n" not in read:
            piece = os.read(_CONTROL, 1 << 16)
            if not piece:
                return None
            read += piece
        line, _, self._early = read.partition(b"\n")  # whoever is in a hurry sends letters with it
        order = json.loads(line)
        return order if isinstance(order, dict) else None

    def _launch(self, order: dict[str, object]) -> bool:
        argv, environment, cwd = order["argv"], order["environment"], order["cwd"]
        try:
            self._child = subprocess.Popen(
                argv,  # type: ignore[call-overload]  # from JSON, made by `process`
                env=environment,
                cwd=cwd,
                stdin=subprocess.DEVNULL,
                stdout=sys.stderr.fileno(),
                process_group=0,
                # If this process is killed itself, the service goes with it.
                preexec_fn=lambda: _prctl(_PR_SET_PDEATHSIG, signal.SIGKILL),  # noqa: PLW1509 - one thread
            )
        except OSError as error:
            _say(event="error", errno=error.errno, message=error.strerror or str(error))
            return False
        self._pid = self._child.pid
        _say(event="started", pid=self._pid)
        return True

    def _attend(self) -> None:
        """Until the service has ended or the application has gone."""
        control: list[int] = [_CONTROL]
        self._heed(self._early)
        while not self._ended:
            readable, _, _ = select.select([*control, self._wake], [], [], self._next_look_s())
            if self._wake in readable:
                os.read(self._wake, 4096)
            if _CONTROL in readable:
                letters = os.read(_CONTROL, 64)
                if not letters:
                    control = []
                    self._app_gone()
                self._heed(letters)
            if control and os.getppid() != self._parent:  # a fork may hold the pipe open
                control = []
                self._app_gone()
            if self._end_asked and not self._asked_at_s:
                self._app_gone()
            self._reap()
            if self._asked_at_s and not self._ended:
                self._press()

    def _heed(self, letters: bytes) -> None:
        if b"K" in letters:
            self._signal_all(signal.SIGKILL)
        elif b"T" in letters:
            self._signal_group(signal.SIGTERM)

    def _next_look_s(self) -> float:
        return 0.05 if self._asked_at_s else _PARENT_CHECK_S

    def _app_gone(self) -> None:
        """Nobody needs the service any more: asked now, killed when the grace is over."""
        self._asked_at_s = time.monotonic()
        self._signal_all(signal.SIGTERM)

    def _press(self) -> None:
        if time.monotonic() - self._asked_at_s >= GRACE_S:
            self._signal_all(signal.SIGKILL)

    def _reap(self) -> None:
        """Collects the dead: the service itself and orphans that came to us."""
        while True:
            try:
                pid, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return
            if pid == 0:
                return
            if pid == self._pid and self._child is not None:
                code = os.waitstatus_to_exitcode(status)
                self._child.returncode = code
                self._ended = True
                _say(event="exited", code=code)

    def _clear_up(self) -> None:
        """What the service left running is asked to end, then killed."""
        until_s = (self._asked_at_s or time.monotonic()) + GRACE_S
        self._signal_all(signal.SIGTERM)
        while self._left():
            if time.monotonic() >= until_s:
                self._signal_all(signal.SIGKILL)
            time.sleep(0.01)
            self._reap()

    def _left(self) -> bool:
        if descendants(os.getpid()):
            return True
        try:
            os.killpg(self._pid, 0)
        except (ProcessLookupError, PermissionError):
            return False
        return sys.platform != "linux"  # there the list above is complete

    def _signal_group(self, number: int) -> None:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self._pid, number)
            os.killpg(self._pid, signal.SIGCONT)  # a stopped process ends too

    def _signal_all(self, number: int) -> None:
        if not self._ended or sys.platform != "linux":
            self._signal_group(number)
        for pid in descendants(os.getpid()):
            # Ours by ancestry: nobody else can reap it, so the number cannot be another's.
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.kill(pid, number)


if __name__ == "__main__":
    sys.exit(Launcher().run())
