"""Watches folders and says what changed in them.  Thread ``documents-watch``, while needed."""

from __future__ import annotations

import contextlib
import logging
import threading
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from desktop.errors import MalgeulError
from desktop.services.documents.files import is_passed_by, is_temporary, is_wanted

_log = logging.getLogger(__name__)

_GATHER_MS = 800  # a file that is being saved changes several times
_JOIN_S = 10.0

Changed = Callable[[Path, list[Path], list[Path]], None]


class FolderWatcher:
    """Reports files that came or changed, folders that came, and what went.

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
        from watchfiles import Change, watch

        self._look(folders, stop)
        begun = False
        try:
            for changes in watch(
                *folders,
                watch_filter=lambda _change, path: _may_matter(Path(path), folders),
                debounce=_GATHER_MS,
                stop_event=stop,
                raise_interrupt=False,
                yield_on_timeout=True,
                ignore_permission_denied=True,
            ):
                if not begun:  # what changed before the watch had begun
                    begun = True
                    self._look(folders, stop)
                come = {Path(path) for change, path in changes if change == Change.added}
                self._report({Path(path) for _, path in changes}, come, folders)
        except (OSError, RuntimeError, ValueError) as error:  # also of a name that is no text
            _log.warning("folders are not watched any more: %s", error)

    def _look(self, folders: list[Path], stop: threading.Event) -> None:
        for folder in folders:
            if stop.is_set():
                return
            with _reported(folder):
                self._catch_up(folder)

    def _report(self, paths: set[Path], come: set[Path], folders: list[Path]) -> None:
        """Of a folder that was moved here or away nothing may be told but the folder itself."""
        for folder in folders:
            inside = sorted(path for path in paths if path.is_relative_to(folder))
            there = [
                path
                for path in inside
                if not path.is_symlink()
                and ((path.is_file() and is_wanted(path)) or (path in come and path.is_dir()))
            ]
            missing = {path for path in inside if not path.exists()}
            gone = [path for path in sorted(missing) if missing.isdisjoint(path.parents)]
            if there or gone:
                with _reported(folder):
                    self._changed(folder, there, gone)


@contextlib.contextmanager
def _reported(folder: Path) -> Iterator[None]:
    """Whatever goes wrong with one folder: the others, and the next change, must be seen."""
    try:
        yield
    except MalgeulError as error:
        if error.code != "storage.closed":  # else nobody wants to know any more
            _log.warning("what changed in %s was not taken up: %s", folder, error)
    except Exception:  # noqa: BLE001 - see above
        _log.exception("what changed in %s was not taken up", folder)


def _may_matter(path: Path, folders: list[Path]) -> bool:
    """Documents, and what may be a folder that came or went: its name may have a dot."""
    folder = next((f for f in folders if path.is_relative_to(f)), None)
    if folder is None or is_passed_by(path, folder):
        return False
    return is_wanted(path) or not is_temporary(path)
