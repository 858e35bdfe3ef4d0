"""The writing statements for lines.  Each runs inside the transaction of its caller."""

from __future__ import annotations

from typing import Any

import apsw

from desktop.engine.store import queries, rows, text_index
from desktop.errors import NotFoundError, StorageError
from desktop.events import GapDeclared, SegmentCommitted, SegmentSuppressed, Track
from desktop.records import SegmentRecord


def insert(connection: apsw.Connection, key: int, event: SegmentCommitted) -> int:
    """Adds a line, or returns the id of the one that already has this sequence number."""
    known = connection.execute(
        "SELECT segment_id FROM segments"
        " WHERE session_key = ? AND sequence = ? AND restored_from IS NULL",
        (key, event.sequence),
    ).get
    if known is not None:
        return int(known)
    return _insert(connection, key, event.sequence, event, None)


def _insert(
    connection: apsw.Connection,
    key: int,
    sequence: int,
    line: SegmentCommitted | SegmentSuppressed,
    restored_from: int | None,
) -> int:
    text, words = rows.clean(line.text), rows.encode_words(line.words)
    track, start_s, end_s = line.track.value, rows.finite(line.start_s), rows.finite(line.end_s)
    connection.execute(
        "INSERT INTO segments (session_key, sequence, track, start_s, end_s, wall_s, text, words,"
        " language, confidence, restored_from, crc) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            *(
                key,
                sequence,
                track,
                start_s,
                end_s,
                rows.finite(line.wall_s),
                text,
                words,
                line.language,
            ),
            *(rows.finite(line.confidence), restored_from),
            rows.checksum(track, start_s, end_s, text, "", words, line.language),
        ),
    )
    segment_id = connection.last_insert_rowid()
    connection.execute(
        "INSERT INTO search_grams (rowid, grams) VALUES (?, ?)",
        (segment_id, text_index.index_terms(text)),
    )
    return segment_id


def insert_gap(connection: apsw.Connection, key: int, event: GapDeclared) -> None:
    """Adds a gap that was not written before."""
    start_s, end_s = rows.finite(event.start_s), rows.finite(event.end_s)
    connection.execute(
        "INSERT OR IGNORE INTO gaps (session_key, track, start_s, end_s, cause)"
        " VALUES (?, ?, ?, ?, ?)",
        (key, event.track.value, start_s, end_s, rows.clean(event.cause)),
    )


def insert_suppressed(connection: apsw.Connection, key: int, event: SegmentSuppressed) -> int:
    """Adds a suppressed line, or returns the id of the same one when it was written before."""
    text, words = rows.clean(event.text), rows.encode_words(event.words)
    track, start_s, end_s = event.track.value, rows.finite(event.start_s), rows.finite(event.end_s)
    known = connection.execute(
        "SELECT suppressed_id FROM suppressed"
        " WHERE session_key = ? AND start_s = ? AND end_s = ? AND track = ? AND text = ?",
        (key, start_s, end_s, track, text),
    ).get
    if known is not None:
        return int(known)
    connection.execute(
        "INSERT INTO suppressed (session_key, track, start_s, end_s, wall_s, text, words, language,"
        " confidence, reason, crc) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            *(key, track, start_s, end_s, rows.finite(event.wall_s), text, words, event.language),
            *(rows.finite(event.confidence), event.reason),
            rows.checksum(track, start_s, end_s, text, words, event.language, event.reason),
        ),
    )
    return connection.last_insert_rowid()


def set_text(connection: apsw.Connection, segment_id: int, text: str) -> None:
    """Changes a line's text; what was recognised is kept as its original text."""
    line = queries.segment(connection, segment_id)
    text = rows.clean(text)
    original = None if text == line.original_text else line.original_text
    stored = connection.execute(
        "SELECT words FROM segments WHERE segment_id = ?", (segment_id,)
    ).get
    crc = rows.checksum(
        line.track.value, line.start_s, line.end_s, text, original or "", stored, line.language
    )
    connection.execute(
        "UPDATE segments SET text = ?, original_text = ?, crc = ? WHERE segment_id = ?",
        (text, original, crc, segment_id),
    )
    connection.execute(
        "UPDATE search_grams SET grams = ? WHERE rowid = ?",
        (text_index.index_terms(text), segment_id),
    )


