"""What is done with each session now.  Any thread."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from desktop.records import SessionActivity, SessionRecord, SessionState
from desktop.session.files import FileSession
from desktop.session.live import LiveSession
from desktop.session.recovery import RecoverySession
from desktop.session.remote import RemoteSession

Work = LiveSession | FileSession | RecoverySession | RemoteSession


def activities(
    records: Sequence[SessionRecord], before: Sequence[Work], now: Sequence[Work]
) -> Iterator[tuple[SessionRecord, SessionActivity]]:
    """Each session with what is done with it.

    Args:
        before, now: what was worked on before the records were read, and is now.  What ended while
            they were read is in the first, what began in the second.
    """
    doing = {work.session_id: _doing(work) for work in (*now, *before)}
    for record in records:
        if record.state is SessionState.RECORDING:
            yield record, doing.get(record.session_id, SessionActivity.INTERRUPTED)
        else:
            yield record, SessionActivity.FINISHED


def _doing(work: Work) -> SessionActivity:
    if isinstance(work, RecoverySession):
        return SessionActivity.RECOVERING
    return SessionActivity.LIVE if work.recording else SessionActivity.TRANSCRIBING
