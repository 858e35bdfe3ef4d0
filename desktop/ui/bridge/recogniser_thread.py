"""The recogniser's thread: runs one long callable that watches a stop flag."""

from __future__ import annotations

import logging
import sys
import threading
import traceback
from collections.abc import Callable

from PySide6.QtCore import QObject, QThread, Signal

_log = logging.getLogger(__name__)


class RecogniserThread(QThread):
    """Runs `run(stop)` until it returns.

    `stop` asks and waits; it never terminates a thread, because a thread killed inside the
    decoder or the store leaves them broken.
    """

    failed = Signal(object)
    """The exception that ended the callable (emitted in the worker; connect queued)."""

    def __init__(
        self, work: Callable[[threading.Event], None], parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self.setObjectName("recogniser")
        self._work = work
        self._stop = threading.Event()
        self._ident = 0

    def run(self) -> None:
        self._ident = threading.get_ident()
        try:
            self._work(self._stop)
        except Exception as error:  # noqa: BLE001 - the end of the thread; reported, never silent
            _log.exception("the recogniser's thread ended with an error")
            self.failed.emit(error)

    def stop(self, timeout_s: float = 10.0) -> bool:
        """Asks the callable to end and waits; False when it is still running.

        A thread that does not end in time is left alone and its stack goes to the log.
        """
        self._stop.set()
        if not self.isRunning() and not self.wait(0):
            return True
        if self.wait(round(timeout_s * 1000)):
            return True
        frame = sys._current_frames().get(self._ident)
        stack = "".join(traceback.format_stack(frame)) if frame else "(no Python frame)"
        _log.error("the recogniser did not stop within %.1f s:\n%s", timeout_s, stack)
        return False
