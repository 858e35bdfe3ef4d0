"""What the store does when the disk, the file or another process misbehaves."""

from __future__ import annotations

import contextlib
import hashlib
import os
import subprocess
import sys
from pathlib import Path

import apsw
import pytest
from unit.engine.store.faulty_disk import faulty_disk
from unit.engine.store.made_lines import make_line, new_session
from unit.engine.store.small_disk import fill_up, make_read_only, small_disk

from desktop.engine.store import TranscriptStore, restore_backup
from desktop.engine.store.database import check_sqlite_version
from desktop.errors import StorageError


def fill(path: Path, lines: int = 5) -> None:
    with TranscriptStore.open(path) as store:
        session_id = new_session(store, "s")
        for i in range(1, lines + 1):
            store.append_segment(session_id, make_line(i))


def code_of_opening(path: Path) -> str:
    with pytest.raises(StorageError) as caught:
        TranscriptStore.open(path)
    assert str(path.parent) in caught.value.message
    assert caught.value.hint
    return caught.value.code


def crash(path: Path, tmp_path: Path) -> Path:
    """A copy of the files as a kill would leave them: -wal unread, nothing checkpointed."""
    copied = tmp_path / "crashed"
    copied.mkdir()
    for part in path.parent.glob(path.name + "*"):
        if not part.name.endswith(("-shm", ".lock")):
            (copied / part.name).write_bytes(part.read_bytes())
    return copied / path.name


def sequences(store: TranscriptStore) -> list[int]:
    return [line.sequence for line in store.segments("s")]


# every operation fails once --------------------------------------------------------------------


LINES = 4


def run_script(store: TranscriptStore) -> set[int]:
    """Writes some lines, going on after errors; returns the acknowledged ones."""
    acknowledged = set()
    for i in range(1, LINES + 1):
        with contextlib.suppress(StorageError):
            store.append_segment("s", make_line(i), progress_samples=i)
            acknowledged.add(i)
        if i % 2 == 0:
            with contextlib.suppress(StorageError):
                store._database.checkpoint()
    return acknowledged


@pytest.mark.parametrize(
    ("error", "lasting", "step"),
    [
        ("io", False, 5),
        ("full", True, 7),
        *(
            pytest.param(error, lasting, 1, marks=pytest.mark.slow)
            for error in ("io", "full")
            for lasting in (False, True)
        ),
    ],
)
def test_every_write_fails_once_in_turn(
    tmp_path: Path, error: str, lasting: bool, step: int
) -> None:
    """faults: S39 S40 S42: after any single failed operation, what was acknowledged is there."""
    operation, finished = 1 - step, False
    while not finished:
        operation += step
        path = tmp_path / str(operation) / "transcripts.db"
        with faulty_disk() as (vfs, plan), TranscriptStore.open(path, vfs=vfs) as store:
            new_session(store, "s")
            plan.arm(operation, error=error, lasting=lasting)
            acknowledged = run_script(store)
            finished = not plan.failed
            plan.disarm()
            assert set(sequences(store)) >= acknowledged
        with TranscriptStore.open(path) as store:
            assert set(sequences(store)) >= acknowledged
            assert store.verify() == []
            assert max(store.progress("s").values()) >= max(acknowledged, default=0)
            for i in range(1, LINES + 1):  # the replay after a recovery
                store.append_segment("s", make_line(i))
            assert sequences(store) == list(range(1, LINES + 1))


def test_an_error_of_fsync_stops_acknowledging_until_recovered(tmp_path: Path) -> None:
    """faults: S42"""
    path = tmp_path / "transcripts.db"
    with faulty_disk() as (vfs, plan), TranscriptStore.open(path, vfs=vfs) as store:
        new_session(store, "s")
        store.append_segment("s", make_line(1))
        plan.kinds = frozenset({"sync"})
        plan.arm(1, error="io")
        for i in (2, 3):  # the disk works again at 3, but its promise was broken
            with pytest.raises(StorageError) as caught:
                store.append_segment("s", make_line(i))
            assert caught.value.code == "storage.io"
        assert plan.failed == ["sync"]
        assert 1 in sequences(store)
        store.recover()
        for i in (2, 3):
            store.append_segment("s", make_line(i))
        assert sequences(store) == [1, 2, 3]


# a full disk and a read-only one ---------------------------------------------------------------


