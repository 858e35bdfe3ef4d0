"""What nobody should have to think of: a verified backup of the transcripts once a day.

One thread, ``housekeeping``, that sleeps until it is told of a finished session or asked to stop.
"""

from __future__ import annotations

import logging
import threading
import time

from desktop.engine.store.store import TranscriptStore
from desktop.errors import MalgeulError

_log = logging.getLogger(__name__)

PERIOD_S = 24 * 3600.0
STOP_S = 10.0


class Housekeeping:
    """Backs up when the last backup is a day old and something was recorded since."""

    def __init__(self, store: TranscriptStore, period_s: float = PERIOD_S) -> None:
        self._store = store
        self._period_s = period_s
        self._wake = threading.Event()
        self._stopping = False
        self._thread = threading.Thread(target=self._run, name="housekeeping", daemon=True)

    def start(self) -> None:
        """Begins to watch."""
        self._thread.start()

    def session_finished(self) -> None:
        """There is something new worth a backup."""
        self._wake.set()

    def stop(self) -> None:
        """Ends the thread; a backup that is being made is finished first."""
        self._stopping = True
        self._wake.set()
        if self._thread.is_alive():
            self._thread.join(STOP_S)

    def due(self, now_wall_s: float) -> bool:
        """The newest backup is old enough."""
        backups = self._store.list_backups()
        newest = backups[0].wall_s if backups else 0.0
        # One from far in the future was made while the clock was wrong: it says nothing.
        return abs(now_wall_s - newest) >= self._period_s

    def _run(self) -> None:
        while not self._stopping:
            self._wake.wait()
            self._wake.clear()
            if self._stopping:
                return
            try:
                if self.due(time.time()):
                    self._store.backup()
            except MalgeulError as error:
                _log.warning("no backup was made: %s", error)
