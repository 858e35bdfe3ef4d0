"""Deleting a session for good, whatever happens meanwhile.  Any thread.

The sound is put aside first, into a folder whose name says that the session is to go.  Then its
rows go, then the sound, then what backups hold, and at last that folder.  A deletion that was
interrupted is finished when the store is opened again, or undone where the rows are still there.
"""

from __future__ import annotations

import contextlib
import logging
import os
from pathlib import Path

from desktop.engine.store import backup as backups
from desktop.engine.store import failures, folders, lines, queries
from desktop.engine.store.database import Database
from desktop.engine.store.durable import sync_directory
from desktop.errors import NotFoundError, StorageError

_log = logging.getLogger(__name__)

_PREFIX = ".deleted-"  # no session's id begins so
_SOUND = "sound"


class Deletion:
    """Deletes sessions from one store.

    Args:
        database: open for writing.
        sessions_directory: where the folders with recorded audio are.
        backups_directory: where backups are kept.
    """

    def __init__(
        self, database: Database, sessions_directory: Path, backups_directory: Path
    ) -> None:
        self._database = database
        self._sessions_directory = sessions_directory
        self._backups_directory = backups_directory

    def delete(self, session_id: str) -> None:
        """Deletes a session: its lines and its sound, here and in every backup.

        Raises:
            NotFoundError: there is no such session.
            StorageError: nothing was deleted (of a full disk the sound may be); or the session is
                gone, but a part of its sound or of a backup is not yet: that is tried again
                whenever the store is opened.
        """
        if self._database.read_only:
            raise failures.read_only(self._database.path)
        self._require(session_id)
        try:
            self._delete_rows(session_id)
        except StorageError as error:
            if error.code != failures.FULL:
                raise
            # What is to be deleted makes the room that deleting needs.
            if not folders.remove_session_folder(self._sessions_directory, session_id):
                raise
            self._delete_rows(session_id)
        self._finish(session_id)

    def finish_interrupted(self) -> None:
        """Brings to their end what a crash, or an error, left half done."""
        for doomed in self._sessions_directory.glob(f"{_PREFIX}*"):
            session_id = doomed.name.removeprefix(_PREFIX)
            try:
                if self._is_there(session_id):
                    self._put_back(session_id)
                else:
                    self._finish(session_id)
            except (StorageError, ValueError) as error:
                _log.warning("the session %s is not deleted whole: %s", session_id, error)

    def _is_there(self, session_id: str) -> bool:
        try:
            self._require(session_id)
        except NotFoundError:
            return False
        return True

    def _require(self, session_id: str) -> None:
        with self._database.reader() as connection:
            queries.session_key(connection, session_id)

    def _delete_rows(self, session_id: str) -> None:
        try:
            self._put_aside(session_id)
            with self._database.transaction() as connection:
                lines.delete_session(connection, queries.session_key(connection, session_id))
        except BaseException:
            self._put_back(session_id)
            raise

    def _put_aside(self, session_id: str) -> None:
        """On disk before the rows go: else a power cut could leave sound that nobody knows of."""
        folder, doomed = self._folder(session_id), self._doomed(session_id)
        try:
            doomed.mkdir(parents=True, exist_ok=True)
            if os.path.lexists(folder):
                os.rename(folder, doomed / _SOUND)
            sync_directory(doomed)
            sync_directory(doomed.parent)
        except OSError as error:
            raise failures.storage_error(error, folder) from error

    def _put_back(self, session_id: str) -> None:
        folder, doomed = self._folder(session_id), self._doomed(session_id)
        with contextlib.suppress(OSError):
            if os.path.lexists(doomed / _SOUND) and not os.path.lexists(folder):
                os.rename(doomed / _SOUND, folder)
            doomed.rmdir()

    def _finish(self, session_id: str) -> None:
        doomed = self._doomed(session_id)
        try:
            folders.remove(doomed / _SOUND)
            self._database.checkpoint()  # the -wal still held the text
        finally:
            backups.forget_session(self._backups_directory, session_id)
        with contextlib.suppress(OSError):
            doomed.rmdir()

    def _folder(self, session_id: str) -> Path:
        folders.check_session_id(session_id)
        return self._sessions_directory / session_id

    def _doomed(self, session_id: str) -> Path:
        return self._sessions_directory / f"{_PREFIX}{session_id}"
