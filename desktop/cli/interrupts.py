"""Ctrl+C and SIGTERM during long work: finish what was begun, then end.

Main thread only: Python delivers signals there.
"""

from __future__ import annotations

import contextlib
import signal
import threading
from collections.abc import Iterator
from types import FrameType

from desktop.cli.console import Console


class Interrupt:
    """Set when the command was asked to end."""

    def __init__(self) -> None:
        self.asked = threading.Event()
        self.by_signal = False

    def end(self) -> None:
        """Asks the command to end without a signal (nobody reads its output any more)."""
        self.asked.set()


@contextlib.contextmanager
def interruptible(console: Console) -> Iterator[Interrupt]:
    """The first signal asks; the second one raises KeyboardInterrupt at once."""
    interrupt = Interrupt()

    def on_signal(_number: int, _frame: FrameType | None) -> None:
        if interrupt.by_signal:
            raise KeyboardInterrupt
        interrupt.by_signal = True
        interrupt.asked.set()
        console.note("\nFinishing; press Ctrl+C again to stop at once.")

    before = {
        number: signal.signal(number, on_signal) for number in (signal.SIGINT, signal.SIGTERM)
    }
    try:
        yield interrupt
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
