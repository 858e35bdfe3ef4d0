"""The Python that our own child programs run with.  Any thread.

A packaged build has no interpreter beside it: its executable takes ``--python`` and then behaves
like one (see `packaging/entry.py`).
"""

from __future__ import annotations

import sys


def python_command() -> list[str]:
    """The beginning of a command line that goes on like that of ``python``."""
    if getattr(sys, "frozen", False):
        return [sys.executable, "--python"]
    return [sys.executable]
