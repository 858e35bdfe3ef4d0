"""Meetings that were deleted while nobody could take them out of the index.  Any thread or process.

A file each, named by the session, so that nothing has to be read to add or to take one away.
"""

from __future__ import annotations

import contextlib
import logging
from pathlib import Path

_log = logging.getLogger(__name__)


class OwedRemovals:
    """Sessions whose transcript is still to be removed from the index.

    Args:
        root: the data directory.
    """

    def __init__(self, root: Path) -> None:
        self._folder = root / "documents" / "forget"

    def add(self, session_id: str) -> None:
        """Notes one, where there is an index that could have it."""
        if not self._folder.parent.is_dir():
            return
        try:
            self._folder.mkdir(exist_ok=True)
            (self._folder / session_id).touch()
        except OSError as error:
            _log.warning("a deleted session may stay in the index: %s", error)

    def done(self, session_id: str) -> None:
        with contextlib.suppress(OSError):
            (self._folder / session_id).unlink()

    def all(self) -> list[str]:
        try:
            return sorted(entry.name for entry in self._folder.iterdir())
        except OSError:
            return []
