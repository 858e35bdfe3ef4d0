"""The shape of the transcript database, as numbered migrations.  Pure data.

Version n is what `MIGRATIONS[n - 1]` makes of version n - 1.  A released migration is never
edited: a change of shape is a new one at the end, tested from every earlier version.

Design notes:
- words are one compact JSON column of their line, so a 10,000-line session opens in one scan;
- `search_grams` holds the tokens of `text_index.index_terms`, so that only built-in tokenizers are
  needed and any SQLite can open and check the file; it keeps its own copy of the tokens, so a
  deletion removes exactly what was inserted whatever Unicode version runs;
- `crc` covers what was said, so that a flipped bit is noticed when the row is read;
- a restored line has `restored_from` and shares the sequence number of its neighbour: the numbers
  that live lines use stay free.
"""

from __future__ import annotations

APPLICATION_ID = 0x4D4C474C  # "MLGL"

_VERSION_1 = """
CREATE TABLE meta (
    key TEXT PRIMARY KEY,
    value NOT NULL
) WITHOUT ROWID;

CREATE TABLE sessions (
    session_key INTEGER PRIMARY KEY AUTOINCREMENT,
    session_id TEXT NOT NULL UNIQUE,
    title TEXT NOT NULL,
    state TEXT NOT NULL,
    model TEXT NOT NULL,
    started_wall_s REAL NOT NULL,
    duration_s REAL NOT NULL DEFAULT 0
);
CREATE INDEX sessions_started ON sessions (started_wall_s);

CREATE TABLE tracks (
    session_key INTEGER NOT NULL REFERENCES sessions ON DELETE CASCADE,
    track TEXT NOT NULL,
    position INTEGER NOT NULL,
    name TEXT NOT NULL,
    device TEXT NOT NULL,
    language TEXT NOT NULL,
    duration_s REAL NOT NULL,
    transcribed_samples INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (session_key, track)
) WITHOUT ROWID;

CREATE TABLE segments (
    segment_id INTEGER PRIMARY KEY AUTOINCREMENT,
    session_key INTEGER NOT NULL REFERENCES sessions ON DELETE CASCADE,
    sequence INTEGER NOT NULL,
    track TEXT NOT NULL,
    start_s REAL NOT NULL,
    end_s REAL NOT NULL,
    wall_s REAL NOT NULL,
    text TEXT NOT NULL,
    original_text TEXT,
    words TEXT NOT NULL,
    language TEXT NOT NULL,
    confidence REAL NOT NULL,
    bookmarked INTEGER NOT NULL DEFAULT 0,
    restored_from INTEGER,
    crc INTEGER NOT NULL
);
CREATE UNIQUE INDEX segments_sequence ON segments (session_key, sequence)
    WHERE restored_from IS NULL;
CREATE INDEX segments_time ON segments (session_key, start_s, sequence);

CREATE TABLE suppressed (
    suppressed_id INTEGER PRIMARY KEY AUTOINCREMENT,
    session_key INTEGER NOT NULL REFERENCES sessions ON DELETE CASCADE,
    track TEXT NOT NULL,
    start_s REAL NOT NULL,
    end_s REAL NOT NULL,
    wall_s REAL NOT NULL,
    text TEXT NOT NULL,
    words TEXT NOT NULL,
    language TEXT NOT NULL,
    confidence REAL NOT NULL,
    reason TEXT NOT NULL,
    restored_segment_id INTEGER,
    crc INTEGER NOT NULL
);
CREATE INDEX suppressed_time ON suppressed (session_key, start_s);

CREATE TABLE gaps (
    session_key INTEGER NOT NULL REFERENCES sessions ON DELETE CASCADE,
    track TEXT NOT NULL,
    start_s REAL NOT NULL,
    end_s REAL NOT NULL,
    cause TEXT NOT NULL,
    PRIMARY KEY (session_key, start_s, track, end_s, cause)
) WITHOUT ROWID;

CREATE VIRTUAL TABLE search_grams USING fts5 (grams, tokenize = 'ascii');
INSERT INTO search_grams (search_grams, rank) VALUES ('secure-delete', 1);

INSERT INTO meta VALUES ('database_id', lower(hex(randomblob(16)))), ('commits', 0);
"""

# Keywords by the line they were said in, and what a person decided about them.
_VERSION_2 = """
CREATE TABLE keywords (
    session_key INTEGER NOT NULL REFERENCES sessions ON DELETE CASCADE,
    keyword TEXT NOT NULL,
    segment_id INTEGER NOT NULL REFERENCES segments ON DELETE CASCADE,
    text TEXT NOT NULL,
    category TEXT NOT NULL,
    importance REAL NOT NULL,
    start_s REAL NOT NULL,
    count INTEGER NOT NULL,
    PRIMARY KEY (session_key, keyword, segment_id)
) WITHOUT ROWID;
CREATE INDEX keywords_segment ON keywords (segment_id);

CREATE TABLE keyword_decisions (
    session_key INTEGER NOT NULL REFERENCES sessions ON DELETE CASCADE,
    keyword TEXT NOT NULL,
    hidden INTEGER NOT NULL,
    pinned INTEGER NOT NULL,
    category TEXT,
    PRIMARY KEY (session_key, keyword)
) WITHOUT ROWID;
"""

# What found a keyword: a language model's name or "basic"; empty of those found earlier.
_VERSION_3 = """
ALTER TABLE keywords ADD COLUMN source TEXT NOT NULL DEFAULT '';
"""

MIGRATIONS: tuple[str, ...] = (_VERSION_1, _VERSION_2, _VERSION_3)
