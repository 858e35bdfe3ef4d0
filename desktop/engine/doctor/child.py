"""Looks that may crash or hang: a few lines of Python in a process of their own.  Any thread."""

from __future__ import annotations

import subprocess

from desktop.interpreter import python_command


def run_probe(source: str, timeout_s: float) -> subprocess.CompletedProcess[str]:
    """Runs `source` and waits for it.

    Raises:
        subprocess.TimeoutExpired: it did not end in time; it was ended.
    """
    return subprocess.run(
        [*python_command(), "-P", "-c", source],
        check=False,
        capture_output=True,
        text=True,
        encoding="utf-8",
        errors="replace",
        timeout=timeout_s,
    )
