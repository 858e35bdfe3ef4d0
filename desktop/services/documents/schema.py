"""The tables of the manifest, as numbered migrations.  Pure data.

Version n is what `MIGRATIONS[n - 1]` makes of version n - 1.  A released migration is never
edited: a change of shape is a new one at the end, tested from every earlier version.
"""

from __future__ import annotations

_VERSION_1 = """
CREATE TABLE IF NOT EXISTS documents (
  seq INTEGER PRIMARY KEY AUTOINCREMENT,
  document_id TEXT NOT NULL UNIQUE,
  path TEXT NOT NULL DEFAULT '',
  folder TEXT NOT NULL DEFAULT '',
  name TEXT NOT NULL,
  kind TEXT NOT NULL DEFAULT '',
  state TEXT NOT NULL,
  size INTEGER NOT NULL DEFAULT 0,
  mtime_ns INTEGER NOT NULL DEFAULT 0,
  digest TEXT NOT NULL DEFAULT '',
  parser TEXT NOT NULL DEFAULT '',
  chunker TEXT NOT NULL DEFAULT '',
  terms TEXT NOT NULL DEFAULT '',
  model TEXT NOT NULL DEFAULT '',
  version INTEGER NOT NULL DEFAULT 0,
  pending INTEGER NOT NULL DEFAULT 0,
  last_version INTEGER NOT NULL DEFAULT 0,
  pending_parser TEXT NOT NULL DEFAULT '',
  pending_chunker TEXT NOT NULL DEFAULT '',
  pending_digest TEXT NOT NULL DEFAULT '',
  pages INTEGER NOT NULL DEFAULT 0,
  chunks INTEGER NOT NULL DEFAULT 0,
  reason TEXT NOT NULL DEFAULT '',
  hint TEXT NOT NULL DEFAULT '',
  warnings TEXT NOT NULL DEFAULT '[]',
  metadata TEXT NOT NULL DEFAULT '{}',
  session_id TEXT NOT NULL DEFAULT '',
  indexed_s REAL NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX IF NOT EXISTS documents_by_state ON documents (state, seq);
CREATE INDEX IF NOT EXISTS documents_by_digest ON documents (digest);
CREATE TABLE IF NOT EXISTS incoming (
  document_id TEXT PRIMARY KEY,
  body BLOB NOT NULL,
  structure TEXT NOT NULL
) STRICT;
CREATE TABLE IF NOT EXISTS texts (
  document_id TEXT NOT NULL,
  version INTEGER NOT NULL,
  body BLOB NOT NULL,
  structure TEXT NOT NULL,
  PRIMARY KEY (document_id, version)
) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS chunks (
  document_id TEXT NOT NULL,
  version INTEGER NOT NULL,
  ordinal INTEGER NOT NULL,
  text TEXT NOT NULL,
  start INTEGER NOT NULL,
  end INTEGER NOT NULL,
  page INTEGER NOT NULL,
  heading TEXT NOT NULL,
  section_start INTEGER NOT NULL,
  section_end INTEGER NOT NULL,
  is_table INTEGER NOT NULL,
  start_s REAL NOT NULL,
  key BLOB NOT NULL,
  PRIMARY KEY (document_id, version, ordinal)
) STRICT, WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS chunks_by_key ON chunks (key);
-- Vectors by what they were made of: the same words are never turned into vectors twice.
CREATE TABLE IF NOT EXISTS vectors (
  key BLOB NOT NULL,
  maker TEXT NOT NULL,
  sparse BLOB NOT NULL,
  dense BLOB NOT NULL,
  PRIMARY KEY (key, maker)
) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS watched (folder TEXT PRIMARY KEY) STRICT;
CREATE TABLE IF NOT EXISTS notes (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;
"""

MIGRATIONS: tuple[str, ...] = (_VERSION_1,)
