"""Deleting for good: killed in the middle, on a full disk, beside damaged backups."""

from __future__ import annotations

import subprocess
import sys
import threading
from pathlib import Path

import pytest
from unit.engine.store.made_lines import make_line, new_session
from unit.engine.store.small_disk import fill_up, small_disk

from desktop.engine.store import TranscriptStore, backup
from desktop.errors import StorageError

SECRET = "기밀이야기"


def filled(home: Path, *, spool_bytes: int = 1_000) -> None:
    """Two sessions with sound, and a backup of both."""
    with TranscriptStore.open(home / "transcripts.db") as store:
        for session_id, text in (("keep", "남는 문장"), ("gone", SECRET)):
            new_session(store, session_id)
            store.append_segment(session_id, make_line(1, text))
            folder = home / "sessions" / session_id
            folder.mkdir(parents=True)
            (folder / "mic.spool").write_bytes(b"s" * spool_bytes)
        store.backup()


def traces(home: Path) -> list[str]:
    """Where something of the deleted session still is."""
    found = [str(path) for path in (home / "sessions").rglob("*") if "gone" in str(path)]
    for path in home.rglob("*.db*"):
        if SECRET.encode() in path.read_bytes():
            found.append(str(path))
    return found


_KILLED_AT = """
import os, sys
from pathlib import Path
from desktop.engine.store import TranscriptStore, backup, deletion, folders, lines
from desktop.engine.store.database import Database
places = {"rows": (lines, "delete_session"), "sound": (folders, "remove"),
          "wal": (Database, "checkpoint"), "backups": (backup, "forget_session"),
          "end": (Path, "rmdir")}
owner, name = places[sys.argv[2]]
store = TranscriptStore.open(Path(sys.argv[1]) / "transcripts.db")
setattr(owner, name, lambda *_: os._exit(9))
store.delete_session("gone")
"""


@pytest.mark.parametrize("step", ["rows", "sound", "wal", "backups", "end"])
def test_killed_in_the_middle_it_is_finished_or_undone(tmp_path: Path, step: str) -> None:
    """faults: S39 - after the next start all of a session is there, or nothing."""
    filled(tmp_path)
    killed = subprocess.run(
        [sys.executable, "-P", "-c", _KILLED_AT, str(tmp_path), step], timeout=60, check=False
    )
    assert killed.returncode == 9
    with TranscriptStore.open(tmp_path / "transcripts.db") as store:
        there = [record.session_id for record in store.sessions()]
        assert store.verify() == []
    if step == "rows":
        assert sorted(there) == ["gone", "keep"]
        assert (tmp_path / "sessions/gone/mic.spool").exists()
    else:
        assert there == ["keep"]
        assert traces(tmp_path) == []
    assert (tmp_path / "sessions/keep/mic.spool").exists()
    assert not list((tmp_path / "sessions").glob(".*"))


def test_a_full_disk_lets_sessions_be_deleted(tmp_path: Path) -> None:
    """faults: S40 - their sound makes the room that deleting needs."""
    with small_disk(tmp_path / "disk", 8_192) as disk:
        filled(disk, spool_bytes=600_000)
        with TranscriptStore.open(disk / "transcripts.db") as store:
            fill_up(disk)
            with pytest.raises(StorageError) as caught:
                store.rename_session("keep", "x" * 100_000)
            assert caught.value.code == "storage.full"
            store.delete_session("gone")
            assert [record.session_id for record in store.sessions()] == ["keep"]
            assert store.verify() == []
        assert traces(disk) == []
        assert (disk / "sessions/keep/mic.spool").exists()


def test_what_cannot_be_deleted_is_whole_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    filled(tmp_path)

    def broken(*_: object) -> None:
        raise StorageError("It broke.", code="storage.io")

    with TranscriptStore.open(tmp_path / "transcripts.db") as store:
        with monkeypatch.context() as patch:
            patch.setattr("desktop.engine.store.lines.delete_session", broken)
            with pytest.raises(StorageError, match="It broke"):
                store.delete_session("gone")
        assert len(store.sessions()) == 2
        assert all(record.has_audio for record in store.sessions())
    with TranscriptStore.open(tmp_path / "transcripts.db", read_only=True) as reader:
        with pytest.raises(StorageError) as caught:
            reader.delete_session("gone")
        assert caught.value.code == "storage.readonly"


def test_a_damaged_backup_keeps_no_other_from_forgetting(tmp_path: Path) -> None:
    filled(tmp_path)
    damaged = tmp_path / "backups" / "before-format-1.db"  # the first by its name
    damaged.write_bytes(b"damaged" * 1_000)
    with TranscriptStore.open(tmp_path / "transcripts.db") as store:
        with pytest.raises(StorageError):
            store.delete_session("gone")
        assert [record.session_id for record in store.sessions()] == ["keep"]
        assert not [path for path in traces(tmp_path) if path.endswith((".db", ".spool"))]
    damaged.unlink()
    TranscriptStore.open(tmp_path / "transcripts.db").close()
    assert traces(tmp_path) == []


def test_a_backup_that_is_being_made_brings_nothing_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    filled(tmp_path)
    copied, deleting = threading.Event(), threading.Event()
    sound = backup.sync_file

    def slowly(path: Path) -> None:
        copied.set()
        deleting.wait(1.0)  # as a slow disk
        sound(path)

    monkeypatch.setattr(backup, "sync_file", slowly)
    with TranscriptStore.open(tmp_path / "transcripts.db") as store:
        making = threading.Thread(target=store.backup)
        making.start()
        assert copied.wait(20)
        store.delete_session("gone")
        deleting.set()
        making.join()
    assert traces(tmp_path) == []
