-- A transcript database of schema 3, as the program of that time wrote it.
PRAGMA application_id = 1296844620;
PRAGMA user_version = 3;
BEGIN;
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
CREATE TABLE keywords (
    session_key INTEGER NOT NULL REFERENCES sessions ON DELETE CASCADE,
    keyword TEXT NOT NULL,
    segment_id INTEGER NOT NULL REFERENCES segments ON DELETE CASCADE,
    text TEXT NOT NULL,
    category TEXT NOT NULL,
    importance REAL NOT NULL,
    start_s REAL NOT NULL,
    count INTEGER NOT NULL,
    source TEXT NOT NULL DEFAULT '',
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
INSERT INTO search_grams (search_grams, rank) VALUES ('secure-delete', 1);
INSERT INTO meta (key, value) VALUES ('commits', 19);
INSERT INTO meta (key, value) VALUES ('database_id', '2a69b2ab21ad5505f2db653b800b074a');
INSERT INTO meta (key, value) VALUES ('search_index', '1/14.0.0');
INSERT INTO sessions (session_key, session_id, title, state, model, started_wall_s, duration_s) VALUES (1, 'budget', '예산 회의', 'finished', 'turbo', 1700000000.0, 30.0);
INSERT INTO sessions (session_key, session_id, title, state, model, started_wall_s, duration_s) VALUES (2, 'cut-off', '중간에 끊긴 회의', 'recording', 'turbo', 1700000000.0, 0.0);
INSERT INTO tracks (session_key, track, position, name, device, language, duration_s, transcribed_samples) VALUES (1, 'mic', 0, '나', 'default', 'ko', 0.0, 480000);
INSERT INTO tracks (session_key, track, position, name, device, language, duration_s, transcribed_samples) VALUES (1, 'system', 1, '김 부장', 'speakers', 'ko', 0.0, 0);
INSERT INTO tracks (session_key, track, position, name, device, language, duration_s, transcribed_samples) VALUES (2, 'mic', 0, '나', 'default', 'ko', 0.0, 0);
INSERT INTO tracks (session_key, track, position, name, device, language, duration_s, transcribed_samples) VALUES (2, 'system', 1, '상대', 'speakers', 'ko', 0.0, 0);
INSERT INTO segments (segment_id, session_key, sequence, track, start_s, end_s, wall_s, text, original_text, words, language, confidence, bookmarked, restored_from, crc) VALUES (1, 1, 1, 'mic', 3.0, 5.5, 1700000003.0, '정기회의를 시작합니다', NULL, '[[" 정기회의를",3.0,4.25,0.9],[" 시작합니다",4.25,5.5,0.9]]', 'ko', 0.9, 0, NULL, 3652101419);
INSERT INTO segments (segment_id, session_key, sequence, track, start_s, end_s, wall_s, text, original_text, words, language, confidence, bookmarked, restored_from, crc) VALUES (2, 1, 2, 'mic', 6.0, 8.5, 1700000006.0, '내년 예산은 사천만 원입니다', '내년 예산은 삼천만 원입니다', '[[" 내년",6.0,6.625,0.9],[" 예산은",6.625,7.25,0.9],[" 삼천만",7.25,7.875,0.9],[" 원입니다",7.875,8.5,0.9]]', 'ko', 0.9, 0, NULL, 3532441986);
INSERT INTO segments (segment_id, session_key, sequence, track, start_s, end_s, wall_s, text, original_text, words, language, confidence, bookmarked, restored_from, crc) VALUES (3, 1, 3, 'mic', 9.0, 11.5, 1700000009.0, 'Kubernetes로 옮기기로 했습니다', NULL, '[[" Kubernetes로",9.0,9.833,0.9],[" 옮기기로",9.833,10.667,0.9],[" 했습니다",10.667,11.5,0.9]]', 'ko', 0.9, 1, NULL, 1648620868);
INSERT INTO segments (segment_id, session_key, sequence, track, start_s, end_s, wall_s, text, original_text, words, language, confidence, bookmarked, restored_from, crc) VALUES (4, 1, 4, 'system', 12.0, 14.5, 1700000012.0, 'The report is due on Friday.', NULL, '[[" The",12.0,12.417,0.9],[" report",12.417,12.833,0.9],[" is",12.833,13.25,0.9],[" due",13.25,13.667,0.9],[" on",13.667,14.083,0.9],[" Friday.",14.083,14.5,0.9]]', 'ko', 0.9, 0, NULL, 4206255806);
INSERT INTO segments (segment_id, session_key, sequence, track, start_s, end_s, wall_s, text, original_text, words, language, confidence, bookmarked, restored_from, crc) VALUES (5, 1, 4, 'mic', 24.0, 25.0, 1700000024.0, 'restored words', NULL, '[[" restored",24.0,24.5,0.9],[" words",24.5,25.0,0.9]]', 'ko', 0.3, 0, 2, 2961770754);
INSERT INTO segments (segment_id, session_key, sequence, track, start_s, end_s, wall_s, text, original_text, words, language, confidence, bookmarked, restored_from, crc) VALUES (6, 2, 1, 'mic', 3.0, 5.5, 1700000003.0, '여기까지 저장되었습니다', NULL, '[[" 여기까지",3.0,4.25,0.9],[" 저장되었습니다",4.25,5.5,0.9]]', 'ko', 0.9, 0, NULL, 3774971575);
INSERT INTO suppressed (suppressed_id, session_key, track, start_s, end_s, wall_s, text, words, language, confidence, reason, restored_segment_id, crc) VALUES (1, 1, 'mic', 20.0, 21.0, 1700000020.0, '시청해 주셔서 감사합니다', '[[" 시청해",20.0,20.333,0.9],[" 주셔서",20.333,20.667,0.9],[" 감사합니다",20.667,21.0,0.9]]', 'ko', 0.3, 'phrase', NULL, 4030018490);
INSERT INTO suppressed (suppressed_id, session_key, track, start_s, end_s, wall_s, text, words, language, confidence, reason, restored_segment_id, crc) VALUES (2, 1, 'mic', 24.0, 25.0, 1700000024.0, 'restored words', '[[" restored",24.0,24.5,0.9],[" words",24.5,25.0,0.9]]', 'ko', 0.3, 'phrase', 5, 827570569);
INSERT INTO gaps (session_key, track, start_s, end_s, cause) VALUES (1, 'mic', 12.0, 13.5, 'overflow');
INSERT INTO search_grams (rowid, grams) VALUES (1, '정기 기회 회의 의를 를시 시작 작합 합니 니다 다');
INSERT INTO search_grams (rowid, grams) VALUES (2, '내년 년예 예산 산은 은사 사천 천만 만원 원입 입니 니다 다');
INSERT INTO search_grams (rowid, grams) VALUES (3, 'kubernetes 로옮 옮기 기기 기로 로했 했습 습니 니다 다');
INSERT INTO search_grams (rowid, grams) VALUES (4, 'the report is due on friday');
INSERT INTO search_grams (rowid, grams) VALUES (5, 'restored words');
INSERT INTO search_grams (rowid, grams) VALUES (6, '여기 기까 까지 지저 저장 장되 되었 었습 습니 니다 다');
INSERT INTO keywords (session_key, keyword, segment_id, text, category, importance, start_s, count, source) VALUES (1, 'kubernetes', 3, 'Kubernetes', 'technology', 0.7, 9.0, 1, 'Qwen/Qwen2.5-7B-Instruct');
INSERT INTO keyword_decisions (session_key, keyword, hidden, pinned, category) VALUES (1, 'kubernetes', 0, 1, NULL);
COMMIT;
