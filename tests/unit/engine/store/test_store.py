"""The store's promises while nothing goes wrong."""

from __future__ import annotations

import dataclasses
import threading
from pathlib import Path

import pytest
from unit.engine.store.made_lines import make_line, make_suppressed, new_session

from desktop.engine.store import TranscriptStore, remove_session_folder
from desktop.errors import NotFoundError, StorageError
from desktop.events import GapDeclared, Track, Word
from desktop.records import GapRecord, SessionState


def test_a_line_comes_back_as_it_was_given(store: TranscriptStore) -> None:
    session_id = new_session(store)
    event = make_line(1, "안녕하세요, world 😀")
    segment_id = store.append_segment(session_id, event)
    (record,) = store.segments(session_id)
    assert record.segment_id == segment_id
    assert (record.text, record.original_text, record.edited) == (event.text, event.text, False)
    assert record.words == event.words
    assert (record.start_s, record.end_s, record.track) == (3.0, 5.5, Track.MIC)
    assert (record.language, record.confidence, record.bookmarked) == ("ko", 0.9, False)
    assert store.segment(segment_id) == record


def test_everything_is_there_after_reopening(database_path: Path) -> None:
    with TranscriptStore.open(database_path) as store:
        session_id = new_session(store, "s1")
        for i in range(1, 6):
            store.append_segment(session_id, make_line(i), progress_samples=i * 1000)
        before = (store.sessions(), store.segments("s1"), store.progress("s1"))
    with TranscriptStore.open(database_path) as store:
        assert (store.sessions(), store.segments("s1"), store.progress("s1")) == before


def test_a_replayed_line_is_not_doubled(store: TranscriptStore) -> None:
    session_id = new_session(store)
    first = store.append_segment(session_id, make_line(1, "처음"), progress_samples=100)
    again = store.append_segment(session_id, make_line(1, "다시"), progress_samples=300)
    assert first == again
    assert [s.text for s in store.segments(session_id)] == ["처음"]
    assert store.progress(session_id) == {Track.MIC: 300, Track.SYSTEM: 0}
    assert store.last_sequence(session_id) == 1


def test_progress_and_line_move_together_or_not_at_all(store: TranscriptStore) -> None:
    session_id = new_session(store)
    line = make_line(1, track=Track.FILE)  # a track the session does not have
    with pytest.raises(NotFoundError):
        store.append_segment(session_id, line, progress_samples=100)
    assert store.segments(session_id) == []
    assert store.search("정기회의") == []


def test_progress_never_moves_back(store: TranscriptStore) -> None:
    session_id = new_session(store)
    store.set_progress(session_id, Track.MIC, 500)
    store.set_progress(session_id, Track.MIC, 400)
    assert store.progress(session_id)[Track.MIC] == 500


def test_paging_by_sequence_meets_every_line_once(store: TranscriptStore) -> None:
    session_id = new_session(store)
    for i in range(1, 8):
        store.append_segment(session_id, make_line(i))
    held_back = store.append_suppressed(session_id, make_suppressed("감사합니다", 10.0))
    store.restore_suppressed(held_back)
    seen, after = [], 0
    while page := store.segments(session_id, after_sequence=after, limit=2):
        seen += [line.segment_id for line in page]
        after = max(line.sequence for line in page)
    assert sorted(seen) == sorted(line.segment_id for line in store.segments(session_id))
    assert len(seen) == 8


def test_session_records(store: TranscriptStore, database_path: Path) -> None:
    session_id = new_session(store, "first", title="주간 회의")
    store.append_segment(session_id, make_line(2, "두 번째", start_s=9.0))
    store.append_segment(session_id, make_line(1, "첫 번째", start_s=1.0))
    store.update_track(session_id, Track.MIC, language="en", device="usb", duration_s=12.5)
    store.rename_track(session_id, Track.SYSTEM, "김 대리")
    assert [s.session_id for s in store.recoverable_sessions()] == ["first"]
    store.finish_session(session_id, 12.5, SessionState.RECOVERED)
    assert store.recoverable_sessions() == []
    store.rename_session(session_id, "월간 회의")
    record = store.session(session_id)
    assert (record.title, record.state, record.duration_s) == ("월간 회의", "recovered", 12.5)
    assert (record.segment_count, record.preview, record.has_audio) == (2, "첫 번째", False)
    mic, system = record.tracks
    assert (mic.language, mic.device, mic.duration_s) == ("en", "usb", 12.5)
    assert system.name == "김 대리"
    folder = database_path.parent / "sessions" / "first"
    folder.mkdir(parents=True)
    (folder / "mic.spool").write_bytes(b"x")
    assert store.session(session_id).has_audio


