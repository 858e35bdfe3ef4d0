"""Reading where the database is gone, or lies on a disk that nobody can write to."""

from __future__ import annotations

from pathlib import Path

import pytest
from unit.engine.store.made_lines import make_line, new_session
from unit.engine.store.small_disk import make_read_only, small_disk

from desktop.engine.store import TranscriptStore
from desktop.engine.store.presence import is_frozen, is_missing
from desktop.errors import StorageError


def filled(path: Path) -> None:
    with TranscriptStore.open(path) as store:
        new_session(store, "s")
        store.append_segment("s", make_line(1))


@pytest.mark.parametrize("left", ["nothing", "an empty file"])
def test_readers_take_no_lost_database_for_an_empty_one(database_path: Path, left: str) -> None:
    """faults: S46"""
    filled(database_path)
    assert not is_missing(database_path)
    database_path.unlink()
    if left != "nothing":
        database_path.touch()
    assert is_missing(database_path)
    with pytest.raises(StorageError) as caught:
        TranscriptStore.open(database_path, read_only=True)
    assert caught.value.code == "storage.lost"


def test_nothing_is_missing_where_nothing_was(database_path: Path) -> None:
    assert not is_missing(database_path)
    with pytest.raises(StorageError) as caught:
        TranscriptStore.open(database_path, read_only=True)
    assert caught.value.code == "not_found"


def test_a_disk_that_nobody_can_write_to_can_be_read(tmp_path: Path) -> None:
    """A backup medium, a snapshot: SQLite would want to write beside the file."""
    with small_disk(tmp_path / "disk", 1024) as disk:
        folder = disk / "50% of #1? 회의"
        folder.mkdir()
        filled(folder / "transcripts.db")
        assert not is_frozen(folder / "transcripts.db")
        make_read_only(disk)
        assert is_frozen(folder / "transcripts.db")
        with TranscriptStore.open(folder / "transcripts.db", read_only=True) as store:
            assert [record.session_id for record in store.sessions()] == ["s"]
            assert len(store.search("회의")) == 1
            assert store.verify() == []
            with pytest.raises(StorageError) as caught:
                store.delete_session("s")
            assert caught.value.code == "storage.readonly"
