-- A manifest of documents of schema 1, as the program of that time wrote it (paths shortened).
PRAGMA application_id = 0;
PRAGMA user_version = 1;
BEGIN;
CREATE TABLE documents (
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
CREATE INDEX documents_by_state ON documents (state, seq);
CREATE INDEX documents_by_digest ON documents (digest);
CREATE TABLE incoming (
  document_id TEXT PRIMARY KEY,
  body BLOB NOT NULL,
  structure TEXT NOT NULL
) STRICT;
CREATE TABLE texts (
  document_id TEXT NOT NULL,
  version INTEGER NOT NULL,
  body BLOB NOT NULL,
  structure TEXT NOT NULL,
  PRIMARY KEY (document_id, version)
) STRICT, WITHOUT ROWID;
CREATE TABLE chunks (
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
CREATE INDEX chunks_by_key ON chunks (key);
CREATE TABLE vectors (
  key BLOB NOT NULL,
  maker TEXT NOT NULL,
  sparse BLOB NOT NULL,
  dense BLOB NOT NULL,
  PRIMARY KEY (key, maker)
) STRICT, WITHOUT ROWID;
CREATE TABLE watched (folder TEXT PRIMARY KEY) STRICT;
CREATE TABLE notes (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;
INSERT INTO documents (seq, document_id, path, folder, name, kind, state, size, mtime_ns, digest, parser, chunker, terms, model, version, pending, last_version, pending_parser, pending_chunker, pending_digest, pages, chunks, reason, hint, warnings, metadata, session_id, indexed_s) VALUES (1, '949bed7e-8ae4-55a5-a2fe-f82cf1bdfead', '/papers/broken.pdf', '', 'broken.pdf', 'pdf', 'failed', 11, 1795708887705199843, '', '', '', '', '', 0, 0, 0, '', '', '4b2b12ddf8d5328101889a315b94b7207c938c01b895b14f9ddeb2598d50df0f', 0, 0, 'The document is damaged (PDF cannot be read).', 'Open it in the program it comes from and save it again, or download it again.', '[]', '{}', '', 0.0);
INSERT INTO documents (seq, document_id, path, folder, name, kind, state, size, mtime_ns, digest, parser, chunker, terms, model, version, pending, last_version, pending_parser, pending_chunker, pending_digest, pages, chunks, reason, hint, warnings, metadata, session_id, indexed_s) VALUES (2, '5e19b96e-b707-50db-8fe0-64108bc0009e', '/papers/plan.md', '', 'plan.md', 'md', 'indexed', 24, 1795708887705166034, 'ab7cfaebd933e70f6a3ba537d30a1c8912e0756bb5fa811959f95b91c7549b92', 'parsers-1', 'chunks-1/350/50/1500', 'terms-1', '', 1, 0, 1, 'parsers-1', 'chunks-1/350/50/1500', 'ab7cfaebd933e70f6a3ba537d30a1c8912e0756bb5fa811959f95b91c7549b92', 0, 1, '', '', '[]', '{}', '', 1795708888.5596378);
INSERT INTO documents (seq, document_id, path, folder, name, kind, state, size, mtime_ns, digest, parser, chunker, terms, model, version, pending, last_version, pending_parser, pending_chunker, pending_digest, pages, chunks, reason, hint, warnings, metadata, session_id, indexed_s) VALUES (3, '82b401b2-6cba-51b0-b970-2bb476179596', '/papers/report.txt', '', 'report.txt', 'txt', 'indexed', 32, 1795708887705115877, '81b131b0088a335d642f3b7600d63884aac2ec108d99afa9ab7cf72cc493b70d', 'parsers-1', 'chunks-1/350/50/1500', 'terms-1', '', 2, 0, 2, 'parsers-1', 'chunks-1/350/50/1500', '81b131b0088a335d642f3b7600d63884aac2ec108d99afa9ab7cf72cc493b70d', 0, 1, '', '', '[]', '{}', '', 1795708888.5607653);
INSERT INTO texts (document_id, version, body, structure) VALUES ('5e19b96e-b707-50db-8fe0-64108bc0009e', 1, X'785E0BC849CCE3F2C82C4A554854484F2C4A49CD4B2DD2E3020054EB073F', '{"kind": "md", "title": "Plan", "blocks": [["heading", 0, 4, 1, 0.0], ["text", 5, 21, 0, 0.0]], "page_starts": [], "warnings": []}');
INSERT INTO texts (document_id, version, body, structure) VALUES ('82b401b2-6cba-51b0-b970-2bb476179596', 2, X'785E0B2C4D2C2A492DCAA954284A2D4BCD2B4D55482F4A2D57C8CC53702A2D4ECCD3E30200D9340C01', '{"kind": "txt", "title": "", "blocks": [["text", 0, 32, 0, 0.0]], "page_starts": [], "warnings": []}');
INSERT INTO chunks (document_id, version, ordinal, text, start, end, page, heading, section_start, section_end, is_table, start_s, key) VALUES ('5e19b96e-b707-50db-8fe0-64108bc0009e', 1, 0, 'Plan
Hire a gardener.', 0, 21, 0, 'Plan', 0, 21, 0, 0.0, X'440270E964EC38B922B04305467154F8');
INSERT INTO chunks (document_id, version, ordinal, text, start, end, page, heading, section_start, section_end, is_table, start_s, key) VALUES ('82b401b2-6cba-51b0-b970-2bb476179596', 2, 0, 'Quarterly revenue grew in Busan.', 0, 32, 0, '', 0, 32, 0, 0.0, X'2D0CFDBC12D4E92D58F08FE4284343B0');
INSERT INTO vectors (key, maker, sparse, dense) VALUES (X'2D0CFDBC12D4E92D58F08FE4284343B0', 'terms:terms-1', X'04D2AEE52BB6A5DF4870B15F3F6F1A854BB29D491DD91DAB58426B6711C7D23F11C7D23F11C7D23F11C7D23F33339B3F33339B3F33339B3F', X'');
INSERT INTO vectors (key, maker, sparse, dense) VALUES (X'440270E964EC38B922B04305467154F8', 'terms:terms-1', X'95329C2AF014F848D7D4052820EF0F7BBC05F23F1136D43F1136D43F3B019D3F', X'');
INSERT INTO notes (key, value) VALUES ('versions', '2');
INSERT INTO notes (key, value) VALUES ('epoch', '2');
COMMIT;
