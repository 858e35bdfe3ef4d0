"""Beginning anew beside a damaged database: nothing that can be read is left behind."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

import apsw
import pytest
from unit.engine.store.made_lines import make_line, make_suppressed, new_session

from desktop.engine.store import TranscriptStore, begin_anew
from desktop.errors import StorageError
from desktop.events import Track
from desktop.records import SessionState

PAGE_BYTES = 4096
LINES = 240


@pytest.fixture
def damaged(database_path: Path) -> Path:
    """Two sessions with a few hundred lines; closed and whole as yet."""
    with TranscriptStore.open(database_path) as store:
        for name in ("first", "second"):
            new_session(store, name)
            for number in range(1, LINES + 1):
                store.append_segment(name, make_line(number), progress_samples=number)
            store.append_suppressed(name, make_suppressed("네", 1.0))
            store.finish_session(name, 60.0)
    return database_path


def pages_of(database: Path, table: str) -> list[int]:
    """The leaves of a table, by their numbers."""
    with contextlib.closing(apsw.Connection(str(database))) as connection:
        query = "SELECT pageno FROM dbstat WHERE name = ? AND pagetype = 'leaf' ORDER BY pageno"
        return [int(row[0]) for row in connection.execute(query, (table,))]


def spoil(database: Path, pages: list[int]) -> bytes:
    data = bytearray(database.read_bytes())
    for page in pages:
        data[(page - 1) * PAGE_BYTES : page * PAGE_BYTES] = os.urandom(PAGE_BYTES)
    database.write_bytes(data)
    return bytes(data)


def test_lines_on_both_sides_of_the_damage_come_along(damaged: Path, tmp_path: Path) -> None:
    """faults: S45"""
    pages = pages_of(damaged, "segments")
    left = spoil(damaged, pages[2:4])
    with pytest.raises(StorageError) as caught:
        TranscriptStore.open(damaged)
    assert caught.value.code == "storage.corrupt"
    made = begin_anew(damaged, tmp_path / "data" / "sessions")
    assert made.kept.read_bytes() == left, "what was damaged is kept as it was"
    assert made.sessions == 2
    assert made.with_sound == 0
    with TranscriptStore.open(damaged) as store:
        names = {record.session_id: record for record in store.sessions()}
        assert set(names) == {"first", "second"}
        assert names["first"].state is SessionState.FINISHED
        assert [track.name for track in names["second"].tracks]
        first, second = store.segments("first"), store.segments("second")
        assert LINES < len(first) + len(second) < 2 * LINES
        assert len(second) == LINES, "only pages of the first one were spoiled"
        assert first[0].text == make_line(1).text
        assert first[-1].sequence == LINES
        assert made.lines == len(first) + len(second) + 2
        assert store.search("회의"), "what came along is found"
        assert store.suppressed("second")
        assert store.progress("second")[Track.MIC] == LINES
        new_session(store, "third")
        store.append_segment("third", make_line(1))
    assert sorted(p.name for p in damaged.parent.glob("*.salvaged*")) == []


def test_lines_without_their_session_get_one(damaged: Path, tmp_path: Path) -> None:
    spoil(damaged, pages_of(damaged, "sessions"))
    made = begin_anew(damaged, tmp_path / "data" / "sessions")
    assert made.sessions == 2
    with TranscriptStore.open(damaged) as store:
        records = store.sessions()
        assert [len(store.segments(record.session_id)) for record in records] == [LINES, LINES]
        assert all(record.tracks for record in records)
        assert {record.state for record in records} == {SessionState.RECOVERED}


def test_a_file_that_is_no_database_leaves_the_sound(database_path: Path) -> None:
    """faults: S45; what was said is still in the recordings"""
    sessions = database_path.parent / "sessions"
    for name, files in {
        "20261120-103105-0a1b2c3d": ("mic.spool", "system.spool"),
        "notes": ("notes.txt",),
    }.items():
        (sessions / name).mkdir(parents=True)
        for file in files:
            (sessions / name / file).write_bytes(b"sound")
    database_path.write_bytes(b"not a database at all " * 400)
    made = begin_anew(database_path, sessions)
    assert (made.sessions, made.lines, made.with_sound) == (0, 0, 1)
    assert made.kept.read_bytes().startswith(b"not a database")
    with TranscriptStore.open(database_path) as store:
        (record,) = store.recoverable_sessions()
        assert record.session_id == "20261120-103105-0a1b2c3d"
        assert record.title == "2026-11-20 10:31"
        assert [track.track.value for track in record.tracks] == ["mic", "system"]


def test_a_line_that_is_not_what_was_written_stays_behind(damaged: Path, tmp_path: Path) -> None:
    data = bytearray(damaged.read_bytes())
    place = data.rindex(make_line(LINES).text.encode())
    data[place] ^= 0x01
    damaged.write_bytes(data)
    made = begin_anew(damaged, tmp_path / "data" / "sessions")
    assert made.lines == 2 * LINES + 2 - 1


def test_beginning_anew_that_breaks_off_changes_nothing(
    damaged: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    left = spoil(damaged, pages_of(damaged, "segments")[:1])

    def breaks_off(*_: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr("desktop.engine.store.salvage.take_place", breaks_off)
        with pytest.raises(StorageError) as caught:
            begin_anew(damaged, tmp_path / "data" / "sessions")
    assert caught.value.code == "storage.full"
    assert damaged.read_bytes() == left
    assert list(damaged.parent.glob("*.salvaged*")) == []


def test_a_database_in_use_is_left_alone(database_path: Path, tmp_path: Path) -> None:
    """faults: S49"""
    with TranscriptStore.open(database_path), pytest.raises(StorageError) as caught:
        begin_anew(database_path, tmp_path)
    assert caught.value.code == "storage.locked"
