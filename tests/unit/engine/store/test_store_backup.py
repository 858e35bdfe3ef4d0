"""Backups: taken while in use, verified, rotated, restored."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from unit.engine.store.faulty_disk import faulty_disk
from unit.engine.store.made_lines import make_line, make_suppressed, new_session

from desktop.engine.store import TranscriptStore, list_backups, restore_backup
from desktop.errors import StorageError


def test_a_backup_holds_everything_and_is_one_file(store: TranscriptStore, tmp_path: Path) -> None:
    new_session(store, "s")
    store.append_segment("s", make_line(1), progress_samples=7)
    store.append_suppressed("s", make_suppressed("네", 1.0))
    copy = store.backup()
    assert [p.name for p in copy.parent.iterdir()] == [copy.name]
    alone = tmp_path / "elsewhere" / "transcripts.db"
    alone.parent.mkdir()
    alone.write_bytes(copy.read_bytes())
    with TranscriptStore.open(alone) as restored:
        assert restored.segments("s") == store.segments("s")
        assert restored.suppressed("s") == store.suppressed("s")
        assert restored.progress("s") == store.progress("s")
        assert restored.search("회의") == store.search("회의")


def test_rotation_keeps_the_newest(store: TranscriptStore) -> None:
    made = [store.backup(keep=3) for _ in range(5)]
    assert len(set(made)) == 5
    kept = [record.path for record in store.list_backups()]
    assert sorted(kept) == sorted(made[-3:])


def test_restoring_keeps_what_was_there(database_path: Path) -> None:
    with TranscriptStore.open(database_path) as store:
        new_session(store, "s")
        store.append_segment("s", make_line(1))
        copy = store.backup()
        store.append_segment("s", make_line(2))
    kept = restore_backup(database_path, copy)
    assert kept is not None
    with TranscriptStore.open(database_path) as store:
        assert len(store.segments("s")) == 1
        store.append_segment("s", make_line(2))
    with TranscriptStore.open(kept) as old:
        assert len(old.segments("s")) == 2


def test_a_restore_that_breaks_off_never_leaves_an_empty_database(
    database_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """faults: S46"""
    with TranscriptStore.open(database_path) as store:
        new_session(store, "s")
        copy = store.backup()
    replace = os.replace

    def breaks_off(source: Path, target: Path) -> None:
        if target == database_path:
            raise PermissionError(13, "held by another program")
        replace(source, target)

    with monkeypatch.context() as patch:
        patch.setattr(os, "replace", breaks_off)
        with pytest.raises(StorageError):
            restore_backup(database_path, copy)
    with pytest.raises(StorageError) as caught:
        TranscriptStore.open(database_path)
    assert caught.value.code == "storage.lost"
    restore_backup(database_path, copy)
    with TranscriptStore.open(database_path) as store:
        assert [record.session_id for record in store.sessions()] == ["s"]


def test_a_damaged_backup_is_refused(database_path: Path) -> None:
    """faults: S45"""
    with TranscriptStore.open(database_path) as store:
        new_session(store, "s")
        copy = store.backup()
    copy.write_bytes(b"\0" * 4096 * 4)
    before = database_path.read_bytes()
    with pytest.raises(StorageError) as caught:
        restore_backup(database_path, copy)
    assert caught.value.code == "storage.corrupt"
    assert database_path.read_bytes() == before


def test_a_failed_backup_leaves_the_old_ones(database_path: Path) -> None:
    with faulty_disk() as (vfs, _plan), TranscriptStore.open(database_path, vfs=vfs) as store:
        copy = store.backup()
        store.path.parent.joinpath("backups").rename(database_path.parent / "kept")
        database_path.parent.joinpath("backups").write_text("in the way")
        with pytest.raises(StorageError):
            store.backup()
    assert list_backups(database_path.parent / "kept")[0].path.name == copy.name


def test_nothing_to_list(tmp_path: Path) -> None:
    assert list_backups(tmp_path / "missing") == []


def test_backups_of_a_wrong_clock_neither_crowd_out_nor_come_first(store: TranscriptStore) -> None:
    ahead = [store.backup() for _ in range(5)]
    for path in ahead:
        os.utime(path, (path.stat().st_mtime, path.stat().st_mtime + 400 * 86_400))
    made = store.backup()
    found = [backup.path for backup in store.list_backups()]
    assert found[0] == made
    assert len(found) == 5
    made_later = store.backup()
    assert [backup.path for backup in store.list_backups()][:2] == [made_later, made]