def test_suppressed_lines_are_kept_and_become_real_in_time_order(store: TranscriptStore) -> None:
    session_id = new_session(store)
    store.append_segment(session_id, make_line(1, "하나", start_s=1.0))
    store.append_segment(session_id, make_line(2, "셋", start_s=9.0))
    event = make_suppressed("감사합니다", 5.0)
    suppressed_id = store.append_suppressed(session_id, event, progress_samples=77)
    assert store.append_suppressed(session_id, event) == suppressed_id
    assert store.search("감사") == []
    (held_back,) = store.suppressed(session_id)
    assert (held_back.text, held_back.reason, held_back.restored) == ("감사합니다", "phrase", False)
    restored = store.restore_suppressed(suppressed_id)
    assert store.restore_suppressed(suppressed_id) == restored
    assert [s.text for s in store.segments(session_id)] == ["하나", "감사합니다", "셋"]
    assert restored.words == event.words
    assert store.suppressed(session_id)[0].restored
    assert [hit.text for hit in store.search("감사")] == ["감사합니다"]
    assert store.progress(session_id)[Track.MIC] == 77


def test_restoring_takes_no_number_from_the_live_lines(store: TranscriptStore) -> None:
    session_id = new_session(store)
    store.restore_suppressed(store.append_suppressed(session_id, make_suppressed("네", 0.5)))
    store.append_segment(session_id, make_line(1, "하나"))
    assert [s.text for s in store.segments(session_id)] == ["네", "하나"]
    assert store.last_sequence(session_id) == 1


def test_editing_keeps_what_was_recognised(store: TranscriptStore) -> None:
    session_id = new_session(store)
    segment_id = store.append_segment(session_id, make_line(1, "회이를 시작"))
    store.edit_segment(segment_id, "회의를 시작")
    line = store.segment(segment_id)
    assert (line.text, line.original_text, line.edited) == ("회의를 시작", "회이를 시작", True)
    assert [len(store.search(word)) for word in ("회의", "회이")] == [1, 0]
    store.edit_segment(segment_id, "회이를 시작")
    assert not store.segment(segment_id).edited
    assert [len(store.search(word)) for word in ("회의", "회이")] == [0, 1]
    store.bookmark_segment(segment_id, True)
    assert store.segment(segment_id).bookmarked
    assert store.verify() == []


def test_gaps(store: TranscriptStore) -> None:
    session_id = new_session(store)
    gap = GapDeclared(Track.SYSTEM, 4.0, 6.5, "unplugged", 1.7e9)
    store.record_gap(session_id, gap)
    store.record_gap(session_id, gap)
    assert store.gaps(session_id) == [GapRecord(Track.SYSTEM, 4.0, 6.5, "unplugged")]


def test_text_that_no_file_can_carry_is_stored_legibly(store: TranscriptStore) -> None:
    session_id = new_session(store)
    event = dataclasses.replace(
        make_line(1),
        text="a\0b \ud800 c",
        words=(Word("a\0\udfff", float("nan"), 1.0, float("inf")),),
        confidence=float("nan"),
    )
    store.append_segment(session_id, event)
    (line,) = store.segments(session_id)
    assert line.text == "a\ufffdb \ufffd c"
    assert line.words == (Word("a\ufffd\ufffd", 0.0, 1.0, 0.0),)
    assert line.confidence == 0.0


def test_unknown_things_are_named(store: TranscriptStore) -> None:
    for call in (
        lambda: store.session("nope"),
        lambda: store.segments("nope"),
        lambda: store.append_segment("nope", make_line(1)),
        lambda: store.edit_segment(9, "x"),
        lambda: store.bookmark_segment(9, True),
        lambda: store.restore_suppressed(9),
        lambda: store.delete_session("nope"),
    ):
        with pytest.raises(NotFoundError):
            call()
    for bad in ("../x", "a/b", "", ".hidden", "a" * 101):
        with pytest.raises(ValueError, match="session id"):
            new_session(store, bad)