def test_a_full_disk_is_told_and_forgiven(tmp_path: Path) -> None:
    """faults: S40: the same store works again after space was freed; nothing stored was lost."""
    with small_disk(tmp_path / "disk", 1024) as disk:
        with TranscriptStore.open(disk / "transcripts.db") as store:
            new_session(store, "s")
            store.append_segment("s", make_line(1))
            ballast = fill_up(disk)
            acknowledged = 1
            with pytest.raises(StorageError) as caught:  # noqa: PT012 - how many fit is not known
                for i in range(2, 400):
                    store.append_segment("s", make_line(i))
                    acknowledged = i
            assert caught.value.code == "storage.full"
            assert sequences(store) == list(range(1, acknowledged + 1))
            assert len(store.search("회의")) == min(200, acknowledged)
            ballast.unlink()
            store.append_segment("s", make_line(acknowledged + 1))
            assert sequences(store) == list(range(1, acknowledged + 2))
            assert store.verify() == []
        with TranscriptStore.open(disk / "transcripts.db") as store:
            assert sequences(store) == list(range(1, acknowledged + 2))


def test_a_full_disk_at_the_start(tmp_path: Path) -> None:
    """faults: S40"""
    with small_disk(tmp_path / "disk", 64) as disk:
        ballast = fill_up(disk)
        assert code_of_opening(disk / "transcripts.db") == "storage.full"
        ballast.unlink()


def test_a_read_only_folder_is_refused_by_name(tmp_path: Path) -> None:
    """faults: S43"""
    with small_disk(tmp_path / "disk", 1024) as disk:
        fill(disk / "transcripts.db")
        make_read_only(disk)
        assert code_of_opening(disk / "transcripts.db") == "storage.readonly"
        with pytest.raises(StorageError) as caught:
            TranscriptStore.open(disk / "sub" / "transcripts.db")
        assert caught.value.code == "storage.readonly"


def test_a_file_where_the_folder_should_be(tmp_path: Path) -> None:
    """faults: S43"""
    (tmp_path / "data").write_text("x")
    with pytest.raises(StorageError):
        TranscriptStore.open(tmp_path / "data" / "transcripts.db")


# damage ----------------------------------------------------------------------------------------


