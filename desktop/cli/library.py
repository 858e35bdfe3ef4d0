"""Opening the transcripts for a command and finding the session a person means."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from desktop.errors import NotFoundError, StorageError
from desktop.events import Track
from desktop.paths import Paths
from desktop.records import SessionActivity, SessionRecord, SessionState

if TYPE_CHECKING:
    from desktop.engine.store.store import TranscriptStore

LATEST = "last"
_GROWS_WITHIN_S = 10.0


def any_yet(paths: Paths) -> bool:
    """Whether anything was ever stored.

    Raises:
        StorageError: the data directory is none; else no transcript would seem to be there.
        OSError: nobody may look into it.
    """
    existing = next(path for path in (paths.root, *paths.root.parents) if path.exists())
    if not existing.is_dir():
        raise StorageError(
            f"{existing} is a file, so it cannot be or hold the data directory.",
            hint="Choose another one with MALGEUL_HOME.",
            code="storage.io",
        )
    from desktop.engine.store.presence import is_missing

    return paths.database.exists() or is_missing(paths.database)


@contextlib.contextmanager
def open_for_reading(paths: Paths) -> Iterator[TranscriptStore | None]:
    """The transcripts, beside a running window too; None when there are none yet."""
    from desktop.engine.store.store import TranscriptStore

    if not any_yet(paths):
        yield None
        return
    try:
        store = TranscriptStore.open(paths.database, read_only=True)
    except StorageError as error:
        if error.code != "storage.older":
            raise
        with open_for_writing(paths) as store:  # brings the file up to date
            yield store
        return
    with store:
        yield store


@contextlib.contextmanager
def open_for_writing(paths: Paths) -> Iterator[TranscriptStore]:
    """The transcripts, for this process alone.

    Raises:
        StorageError: another Malgeul is running, or the file cannot be used.
    """
    from desktop.engine.store.store import TranscriptStore

    with TranscriptStore.open(
        paths.database, sessions_directory=paths.sessions, backups_directory=paths.backups
    ) as store:
        yield store


def activities(paths: Paths, records: Sequence[SessionRecord]) -> dict[str, str]:
    """What is done with each session, by its id: a word of `SessionActivity`, or "unfinished".

    The last: another Malgeul runs, and may transcribe or have paused it, or leave it alone.
    """
    from desktop.engine.store.lock import WriterLock

    opened = [record for record in records if record.state is SessionState.RECORDING]
    told = {record.session_id: SessionActivity.FINISHED.value for record in records}
    if not opened:
        return told
    in_use = WriterLock(paths.database).held()
    for record in opened:
        if not in_use:
            told[record.session_id] = SessionActivity.INTERRUPTED.value
        elif not _grows(paths.sessions / record.session_id):
            told[record.session_id] = "unfinished"
        elif any(part.track is Track.FILE for part in record.tracks):
            told[record.session_id] = SessionActivity.TRANSCRIBING.value
        else:
            told[record.session_id] = SessionActivity.LIVE.value
    return told


def _grows(folder: Path) -> bool:
    """Sound came in the last seconds; it is on disk within one."""
    try:
        latest_s = max((spool.stat().st_mtime for spool in folder.glob("*.spool")), default=0.0)
    except OSError:  # it was deleted meanwhile
        return False
    return abs(time.time() - latest_s) < _GROWS_WITHIN_S


def find_session(sessions: Sequence[SessionRecord], wanted: str) -> SessionRecord:
    """The session with that id, the only one whose id begins so, or the newest for ``last``.

    Args:
        sessions: newest first.

    Raises:
        NotFoundError: there is none, or several begin so.
    """
    if not sessions:
        raise NotFoundError("No sessions yet.", code="not_found.session")
    if wanted == LATEST:
        return sessions[0]
    exact = [record for record in sessions if record.session_id == wanted]
    begins = [record for record in sessions if wanted and record.session_id.startswith(wanted)]
    found = exact or begins
    if len(found) == 1:
        return found[0]
    if not found:
        raise NotFoundError(
            f"There is no session “{wanted}”.",
            hint="`malgeul sessions list` shows the sessions there are.",
            code="not_found.session",
        )
    raise NotFoundError(
        f"{len(found)} sessions begin with {wanted}.",
        hint="Give more of the id:\n" + "\n".join(record.session_id for record in found[:5]),
        code="not_found.ambiguous",
    )
