"""From every earlier schema to the current one, whole or not at all."""

from __future__ import annotations

import contextlib
import subprocess
import sys
import time
from pathlib import Path

import apsw
import pytest
from unit.engine.store.faulty_disk import faulty_disk
from unit.engine.store.made_lines import make_line, new_session

from desktop.engine.store import TranscriptStore, database, migrations
from desktop.engine.store.schema import MIGRATIONS
from desktop.errors import StorageError

NEXT = (
    *MIGRATIONS,
    "ALTER TABLE segments ADD COLUMN speaker TEXT NOT NULL DEFAULT 'none';"
    "CREATE INDEX segments_speaker ON segments (speaker);",
    "CREATE TABLE extra (x); INSERT INTO extra SELECT text FROM segments;"
    "UPDATE segments SET speaker = 'migrated';",
)


def schema_of(connection: apsw.Connection) -> list[tuple[object, ...]]:
    return connection.execute("SELECT type, name, sql FROM sqlite_schema ORDER BY name").fetchall()


@pytest.mark.parametrize("before", range(len(NEXT) + 1))
def test_every_earlier_version_ends_at_the_same_shape(before: int) -> None:
    with contextlib.closing(apsw.Connection(":memory:")) as straight:
        migrations.migrate(straight, NEXT)
        expected = schema_of(straight)
    with contextlib.closing(apsw.Connection(":memory:")) as stepped:
        migrations.migrate(stepped, NEXT[:before])
        assert migrations.migrate(stepped, NEXT) == before
        assert schema_of(stepped) == expected
        assert migrations.version(stepped) == len(NEXT)


def test_a_failing_step_leaves_the_version_before(tmp_path: Path) -> None:
    """faults: S48"""
    broken = (*MIGRATIONS, "CREATE TABLE half (x); INSERT INTO nowhere VALUES (1);")
    with contextlib.closing(apsw.Connection(str(tmp_path / "x.db"))) as connection:
        migrations.migrate(connection, MIGRATIONS)
        expected = schema_of(connection)
        with pytest.raises(apsw.Error):
            migrations.migrate(connection, broken)
        assert schema_of(connection) == expected
        assert migrations.version(connection) == len(MIGRATIONS)


def old_database(path: Path, lines: int = 50) -> None:
    with TranscriptStore.open(path) as store:
        new_session(store, "s")
        for i in range(1, lines + 1):
            store.append_segment("s", make_line(i))


def use_next(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(migrations, "CURRENT_VERSION", len(NEXT))
    for name in ("check_known", "check_header", "migrate"):
        function = getattr(migrations, name)
        count = function.__code__.co_argcount
        monkeypatch.setattr(function, "__defaults__", (NEXT,))
        assert count >= 2


def test_a_copy_is_kept_before_migrating(
    database_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    old_database(database_path)
    use_next(monkeypatch)
    with TranscriptStore.open(database_path) as store:
        assert len(store.segments("s")) == 50
        assert store.verify() == []
    (copy,) = (database_path.parent / "backups").iterdir()
    with contextlib.closing(apsw.Connection(str(copy))) as connection:
        assert migrations.version(connection) == len(MIGRATIONS)
        assert connection.execute("SELECT count(*) FROM segments").get == 50


def test_a_disk_error_at_any_point_of_a_migration(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """faults: S48: old or new, never between, and the next start finishes the work."""
    monkeypatch.setattr(database.Database, "_keep_copy_before_migration", lambda *_: None)
    operation = 0
    while True:
        operation += 2
        path = tmp_path / str(operation) / "transcripts.db"
        old_database(path, lines=3)
        with monkeypatch.context() as patch, faulty_disk() as (vfs, plan):
            use_next(patch)
            plan.arm(operation, error="io", lasting=True)
            with contextlib.suppress(StorageError):
                TranscriptStore.open(path, vfs=vfs).close()
            failed = bool(plan.failed)
            plan.disarm()
            with contextlib.closing(apsw.Connection(str(path))) as connection:
                number = migrations.version(connection)
                tables = {row[0] for row in connection.execute("SELECT name FROM sqlite_schema")}
                assert ("segments_speaker" in tables) == (number >= len(MIGRATIONS) + 1)
                assert ("extra" in tables) == (number >= len(MIGRATIONS) + 2)
            with TranscriptStore.open(path) as store:
                assert len(store.segments("s")) == 3
                assert store._database.version_before >= number
        if not failed:
            break


MIGRATOR = """
import sys
from pathlib import Path
import apsw
from desktop.engine.store import migrations
slow = (
    *migrations.MIGRATIONS,
    "CREATE TABLE big (x); INSERT INTO big SELECT randomblob(200) FROM"
    " (WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < 60000)"
    " SELECT n FROM c);",
)
connection = apsw.Connection(sys.argv[1])
connection.pragma("journal_mode", "wal")
print("ready", flush=True)
migrations.migrate(connection, slow)
print("done", flush=True)
"""


def test_killed_in_the_middle_of_a_migration(database_path: Path) -> None:
    """faults: S48: the old version is found whole."""
    old_database(database_path, lines=5)
    for delay_s in (0.0, 0.02, 0.05):
        process = subprocess.Popen(
            [sys.executable, "-c", MIGRATOR, str(database_path)],
            stdout=subprocess.PIPE,
            text=True,
        )
        assert process.stdout is not None
        with process.stdout:
            assert process.stdout.readline() == "ready\n"
            time.sleep(delay_s)
            process.kill()
            done = "done" in process.stdout.read()
        process.wait()
        with contextlib.closing(apsw.Connection(str(database_path))) as connection:
            number = migrations.version(connection)
            assert number >= len(MIGRATIONS) + int(done)
            big = connection.execute("SELECT count(*) FROM sqlite_schema WHERE name = 'big'").get
            assert bool(big) == (number > len(MIGRATIONS))
            if big:
                return
    with TranscriptStore.open(database_path) as store:
        assert len(store.segments("s")) == 5
