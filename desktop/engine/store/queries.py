"""The reading statements of the store.  Each runs on the connection it is given, any thread."""

from __future__ import annotations

from typing import Any

import apsw

from desktop.engine.store import rows
from desktop.errors import NotFoundError
from desktop.events import Track
from desktop.records import (
    GapRecord,
    SegmentRecord,
    SessionRecord,
    SessionState,
    SuppressedRecord,
    TrackRecord,
)

_PREVIEW_CHARACTERS = 120

_SESSIONS = f"""
    SELECT session_key, session_id, title, state, started_wall_s, duration_s, model,
        (SELECT count(*) FROM segments AS s WHERE s.session_key = sessions.session_key),
        (SELECT substr(text, 1, {_PREVIEW_CHARACTERS}) FROM segments AS s
         WHERE s.session_key = sessions.session_key ORDER BY start_s, sequence LIMIT 1)
    FROM sessions
"""  # noqa: S608 - a constant

# A page is `limit` numbered lines and the restored lines among them, which share their numbers.
_SEGMENTS = f"""
    SELECT {rows.SEGMENT_COLUMNS}
    FROM segments JOIN sessions USING (session_key)
    WHERE session_key = :key AND sequence > :after AND sequence <= coalesce(
        (SELECT sequence FROM segments
         WHERE session_key = :key AND sequence > :after AND restored_from IS NULL
         ORDER BY sequence LIMIT 1 OFFSET :limit - 1), 9e18)
    ORDER BY start_s, sequence, segment_id
"""  # noqa: S608 - constants
_SEGMENT = f"""
    SELECT {rows.SEGMENT_COLUMNS} FROM segments JOIN sessions USING (session_key)
    WHERE segment_id = ?
"""  # noqa: S608 - constants
_SUPPRESSED = f"""
    SELECT {rows.SUPPRESSED_COLUMNS} FROM suppressed JOIN sessions USING (session_key)
    WHERE session_key = ? ORDER BY start_s, suppressed_id
"""  # noqa: S608 - constants
_SUPPRESSED_LINE = f"""
    SELECT {rows.SUPPRESSED_COLUMNS} FROM suppressed JOIN sessions USING (session_key)
    WHERE suppressed_id = ?
"""  # noqa: S608 - constants
_NO_LIMIT = 1 << 60


def session_key(connection: apsw.Connection, session_id: str) -> int:
    """Raises NotFoundError when there is no such session."""
    found = connection.execute(
        "SELECT session_key FROM sessions WHERE session_id = ?", (rows.clean(session_id),)
    ).get
    if found is None:
        raise NotFoundError(f"There is no session {session_id}.", code="not_found.session")
    return int(found)


def sessions(
    connection: apsw.Connection, where: str = "", bindings: tuple[str, ...] = ()
) -> list[tuple[SessionRecord, int]]:
    """Session records without `has_audio`, newest first, each with its key."""
    listed: list[tuple[Any, ...]] = connection.execute(
        f"{_SESSIONS} {where} ORDER BY started_wall_s DESC, session_key DESC", bindings
    ).fetchall()
    tracks = _tracks(connection)
    return [
        (
            SessionRecord(
                session_id=session_id,
                title=title,
                state=SessionState(state),
                started_wall_s=started,
                duration_s=duration,
                segment_count=count,
                model=model,
                tracks=tuple(tracks.get(key, ())),
                has_audio=False,
                preview=preview or "",
            ),
            key,
        )
        for key, session_id, title, state, started, duration, model, count, preview in listed
    ]


def _tracks(connection: apsw.Connection) -> dict[int, list[TrackRecord]]:
    found: dict[int, list[TrackRecord]] = {}
    for key, track, name, device, language, duration in connection.execute(
        "SELECT session_key, track, name, device, language, duration_s FROM tracks"
        " ORDER BY session_key, position"
    ):
        record = TrackRecord(Track(track), name, device, language, duration)
        found.setdefault(key, []).append(record)
    return found


def segments(
    connection: apsw.Connection, session_id: str, after_sequence: int, limit: int | None
) -> list[SegmentRecord]:
    bindings = {
        "key": session_key(connection, session_id),
        "after": after_sequence,
        "limit": _NO_LIMIT if limit is None else limit,
    }
    if limit is not None and limit <= 0:
        return []
    return [rows.segment(row) for row in connection.execute(_SEGMENTS, bindings)]


def spoken(connection: apsw.Connection, session_id: str) -> list[tuple[Track, float, str]]:
    found = connection.execute(
        "SELECT track, start_s, text FROM segments WHERE session_key = ?"
        " ORDER BY start_s, sequence, segment_id",
        (session_key(connection, session_id),),
    )
    return [(Track(track), start_s, text) for track, start_s, text in found]


def segment(connection: apsw.Connection, segment_id: int) -> SegmentRecord:
    """Raises NotFoundError when there is no such line."""
    row = connection.execute(_SEGMENT, (segment_id,)).fetchone()
    if row is None:
        raise NotFoundError(f"There is no line {segment_id}.", code="not_found.segment")
    return rows.segment(row)


def suppressed(connection: apsw.Connection, session_id: str) -> list[SuppressedRecord]:
    found = connection.execute(_SUPPRESSED, (session_key(connection, session_id),))
    return [rows.suppressed(row) for row in found]


def suppressed_line(connection: apsw.Connection, suppressed_id: int) -> SuppressedRecord:
    """Raises NotFoundError when there is no such suppressed line."""
    row = connection.execute(_SUPPRESSED_LINE, (suppressed_id,)).fetchone()
    if row is None:
        raise NotFoundError(
            f"There is no suppressed line {suppressed_id}.", code="not_found.suppressed"
        )
    return rows.suppressed(row)


def gaps(connection: apsw.Connection, session_id: str) -> list[GapRecord]:
    found = connection.execute(
        "SELECT track, start_s, end_s, cause FROM gaps WHERE session_key = ? ORDER BY start_s",
        (session_key(connection, session_id),),
    )
    return [rows.gap(row) for row in found]


def progress(connection: apsw.Connection, session_id: str) -> dict[Track, int]:
    found = connection.execute(
        "SELECT track, transcribed_samples FROM tracks WHERE session_key = ? ORDER BY position",
        (session_key(connection, session_id),),
    )
    return {Track(track): samples for track, samples in found}


def last_sequence(connection: apsw.Connection, session_id: str) -> int:
    found = connection.execute(
        "SELECT max(sequence) FROM segments WHERE session_key = ? AND restored_from IS NULL",
        (session_key(connection, session_id),),
    ).get
    return int(found or 0)
