"""What documents there are and what is indexed of them: SQLite, the source of truth.  Any thread.

A document's *version* is what is live, its *pending* version what is being indexed.  The chunks of
a pending version are on disk before any vector is, so a kill loses no work and leaves nothing that
cannot be told apart; one transaction makes the pending version live.
"""

from __future__ import annotations

import json
import threading
import uuid
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import apsw

from desktop.errors import NotFoundError, StorageError
from desktop.services.documents import manifest_steps as steps
from desktop.services.documents.chunk import Chunk
from desktop.services.documents.extracted import Extracted
from desktop.services.documents.rows import CHUNK, COLUMNS, Row, chunk_of, chunk_values, row_of
from desktop.services.documents.schema import MIGRATIONS


class Manifest:
    """An open manifest.

    Args:
        path: the database file; its folder is created when missing.

    Raises:
        StorageError: it cannot be opened, or a newer Malgeul wrote it.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._lock = threading.RLock()
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._db = apsw.Connection(str(path))
            self._db.set_busy_timeout(5_000)
            try:
                self._bring_up_to_date()
            except BaseException:
                self._db.close()
                raise
        except (apsw.Error, OSError) as error:
            raise _storage(error) from error

    def _bring_up_to_date(self) -> None:
        """Looks at the version before anything is changed; then a transaction a step."""
        found = int(self._db.pragma("user_version"))
        if found > len(MIGRATIONS):
            raise StorageError(
                "The documents were indexed by a newer Malgeul.",
                hint="Update Malgeul, or keep using this version with another data directory "
                "(MALGEUL_HOME). Nothing was changed.",
                code="storage.newer",
            )
        for name, value in (("journal_mode", "wal"), ("synchronous", "full")):
            self._db.pragma(name, value)
        self._db.pragma("foreign_keys", True)
        self._db.pragma("secure_delete", True)
        for number in range(found + 1, len(MIGRATIONS) + 1):
            with self._db:
                self._db.execute(MIGRATIONS[number - 1])
                self._db.pragma("user_version", number)

    def close(self) -> None:
        with self._lock:
            self._db.close()

    @contextmanager
    def transaction(self) -> Iterator[apsw.Connection]:
        """All of it is on disk at the end, or none."""
        with self._lock:
            try:
                with self._db:
                    yield self._db
            except apsw.Error as error:
                raise _storage(error) from error

    def query(self, sql: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        with self._lock:
            try:
                return list(self._db.execute(sql, values))
            except apsw.Error as error:
                raise _storage(error) from error

    # documents -------------------------------------------------------------------------------
    def row(self, document_id: str) -> Row:
        """Raises NotFoundError when there is none, or it is being removed."""
        found = self.rows("WHERE document_id = ? AND state != 'removed'", (document_id,))
        if not found:
            raise NotFoundError(
                "There is no such document.",
                hint="`malgeul documents list` shows which there are.",
                code="not_found.document",
            )
        return found[0]

    def rows(
        self, where: str = "WHERE state != 'removed'", values: Sequence[Any] = ()
    ) -> list[Row]:
        """Documents in the order they were added."""
        sql = f"SELECT {COLUMNS} FROM documents {where} ORDER BY seq"  # noqa: S608 - own words
        return [row_of(values) for values in self.query(sql, values)]

    def update(self, document_id: str, **columns: Any) -> None:
        """Sets columns of a document that is not being removed."""
        names = ", ".join(f"{name} = ?" for name in columns)
        with self.transaction() as db:
            db.execute(
                f"UPDATE documents SET {names} WHERE document_id = ? AND state != 'removed'",  # noqa: S608
                (*map(_plain, columns.values()), document_id),
            )

    def counts(self) -> dict[str, int]:
        """How many documents are in each state."""
        return dict(self.query("SELECT state, count(*) FROM documents GROUP BY state"))

    def is_busy(self) -> bool:
        """Whether anything waits or is under way."""
        states = ("queued", "parsing", "indexing")
        return any(
            self.query("SELECT 1 FROM documents WHERE state = ? LIMIT 1", (state,))
            for state in states
        )

    def live(self) -> dict[str, int]:
        """The version that may be found, by document."""
        return dict(
            self.query(
                "SELECT document_id, version FROM documents"
                " WHERE version > 0 AND state != 'removed'"
            )
        )

    def transcripts(self) -> dict[str, str]:
        """By document, the digest of each meeting as it is or will be indexed."""
        return dict(
            self.query(
                "SELECT document_id, CASE WHEN state IN ('indexed', 'failed') THEN digest"
                " ELSE pending_digest END FROM documents"
                " WHERE session_id != '' AND state != 'removed'"
            )
        )

    def claim(self) -> Row | None:
        """The next document that waits; it is being parsed from now on."""
        with self.transaction() as db:
            found = db.execute(
                "SELECT document_id FROM documents WHERE state = 'queued' ORDER BY seq LIMIT 1"
            ).get
            if found is None:
                return None
            db.execute("UPDATE documents SET state = 'parsing' WHERE document_id = ?", (found,))
        return self.row(str(found))

    def recover(self) -> None:
        """After a start: what was being parsed waits again."""
        with self.transaction() as db:
            db.execute("UPDATE documents SET state = 'queued', pending = 0 WHERE state = 'parsing'")
            steps.drop(db, steps.LEFT_OVER, ())

    def forget_queued(self) -> list[Row]:
        """Those that waited: they are as before, or gone when they were never looked at."""
        with self.transaction() as db:
            waited = self.rows("WHERE state = 'queued'")
            db.execute(
                "DELETE FROM incoming WHERE document_id IN"
                " (SELECT document_id FROM documents WHERE state = 'queued')"
            )
            db.execute(
                "DELETE FROM documents WHERE state = 'queued' AND version = 0 AND reason = ''"
            )
            db.execute(
                "UPDATE documents SET state = CASE reason WHEN '' THEN 'indexed' ELSE 'failed' END"
                " WHERE state = 'queued'"
            )
            steps.drop(db, steps.LEFT_OVER, ())  # of versions that were replaced half written
        return waited

    # versions --------------------------------------------------------------------------------
    def begin_version(self, document_id: str, chunker: str) -> int:
        """A number for the version to be indexed, never used before; 0 when it was removed."""
        with self.transaction() as db:
            steps.count_up(db, "versions")
            number = int(str(db.execute("SELECT value FROM notes WHERE key = 'versions'").get))
            db.execute(
                "UPDATE documents SET last_version = ?1, pending = ?1, pending_chunker = ?2"
                " WHERE document_id = ?3 AND state = 'parsing'",
                (number, chunker, document_id),
            )
            return number if db.changes() else 0

    def save_pending(
        self, document_id: str, version: int, extracted: Extracted, chunks: list[Chunk], parser: str
    ) -> bool:
        """Keeps a version's text and chunks; False when it was removed or replaced meanwhile."""
        body = zlib.compress(extracted.text.encode("utf-8"), 3)
        structure = json.dumps(extracted.structure(), ensure_ascii=False)
        with self.transaction() as db:
            db.execute(
                "UPDATE documents SET state = 'indexing', pending_parser = ?, pages = ?, kind = ?,"
                " warnings = ? WHERE document_id = ? AND pending = ? AND state = 'parsing'",
                (parser, len(extracted.page_starts), extracted.kind,
                 json.dumps(extracted.warnings), document_id, version),
            )  # fmt: skip
            if not db.changes():
                return False
            db.execute(
                "INSERT INTO texts VALUES (?, ?, ?, ?)", (document_id, version, body, structure)
            )
            db.executemany(
                f"INSERT INTO chunks ({CHUNK}, key) VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?)",  # noqa: S608
                (chunk_values(chunk) for chunk in chunks),
            )
        return True

    def is_pending(self, document_id: str, version: int) -> bool:
        return bool(
            self.query(
                "SELECT 1 FROM documents"
                " WHERE document_id = ? AND pending = ? AND state = 'indexing'",
                (document_id, version),
            )
        )

    def flip(
        self, document_id: str, version: int, *, terms: str, model: str, wall_s: float
    ) -> bool:
        """Makes a pending version the live one; False when it was removed or replaced."""
        with self.transaction() as db:
            db.execute(
                "UPDATE documents SET state = 'indexed', version = pending, pending = 0,"
                " parser = pending_parser, chunker = pending_chunker, digest = pending_digest,"
                " terms = ?, model = ?, reason = '', hint = '', indexed_s = ?,"
                " chunks = (SELECT count(*) FROM chunks c"
                "   WHERE c.document_id = documents.document_id AND c.version = pending)"
                " WHERE document_id = ? AND pending = ? AND state = 'indexing'",
                (terms, model, wall_s, document_id, version),
            )
            if not db.changes():
                return False
            db.execute("DELETE FROM incoming WHERE document_id = ?", (document_id,))
            steps.count_up(db, "epoch")
        return True

    def forget_versions(self, document_id: str, keep: int) -> None:
        """Drops texts and chunks of all versions but one, and vectors nobody needs any more."""
        with self.transaction() as db:
            steps.drop(db, "document_id = ? AND version != ?", (document_id, keep))

    def mark_failed(self, document_id: str, version: int, reason: str, hint: str) -> bool:
        """Notes why a version is not indexed; the live one, if any, stays.

        Args:
            version: the pending one; 0 while the document is still being parsed.

        Returns:
            False when it was removed or waits again meanwhile: nothing is noted then.
        """
        with self.transaction() as db:
            db.execute(
                "UPDATE documents SET state = 'failed', pending = 0, reason = ?, hint = ?"
                " WHERE document_id = ? AND CASE ?4 WHEN 0 THEN state = 'parsing'"
                " ELSE state = 'indexing' AND pending = ?4 END",
                (reason, hint, document_id, version),
            )
            return steps.left_alone(db, document_id)

    def mark_unchanged(self, document_id: str) -> bool:
        """What is live is what the file has; False when it was removed or waits again meanwhile."""
        with self.transaction() as db:
            db.execute(
                "UPDATE documents SET state = 'indexed', reason = '', hint = ''"
                " WHERE document_id = ? AND state = 'parsing'",
                (document_id,),
            )
            return steps.left_alone(db, document_id)

    def mark_removed(self, document_id: str) -> bool:
        """From now on it cannot be found; False when there is none."""
        with self.transaction() as db:
            db.execute(
                "UPDATE documents SET state = 'removed', version = 0, pending = 0"
                " WHERE document_id = ? AND state != 'removed'",
                (document_id,),
            )
            changed = bool(db.changes())
            if changed:
                steps.count_up(db, "epoch")
        return changed

    def forget(self, document_id: str) -> bool:
        """The last step of removing: nothing of it is left; False when it was added again."""
        with self.transaction() as db:
            steps.drop(db, f"document_id = ? AND {steps.NOT_PENDING}", (document_id,))
            db.execute(
                "DELETE FROM documents WHERE document_id = ? AND state = 'removed'", (document_id,)
            )
            gone = bool(db.changes())
            if gone:
                db.execute("DELETE FROM incoming WHERE document_id = ?", (document_id,))
        return gone

    # texts -----------------------------------------------------------------------------------
    def extracted(self, document_id: str, version: int) -> Extracted:
        """The text of one version.  Raises NotFoundError."""
        found = self.query(
            "SELECT body, structure FROM texts WHERE document_id = ? AND version = ?",
            (document_id, version),
        )
        if not found:
            raise NotFoundError(
                "The document has no text yet.",
                hint="Wait until it is indexed.",
                code="not_found.text",
            )
        body, structure = found[0]
        return Extracted.restore(zlib.decompress(body).decode("utf-8"), json.loads(structure))

    def same_content(self, digest: str, parser: str, suffix: str) -> Extracted | None:
        """The text of another file with the same content and ending, if one was read."""
        found = self.query(
            "SELECT document_id, version FROM documents WHERE digest = ? AND parser = ?"
            " AND version > 0 AND state = 'indexed' AND lower(path) LIKE ? LIMIT 1",
            (digest, parser, f"%{suffix}"),
        )
        return self.extracted(*found[0]) if found else None

    def chunks(self, document_id: str, version: int) -> list[Chunk]:
        """All chunks of one version, in order."""
        return [
            chunk_of(values)
            for values in self.query(
                f"SELECT {CHUNK} FROM chunks"  # noqa: S608
                " WHERE document_id = ? AND version = ? ORDER BY ordinal",
                (document_id, version),
            )
        ]

    def samples(self) -> list[tuple[str, int]]:
        """Of each live document the text of its middle chunk, and how many chunks it has."""
        return self.query(
            "SELECT c.text, d.chunks FROM documents d JOIN chunks c ON c.version = d.version"
            " AND c.document_id = d.document_id AND c.ordinal = d.chunks / 2"
            " WHERE d.version > 0 AND d.state != 'removed'"
        )

    def live_chunk_keys(self) -> list[tuple[str, int, int]]:
        """Document, version and ordinal of every live chunk."""
        return self.query(
            "SELECT c.document_id, c.version, c.ordinal FROM chunks c JOIN documents d"
            " ON d.document_id = c.document_id AND d.version = c.version WHERE d.state != 'removed'"
        )

    def pending_chunk_keys(self) -> list[tuple[str, int, int]]:
        """The same of versions that are being indexed."""
        return self.query(
            "SELECT c.document_id, c.version, c.ordinal FROM chunks c JOIN documents d"
            " ON d.document_id = c.document_id AND d.version != c.version AND d.pending > 0"
        )

    # small things ----------------------------------------------------------------------------
    def get(self, key: str, default: str = "") -> str:
        found = self.query("SELECT value FROM notes WHERE key = ?", (key,))
        return str(found[0][0]) if found else default

    def identity(self) -> str:
        """Made once, never the same as another manifest's."""
        with self.transaction() as db:
            db.execute("INSERT OR IGNORE INTO notes VALUES ('identity', ?)", (uuid.uuid4().hex,))
        return self.get("identity")

    def set(self, key: str, value: str) -> None:
        with self.transaction() as db:
            db.execute("INSERT OR REPLACE INTO notes VALUES (?, ?)", (key, value))


def _plain(value: Any) -> Any:
    return (
        json.dumps(value, ensure_ascii=False) if isinstance(value, (dict, tuple, list)) else value
    )


def _storage(error: Exception) -> StorageError:
    return StorageError(
        f"The documents' list cannot be read or written: {error}.",
        hint="Check that the disk has room and the data directory can be written.",
        code="storage.documents",
    )
