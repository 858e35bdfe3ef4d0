"""Runs one long command that dies with the application, line by line.  The caller's thread.

The launcher of the supervisor stands between: when the application goes, by whatever means, the
command and all it started go too.  A thread, ``runtime-output``, reads what it prints.
"""

from __future__ import annotations

import contextlib
import json
import os
import queue
import subprocess
import threading
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from desktop.services.supervisor.process import launcher_command

_LOOK_S = 0.2
_TAIL_LINES = 60
_QUEUED_LINES = 2_000  # beyond it the reader waits, and so does the command
_HIDDEN = ("PYTHONHOME", "PYTHONPATH", "VIRTUAL_ENV", "PIP_REQUIRE_VIRTUALENV", "PIP_USER")


@dataclass(frozen=True, slots=True)
class Ended:
    """How a command ended; `code` None: it could not be started or was killed."""

    code: int | None
    tail: tuple[str, ...]
    cancelled: bool


def run_command(
    argv: Sequence[str],
    *,
    cancel: threading.Event,
    heard: Callable[[str], None],
    idle: Callable[[], None] = lambda: None,
    environment: dict[str, str] | None = None,
    cwd: Path | None = None,
) -> Ended:
    """Runs `argv` to its end, or until `cancel`.

    Args:
        heard: receives each line.
        idle: called several times a second while it runs.
        environment: changes to this process's environment.
    """
    variables = {name: value for name, value in os.environ.items() if name not in _HIDDEN}
    variables |= environment or {}
    order = {"argv": list(argv), "environment": variables, "cwd": str(cwd) if cwd else None}
    with subprocess.Popen(
        launcher_command(),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=os.name == "posix",
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        _send(process, json.dumps(order).encode() + b"\n")
        try:
            tail = _listen(process, cancel, heard, idle)
            code = _code(process.stdout.read())
        finally:
            with contextlib.suppress(OSError):  # for the launcher, the end of everything
                process.stdin.close()
    return Ended(code, tuple(tail), cancel.is_set() and code != 0)


def _listen(
    process: subprocess.Popen[bytes],
    cancel: threading.Event,
    heard: Callable[[str], None],
    idle: Callable[[], None],
) -> deque[str]:
    """Until the command and its launcher have closed their output; the last lines."""
    lines: queue.Queue[str | None] = queue.Queue(_QUEUED_LINES)
    reader = threading.Thread(
        target=_read, args=(process, lines), name="runtime-output", daemon=True
    )
    reader.start()
    tail: deque[str] = deque(maxlen=_TAIL_LINES)
    killed = False
    while True:
        if cancel.is_set() and not killed:
            killed = True
            _send(process, b"K")
        try:
            line = lines.get(timeout=_LOOK_S)
        except queue.Empty:
            idle()
            continue
        if line is None:
            break
        tail.append(line)
        heard(line)
    reader.join()
    return tail


def _read(process: subprocess.Popen[bytes], lines: queue.Queue[str | None]) -> None:
    assert process.stderr is not None
    for line in process.stderr:
        lines.put(line.decode("utf-8", "replace").rstrip())
    lines.put(None)


def _send(process: subprocess.Popen[bytes], text: bytes) -> None:
    """To the launcher; one that has gone needs no orders."""
    assert process.stdin is not None
    with contextlib.suppress(OSError):
        process.stdin.write(text)
        process.stdin.flush()


def _code(reports: bytes) -> int | None:
    for line in reports.splitlines():
        report = json.loads(line)
        if report.get("event") == "exited":
            return int(report["code"])
    return None
