"""Steps that several of the manifest's transactions have in common; each runs inside of one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import apsw

# Chunks of versions that are neither live nor being indexed.
LEFT_OVER = (
    "NOT EXISTS (SELECT 1 FROM documents d WHERE d.document_id = chunks.document_id"
    " AND (d.version = chunks.version OR d.pending = chunks.version))"
)

# Chunks of versions that are not being indexed.
NOT_PENDING = (
    "NOT EXISTS (SELECT 1 FROM documents d WHERE d.document_id = chunks.document_id"
    " AND d.pending = chunks.version)"
)


def count_up(db: apsw.Connection, key: str) -> None:
    """Adds one to a note that counts."""
    db.execute(
        "INSERT INTO notes VALUES (?, '1')"
        " ON CONFLICT (key) DO UPDATE SET value = CAST(value AS INTEGER) + 1",
        (key,),
    )


def left_alone(db: apsw.Connection, document_id: str) -> bool:
    """Drops all but the live version of a document that the last statement changed, if it did."""
    if not db.changes():
        return False
    live = db.execute("SELECT version FROM documents WHERE document_id = ?", (document_id,)).get
    drop(db, "document_id = ? AND version != ?", (document_id, live))
    return True


def drop(db: apsw.Connection, where: str, values: Sequence[Any]) -> None:
    """Deletes texts and chunks, and the vectors no other chunk needs."""
    keys = list(db.execute(f"SELECT DISTINCT key FROM chunks WHERE {where}", values))  # noqa: S608
    for table in ("chunks", "texts"):
        db.execute(f"DELETE FROM {table} WHERE {where.replace('chunks.', table + '.')}", values)  # noqa: S608
    db.executemany(
        "DELETE FROM vectors WHERE key = ?1 AND NOT EXISTS (SELECT 1 FROM chunks WHERE key = ?1)",
        keys,
    )
