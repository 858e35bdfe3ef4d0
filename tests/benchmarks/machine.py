"""On which machine a figure was measured."""

from __future__ import annotations

import os
import platform
from pathlib import Path


def describe() -> str:
    """Processor, cores, Python, in one line."""
    name = platform.processor() or platform.machine()
    try:
        for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                name = line.partition(":")[2].strip()
                break
    except OSError:  # not Linux
        pass
    threads = os.environ.get("OMP_NUM_THREADS", "as many as cores")
    return f"{name}, {os.cpu_count()} cores, Python {platform.python_version()}, threads: {threads}"
