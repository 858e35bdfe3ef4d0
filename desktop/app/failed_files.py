"""Files that could not be transcribed, told together.  On the control thread.

Of many files dropped at once several may be broken: the next file must not take the message about
the one before away, and nobody wants to dismiss a hundred messages.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

from desktop.errors import MalgeulError
from desktop.events import NoticeRaised, Severity

FILE_NOTICE = "file.failed"
TOGETHER_S = 60.0  # failures so close to each other belong together
NAMED = 5  # further ones are counted


class FailedFiles:
    """What failed lately.

    Args:
        now_s: a clock that only goes forward.
    """

    def __init__(self, now_s: Callable[[], float] = time.monotonic) -> None:
        self._now_s = now_s
        self._failed: dict[Path, MalgeulError] = {}
        self._latest_s = 0.0

    def forget(self, path: Path) -> bool:
        """This file is tried again; True when nothing of what was told is true any more."""
        return self._failed.pop(path, None) is not None and not self._failed

    def add(self, path: Path, error: MalgeulError) -> NoticeRaised:
        """What to tell now: about this file, or about all that failed lately."""
        now_s = self._now_s()
        if now_s - self._latest_s > TOGETHER_S:
            self._failed.clear()
        self._latest_s = now_s
        self._failed[path] = error
        count = len(self._failed)
        if count == 1:
            return NoticeRaised(Severity.ERROR, FILE_NOTICE, error.message, error.hint)
        named = ", ".join(failed.name for failed in list(self._failed)[:NAMED])
        if count > NAMED:
            named += ", …"
        message = f"{count} files could not be transcribed: {named}."
        last = f"{error.message} {error.hint}".strip()
        hint = f"The last one: {last}"
        return NoticeRaised(Severity.ERROR, FILE_NOTICE, message, hint)
