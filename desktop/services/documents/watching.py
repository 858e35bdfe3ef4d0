"""Watches folders and says what changed in them.  Thread ``documents-watch``, while needed."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Sequence
from pathlib import Path

from desktop.services.documents.files import is_passed_by, is_wanted

_log = logging.getLogger(__name__)

_GATHER_MS = 800  # a file that is being saved changes several times
_JOIN_S = 10.0

Changed = Callable[[Path, list[Path], list[Path]], None]


class FolderWatcher:
    """Reports files that came or changed, and files that went.

    Args:
        changed: called on the watching thread with the folder, what is there, what is gone.
        catch_up: called on it with each folder at the beginning: what changed while nobody watched.
    """

    def __init__(self, changed: Changed, catch_up: Callable[[Path], None]) -> None:
        self._changed = changed
        self._catch_up = catch_up
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None

    def watch(self, folders: Sequence[Path]) -> None:
        """Watches these folders instead of those before."""
        self.stop()
        present = [folder for folder in folders if folder.is_dir()]
        if not present:
            return
        self._stop = threading.Event()
        self._thread = threading.Thread(
            target=self._run, args=(present, self._stop), name="documents-watch"
        )
        self._thread.start()

    def stop(self) -> None:
        self._stop.set()
        if self._thread is not None and self._thread is not threading.current_thread():
            self._thread.join(_JOIN_S)
        self._thread = None

    def _run(self, folders: list[Path], stop: threading.Event) -> None:
        from watchfiles import watch

        self._look(folders, stop)
        begun = False
        try:
            for changes in watch(
                *folders,
                watch_filter=lambda _change, path: _is_wanted(Path(path), folders),
                debounce=_GATHER_MS,
                stop_event=stop,
                raise_interrupt=False,
                yield_on_timeout=True,
                ignore_permission_denied=True,
            ):
                if not begun:  # what changed before the watch had begun
                    begun = True
                    self._look(folders, stop)
                self._report({Path(path) for _, path in changes}, folders)
        except (OSError, RuntimeError, ValueError) as error:  # also of a name that is no text
            _log.warning("folders are not watched any more: %s", error)

    def _look(self, folders: list[Path], stop: threading.Event) -> None:
        for folder in folders:
            if stop.is_set():
                return
            try:
                self._catch_up(folder)
            except Exception:  # noqa: BLE001 - the other folders must still be watched
                _log.exception("%s could not be looked through", folder)

    def _report(self, paths: set[Path], folders: list[Path]) -> None:
        for folder in folders:
            inside = sorted(path for path in paths if path.is_relative_to(folder))
            there = [path for path in inside if path.is_file() and not path.is_symlink()]
            gone = [path for path in inside if not path.exists()]
            if there or gone:
                try:
                    self._changed(folder, there, gone)
                except Exception:  # noqa: BLE001 - the next change must still be seen
                    _log.exception("a change in %s was not taken up", folder)


def _is_wanted(path: Path, folders: list[Path]) -> bool:
    """Documents; what has no suffix may be a folder that went."""
    folder = next((f for f in folders if path.is_relative_to(f)), None)
    if folder is None or is_passed_by(path, folder):
        return False
    return is_wanted(path) or (not path.suffix and not path.name.startswith("."))