def test_a_deleted_session_leaves_no_trace_in_any_file(database_path: Path) -> None:
    with TranscriptStore.open(database_path) as store:
        keep, gone = new_session(store, "keep"), new_session(store, "gone", title="비밀회의제목")
        for i in range(1, 60):
            store.append_segment(keep, make_line(i, f"남는 문장 {i}"))
            store.append_segment(gone, make_line(i, f"기밀이야기 SECRETWORD {i}"))
        store.edit_segment(store.segments(gone)[3].segment_id, "기밀수정문장")
        store.append_suppressed(gone, make_suppressed("기밀억제문장", 3.0))
        store.backup()
        store.delete_session(gone)
        assert [s.session_id for s in store.sessions()] == ["keep"]
        assert store.search("기밀") == []
        assert len(store.search("남는 문장")) == 59
        assert store.verify() == []
        files = [p for p in database_path.parent.rglob("*") if p.is_file()]
        assert len(list(database_path.parent.glob("backups/*.db"))) == 1
        for path in files:
            content = path.read_bytes()
            for secret in (
                "기밀이야기",
                "기밀수정",
                "기밀억제",
                "비밀회의제목",
                "SECRETWORD",
                "기밀",
            ):
                assert secret.encode() not in content, path
                assert secret.lower().encode() not in content, path


def test_a_deleted_session_takes_its_sound_along_whatever_a_backup_does(
    database_path: Path,
) -> None:
    with TranscriptStore.open(database_path) as store:
        keep, gone = new_session(store, "keep"), new_session(store, "gone")
        for session_id in (keep, gone):
            folder = database_path.parent / "sessions" / session_id
            folder.mkdir(parents=True)
            (folder / "mic.spool").write_bytes(b"what was said")
        (database_path.parent / "backups").mkdir()
        (database_path.parent / "backups/transcripts-1.db").write_bytes(b"damaged" * 1_000)
        with pytest.raises(StorageError):
            store.delete_session(gone)
        assert [s.session_id for s in store.sessions()] == [keep]
        spools = list((database_path.parent / "sessions").rglob("*.spool"))
        assert [p.parent.name for p in spools] == [keep]


def test_removing_a_folder_never_follows_links(tmp_path: Path) -> None:
    sessions, outside = tmp_path / "sessions", tmp_path / "outside"
    (sessions / "s1").mkdir(parents=True)
    outside.mkdir()
    (outside / "precious.txt").write_text("x")
    (sessions / "s1" / "mic.spool").write_bytes(b"x")
    (sessions / "s1" / "link").symlink_to(outside)
    (sessions / "s2").symlink_to(outside)
    assert remove_session_folder(sessions, "s1")
    assert remove_session_folder(sessions, "s2")
    assert not remove_session_folder(sessions, "s3")
    assert list(sessions.iterdir()) == []
    assert (outside / "precious.txt").exists()
    for bad in ("..", "../outside", "", "."):
        with pytest.raises(ValueError, match="session id"):
            remove_session_folder(sessions, bad)


def test_many_threads_write_and_read_at_once(store: TranscriptStore) -> None:
    session_id = new_session(store)
    failures: list[BaseException] = []

    def write(offset: int) -> None:
        try:
            for i in range(20):
                store.append_segment(session_id, make_line(offset + i))
        except Exception as error:  # noqa: BLE001 - told by the test below
            failures.append(error)

    def read() -> None:
        try:
            for _ in range(20):
                found = store.segments(session_id)
                assert len({line.sequence for line in found}) == len(found)
                store.search("회의", session_id)
        except Exception as error:  # noqa: BLE001 - told by the test below
            failures.append(error)

    threads = [threading.Thread(target=write, args=(k * 100 + 1,)) for k in range(3)]
    threads += [threading.Thread(target=read) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert len(store.segments(session_id)) == 60


def test_reading_beside_a_running_writer(store: TranscriptStore, database_path: Path) -> None:
    session_id = new_session(store)
    with TranscriptStore.open(database_path, read_only=True) as reader:
        store.append_segment(session_id, make_line(1))
        assert len(reader.segments(session_id)) == 1
        assert len(reader.search("회의")) == 1
        with pytest.raises(StorageError) as caught:
            reader.rename_session(session_id, "x")
        assert caught.value.code == "storage.readonly"


def test_after_closing_everything_says_so(database_path: Path) -> None:
    store = TranscriptStore.open(database_path)
    session_id = new_session(store)
    store.close()
    store.close()
    for call in (store.sessions, lambda: store.append_segment(session_id, make_line(1))):
        with pytest.raises(StorageError) as caught:
            call()
        assert caught.value.code == "storage.closed"
