"""Settings on their way to disk, which may take its time; the window does not wait for it.

`keep` comes from any thread; the thread ``settings`` writes.  Only the latest state counts.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from desktop import settings as settings_file
from desktop.errors import StorageError
from desktop.events import Event, NoticeCleared, NoticeRaised, Severity
from desktop.paths import Paths

_log = logging.getLogger(__name__)

RECOVERED_NOTICE = "settings.recovered"
UNSAVED_NOTICE = "settings.unsaved"


def recovered_notice(paths: Paths, loaded: settings_file.Loaded) -> NoticeRaised:
    """Nobody should wonder where their settings are (faults: S50)."""
    hint = f"The file as it was is kept as {loaded.kept}."
    if loaded.kept is None:
        hint = f"Look at {paths.settings} before you change a setting: saving replaces it."
    return NoticeRaised(
        Severity.WARNING, RECOVERED_NOTICE, loaded.problem, hint, action="open_folder"
    )


class SettingsKeeper:
    """Writes each state of the settings, or a later one.

    A state that the disk refuses is told of, and tried again with the next one and in the end.

    Args:
        path: the file.
        publish: receives notices, on the thread that writes.
    """

    def __init__(self, path: Path, publish: Callable[[Event], None]) -> None:
        self._path = path
        self._publish = publish
        self._pool = ThreadPoolExecutor(max_workers=1, thread_name_prefix="settings")
        self._lock = threading.Lock()
        self._waiting = ""
        self._closed = False
        self._told = False

    def keep(self, settings: settings_file.Settings) -> None:
        """Takes the settings as they are now; returns at once (after `close` when it is done)."""
        text = settings_file.as_text(settings)
        with self._lock:
            self._waiting = text
            if not self._closed:
                self._pool.submit(self._write)
                return
        self._write()

    def close(self) -> None:
        """Returns when the last state is on disk, or refused.  Idempotent."""
        with self._lock:
            if not self._closed:
                self._closed = True
                self._pool.submit(self._write)
        self._pool.shutdown(wait=True)

    def _write(self) -> None:
        with self._lock:
            text = self._waiting
        if not text:
            return
        try:
            settings_file.write(text, self._path)
        except StorageError as error:
            _log.error("%s", error)
            self._told = True
            self._publish(NoticeRaised(Severity.ERROR, UNSAVED_NOTICE, error.message, error.hint))
            return
        with self._lock:
            if self._waiting == text:
                self._waiting = ""
        if self._told:
            self._told = False
            self._publish(NoticeCleared(UNSAVED_NOTICE))