def restore(connection: apsw.Connection, suppressed_id: int) -> SegmentRecord:
    """Makes a real line of a suppressed one; a second call returns the same line."""
    held_back = queries.suppressed_line(connection, suppressed_id)
    key, wall_s, known = _one(
        connection,
        "SELECT session_key, wall_s, restored_segment_id FROM suppressed WHERE suppressed_id = ?",
        suppressed_id,
    )
    if known is None:
        event = SegmentSuppressed(
            track=held_back.track,
            start_s=held_back.start_s,
            end_s=held_back.end_s,
            audio_s=held_back.end_s,
            wall_s=wall_s,
            text=held_back.text,
            words=held_back.words,
            language=held_back.language,
            confidence=held_back.confidence,
            reason=held_back.reason,
        )
        sequence = _neighbour(connection, key, held_back.start_s)
        known = _insert(connection, key, sequence, event, suppressed_id)
        connection.execute(
            "UPDATE suppressed SET restored_segment_id = ? WHERE suppressed_id = ?",
            (known, suppressed_id),
        )
    return queries.segment(connection, known)


def _neighbour(connection: apsw.Connection, key: int, start_s: float) -> int:
    """The sequence number of the line before `start_s`, else of the first one, else 1."""
    before = connection.execute(
        "SELECT sequence FROM segments WHERE session_key = ? AND start_s <= ?"
        " AND restored_from IS NULL ORDER BY start_s DESC, sequence DESC LIMIT 1",
        (key, start_s),
    ).get
    if before is None:
        before = connection.execute(
            "SELECT sequence FROM segments WHERE session_key = ? AND restored_from IS NULL"
            " ORDER BY start_s, sequence LIMIT 1",
            (key,),
        ).get
    return 1 if before is None else int(before)


def _one(connection: apsw.Connection, statement: str, key: int) -> tuple[Any, ...]:
    row = connection.execute(statement, (key,)).fetchone()
    if row is None:
        raise NotFoundError(f"There is no row {key}.")
    return tuple(row)


def advance(connection: apsw.Connection, key: int, track: Track, samples: int) -> None:
    """Moves a track's recognition mark forward; it never moves back."""
    if samples < 0:
        raise StorageError(f"A position of {samples} samples cannot be stored.")
    connection.execute(
        "UPDATE tracks SET transcribed_samples = max(transcribed_samples, ?)"
        " WHERE session_key = ? AND track = ?",
        (samples, key, track.value),
    )
    if not connection.changes():
        raise NotFoundError(f"The session has no track {track.value}.", code="not_found.track")


def delete_session(connection: apsw.Connection, key: int) -> None:
    """Removes a session with everything said in it, from the index too.

    The index is rewritten as a whole without the session ('optimize'): the same result as removing
    each word from its place ('secure-delete') for a hundredth of the work.
    """
    _set_secure_delete(connection, False)
    connection.execute(
        "DELETE FROM search_grams WHERE rowid IN"
        " (SELECT segment_id FROM segments WHERE session_key = ?)",
        (key,),
    )
    connection.execute("DELETE FROM sessions WHERE session_key = ?", (key,))
    connection.execute("INSERT INTO search_grams (search_grams) VALUES ('optimize')")
    _set_secure_delete(connection, True)


def _set_secure_delete(connection: apsw.Connection, on: bool) -> None:
    connection.execute(
        "INSERT INTO search_grams (search_grams, rank) VALUES ('secure-delete', ?)", (int(on),)
    )


def rebuild_index(connection: apsw.Connection) -> None:
    """Cuts every line anew, after the way of cutting has changed."""
    connection.execute("DELETE FROM search_grams")
    for segment_id, text in connection.execute("SELECT segment_id, text FROM segments").fetchall():
        connection.execute(
            "INSERT INTO search_grams (rowid, grams) VALUES (?, ?)",
            (segment_id, text_index.index_terms(str(text))),
        )
    connection.execute(
        "INSERT OR REPLACE INTO meta VALUES ('search_index', ?)", (text_index.FINGERPRINT,)
    )
