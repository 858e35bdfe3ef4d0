"""Python, processor and memory."""

from __future__ import annotations

import platform
import sys
from collections.abc import Iterator

import psutil

from desktop.engine.doctor.finding import Finding, State
from desktop.paths import Paths

MINIMUM_PYTHON = (3, 11)
COMFORTABLE_MEMORY_BYTES = 4_000_000_000


def check(_paths: Paths) -> Iterator[Finding]:
    version = platform.python_version()
    if sys.version_info >= MINIMUM_PYTHON:
        yield Finding("python", "Python", State.OK, f"{version} at {sys.executable}")
    else:
        wanted = ".".join(map(str, MINIMUM_PYTHON))
        yield Finding(
            "python",
            "Python",
            State.FAIL,
            f"{version} is too old",
            fix=f"Install Python {wanted} or newer and run ./start again.",
        )
    memory = psutil.virtual_memory()
    cores = psutil.cpu_count() or 1
    detail = (
        f"{platform.system()} {platform.machine()}, {cores} cores, "
        f"{memory.total / 1e9:.1f} GB of memory, {memory.available / 1e9:.1f} GB free"
    )
    if memory.total >= COMFORTABLE_MEMORY_BYTES:
        yield Finding("machine", "Machine", State.OK, detail)
    else:
        yield Finding(
            "machine",
            "Machine",
            State.WARN,
            detail,
            fix="Use a small model (tiny or base): larger ones do not fit.",
        )
