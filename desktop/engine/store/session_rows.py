"""Sessions and their tracks in the database: made, ended, renamed.  Inside a transaction."""

from __future__ import annotations

import time
import uuid
from collections.abc import Sequence

import apsw

from desktop.engine.store import rows
from desktop.events import Track
from desktop.records import SessionState, TrackRecord


def new_id(started_wall_s: float) -> str:
    """A session's id, which is also its folder's name: when it began, and chance."""
    stamp = time.strftime("%Y%m%d-%H%M%S", time.localtime(started_wall_s))
    return f"{stamp}-{uuid.uuid4().hex[:8]}"


def insert(
    connection: apsw.Connection,
    session_id: str,
    *,
    title: str,
    tracks: Sequence[TrackRecord],
    model: str,
    started_wall_s: float,
) -> None:
    """Begins a session in state RECORDING."""
    state = SessionState.RECORDING.value
    connection.execute(
        "INSERT INTO sessions (session_id, title, state, model, started_wall_s)"
        " VALUES (?, ?, ?, ?, ?)",
        (session_id, rows.clean(title), state, rows.clean(model), started_wall_s),
    )
    key = connection.last_insert_rowid()
    for position, track in enumerate(tracks):
        connection.execute(
            "INSERT INTO tracks (session_key, track, position, name, device, language,"
            " duration_s) VALUES (?, ?, ?, ?, ?, ?, ?)",
            (
                *(key, track.track.value, position, rows.clean(track.name)),
                *(rows.clean(track.device), track.language, track.duration_s),
            ),
        )


def finish(connection: apsw.Connection, key: int, duration_s: float, state: SessionState) -> None:
    """Ends a session."""
    connection.execute(
        "UPDATE sessions SET duration_s = ?, state = ? WHERE session_key = ?",
        (duration_s, state.value, key),
    )


def rename(connection: apsw.Connection, key: int, title: str) -> None:
    """Changes a session's title."""
    connection.execute(
        "UPDATE sessions SET title = ? WHERE session_key = ?", (rows.clean(title), key)
    )


def update_track(
    connection: apsw.Connection,
    key: int,
    track: Track,
    *,
    language: str | None,
    device: str | None,
    duration_s: float | None,
    name: str | None,
) -> bool:
    """Changes what is not None of a track; False when the session has no such track."""
    connection.execute(
        "UPDATE tracks SET language = coalesce(?, language), device = coalesce(?, device),"
        " duration_s = coalesce(?, duration_s), name = coalesce(?, name)"
        " WHERE session_key = ? AND track = ?",
        (
            *(language, None if device is None else rows.clean(device), duration_s),
            *(None if name is None else rows.clean(name), key, track.value),
        ),
    )
    return bool(connection.changes())
