"""Ctrl+C, SIGTERM and a closed terminal during long work: finish what was begun, then end.

Main thread only: Python delivers signals there.
"""

from __future__ import annotations

import contextlib
import signal
import sys
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
    """The first signal asks; the second one raises KeyboardInterrupt at once.

    A terminal that is closed may say so twice, and asks only.  With nohup it says nothing.
    """
    interrupt = Interrupt()

    def on_signal(_number: int, _frame: FrameType | None) -> None:
        if interrupt.by_signal:
            raise KeyboardInterrupt
        interrupt.by_signal = True
        interrupt.asked.set()
        console.note("\nFinishing; press Ctrl+C again to stop at once.")

    def on_hangup(_number: int, _frame: FrameType | None) -> None:
        interrupt.by_signal = True
        interrupt.asked.set()

    before = {
        number: signal.signal(number, on_signal) for number in (signal.SIGINT, signal.SIGTERM)
    }
    if sys.platform != "win32" and signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:
        before[signal.SIGHUP] = signal.signal(signal.SIGHUP, on_hangup)
    try:
        yield interrupt
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
