"""The composition root: builds every part, starts them in order, stops them in reverse.

The only package that knows everyone.  Qt is imported by its functions alone.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from desktop.paths import Paths


def run_window(paths: Paths, *, files: Sequence[Path] = ()) -> int:
    """Opens the window, with `files` as if dropped on it; returns the exit code at its end."""
    from desktop.app.window import run

    return run(paths, files=files)


def run_headless(paths: Paths, announce: Callable[[str], None], *, capture: bool = False) -> int:
    """Runs without a window, with the browser mirror, until it is told to end.

    Args:
        announce: prints the addresses for browsers; never raises.
    """
    from desktop.app.headless import run

    return run(paths, announce, capture=capture)