def test_a_damaged_page_is_noticed_and_a_backup_restored(database_path: Path) -> None:
    """faults: S45: detected on opening, the damaged file is kept, the backup takes its place."""
    with TranscriptStore.open(database_path) as store:
        new_session(store, "s")
        for i in range(1, 200):
            store.append_segment("s", make_line(i))
        copy = store.backup()
    content = bytearray(database_path.read_bytes())
    for page in range(4, len(content) // 4096):
        content[page * 4096 : page * 4096 + 12] = b"\xff" * 12
    database_path.write_bytes(content)
    assert code_of_opening(database_path) == "storage.corrupt"
    assert database_path.read_bytes() == content
    kept = restore_backup(database_path, copy)
    assert kept is not None
    assert kept.read_bytes() == content
    with TranscriptStore.open(database_path) as store:
        assert sequences(store) == list(range(1, 200))
        assert [b.path for b in store.list_backups()] == [copy]


def test_a_flipped_bit_in_a_text_is_noticed(database_path: Path) -> None:
    """faults: S45: SQLite itself cannot see it; the row's checksum does."""
    fill(database_path)
    content = bytearray(database_path.read_bytes())
    for at in range(len(content)):
        if content[at : at + 9] == "정기회".encode():
            content[at + 2] ^= 1
    database_path.write_bytes(content)
    with TranscriptStore.open(database_path) as store:
        with pytest.raises(StorageError) as caught:
            store.segments("s")
        assert caught.value.code == "storage.corrupt"
        assert store.verify()
        with pytest.raises(StorageError):
            store.backup()
        assert store.list_backups() == []


@pytest.mark.parametrize("content", [b"\0" * 8192, b"not a database at all" * 500])
def test_another_kind_of_file(database_path: Path, content: bytes) -> None:
    """faults: S45"""
    database_path.parent.mkdir()
    database_path.write_bytes(content)
    assert code_of_opening(database_path) == "storage.corrupt"
    assert database_path.read_bytes() == content


def test_another_applications_database(database_path: Path) -> None:
    database_path.parent.mkdir()
    with contextlib.closing(apsw.Connection(str(database_path))) as other:
        other.execute("CREATE TABLE theirs (x)")
    before = database_path.read_bytes()
    assert code_of_opening(database_path) == "storage.foreign"
    assert database_path.read_bytes() == before


def test_a_lost_wal_is_noticed(database_path: Path, tmp_path: Path) -> None:
    """faults: S46: never a silently older or empty database."""
    with TranscriptStore.open(database_path) as store:
        new_session(store, "s")
        for i in range(1, 4):
            store.append_segment("s", make_line(i))
        crashed = crash(database_path, tmp_path)
    wal = crashed.with_name(crashed.name + "-wal")
    saved = wal.read_bytes()
    wal.unlink()
    before = crashed.read_bytes()
    assert code_of_opening(crashed) == "storage.lost"
    assert crashed.read_bytes() == before
    wal.write_bytes(saved)  # the file was found again
    with TranscriptStore.open(crashed) as store:
        assert sequences(store) == [1, 2, 3]


def test_a_stale_wal_is_noticed(database_path: Path, tmp_path: Path) -> None:
    """faults: S46: an older copy of the -wal was put back."""
    with TranscriptStore.open(database_path) as store:
        new_session(store, "s")
        store.append_segment("s", make_line(1))
        stale = database_path.with_name(database_path.name + "-wal").read_bytes()
        store.append_segment("s", make_line(2))
        crashed = crash(database_path, tmp_path)
    crashed.with_name(crashed.name + "-wal").write_bytes(stale)
    assert code_of_opening(crashed) == "storage.lost"
    with TranscriptStore.open(crashed, accept_loss=True) as store:
        assert sequences(store) == [1]


@pytest.mark.parametrize("leave", ["nothing", "empty file", "wal only"])
def test_a_missing_database_is_noticed(database_path: Path, tmp_path: Path, leave: str) -> None:
    """faults: S46"""
    with TranscriptStore.open(database_path) as store:
        new_session(store, "s")
        store.append_segment("s", make_line(1))
        crashed = crash(database_path, tmp_path)
    wal = crashed.with_name(crashed.name + "-wal")
    crashed.unlink()
    if leave == "wal only":
        crashed.with_name(crashed.name + ".mark").unlink()
    else:
        wal.unlink()
    if leave == "empty file":
        crashed.touch()
    assert code_of_opening(crashed) == "storage.lost"
    assert wal.exists() == (leave == "wal only")
    with TranscriptStore.open(crashed, accept_loss=True) as store:
        assert store.sessions() == []
    if leave == "wal only":
        assert list(crashed.parent.glob("*.damaged-*-wal"))


def test_a_wal_with_a_torn_end_loses_nothing_acknowledged(
    database_path: Path, tmp_path: Path
) -> None:
    """faults: S46"""
    with TranscriptStore.open(database_path) as store:
        new_session(store, "s")
        store.append_segment("s", make_line(1))
        crashed = crash(database_path, tmp_path)
    with open(crashed.with_name(crashed.name + "-wal"), "ab") as wal:
        wal.write(b"\x55" * 5000)
    with TranscriptStore.open(crashed) as store:
        assert sequences(store) == [1]


def test_a_damaged_mark_costs_nothing(database_path: Path) -> None:
    fill(database_path)
    database_path.with_name(database_path.name + ".mark").write_bytes(b"\xff\0garbage")
    with TranscriptStore.open(database_path) as store:
        assert len(sequences(store)) == 5


# versions and other processes ------------------------------------------------------------------


def test_a_newer_schema_is_refused_and_left_alone(database_path: Path) -> None:
    """faults: S47"""
    fill(database_path)
    with contextlib.closing(apsw.Connection(str(database_path))) as newer:
        newer.pragma("user_version", 99)
    before = hashlib.sha256(database_path.read_bytes()).hexdigest()
    assert code_of_opening(database_path) == "storage.newer"
    assert hashlib.sha256(database_path.read_bytes()).hexdigest() == before
    assert not database_path.with_name(database_path.name + "-wal").exists()


def test_a_second_writer_is_refused(database_path: Path) -> None:
    """faults: S49: in this process and in another one; released when the first is gone."""
    program = (
        "import sys; from pathlib import Path\n"
        "from desktop.engine.store import TranscriptStore\n"
        "from desktop.errors import StorageError\n"
        "try: TranscriptStore.open(Path(sys.argv[1])).close(); print('opened')\n"
        "except StorageError as e: print(e.code, e.message)\n"
    )

    def second() -> str:
        done = subprocess.run(
            [sys.executable, "-c", program, str(database_path)],
            capture_output=True,
            text=True,
            check=True,
        )
        return done.stdout.strip()

    with TranscriptStore.open(database_path):
        assert code_of_opening(database_path) == "storage.locked"
        answer = second()
        assert answer.startswith("storage.locked")
        assert str(os.getpid()) in answer
    assert second() == "opened"


def test_a_backup_cannot_be_restored_under_a_running_store(database_path: Path) -> None:
    """faults: S49"""
    with TranscriptStore.open(database_path) as store:
        copy = store.backup()
        with pytest.raises(StorageError) as caught:
            restore_backup(database_path, copy)
        assert caught.value.code == "storage.locked"


def test_an_old_sqlite_is_refused() -> None:
    check_sqlite_version("3.51.3")
    check_sqlite_version("3.54.1")
    with pytest.raises(StorageError):
        check_sqlite_version("3.51.2")
