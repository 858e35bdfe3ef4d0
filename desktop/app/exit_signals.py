"""SIGINT and SIGTERM end the application as its own Quit does.  GUI thread."""

from __future__ import annotations

import contextlib
import signal
import socket
import sys
from types import FrameType

from PySide6.QtCore import QObject, QSocketNotifier, Signal, Slot


class ExitSignals(QObject):
    """Turns the process's signals into a Qt signal.

    Python runs signal handlers only between bytecodes, and Qt's loop runs none; the wake-up
    socket makes the loop turn.
    """

    received = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._ours, self._theirs = socket.socketpair()
        self._ours.setblocking(False)
        self._theirs.setblocking(False)
        self._notifier = QSocketNotifier(self._ours.fileno(), QSocketNotifier.Type.Read, self)
        self._before: dict[int, object] = {}

    def watch(self) -> None:
        """Begins to watch."""
        signal.set_wakeup_fd(self._theirs.fileno(), warn_on_full_buffer=False)
        numbers = [signal.SIGINT, signal.SIGTERM]
        if sys.platform != "win32":
            numbers.append(signal.SIGHUP)
        for number in numbers:
            self._before[number] = signal.signal(number, self._on_signal)
        self._notifier.activated.connect(self._on_readable)

    def close(self) -> None:
        """Gives the signals back."""
        self._notifier.setEnabled(False)
        signal.set_wakeup_fd(-1)
        for number, handler in self._before.items():
            signal.signal(number, handler)  # type: ignore[arg-type]  # what signal() returned
        self._ours.close()
        self._theirs.close()

    def _on_signal(self, _number: int, _frame: FrameType | None) -> None:
        """Nothing to do: the wake-up byte has been written."""

    @Slot()
    def _on_readable(self) -> None:
        with contextlib.suppress(BlockingIOError):
            self._ours.recv(64)
        self.received.emit()
