"""What earlier versions wrote is all there after an update; what a newer one wrote is left alone.

`old_schemas` holds a dump a schema, made by the program of that time.  A new schema brings one of
its own: the database that today's program makes of these sessions.
"""

from __future__ import annotations

import contextlib
import re
from pathlib import Path

import apsw
import pytest

from desktop.engine.store import TranscriptStore, migrations
from desktop.engine.store.schema import APPLICATION_ID
from desktop.errors import StorageError
from desktop.events import Track
from desktop.records import SessionState

DUMPS = sorted((Path(__file__).parent / "old_schemas").glob("transcripts-*.sql"))


def number_of(dump: Path) -> int:
    found = re.search(r"-(\d+)\.sql$", dump.name)
    assert found is not None
    return int(found.group(1))


def restore(dump: Path, path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with contextlib.closing(apsw.Connection(str(path))) as connection:
        connection.execute(dump.read_text(encoding="utf-8"))
        assert migrations.version(connection) == number_of(dump)


def test_every_schema_has_its_dump() -> None:
    assert [number_of(dump) for dump in DUMPS] == list(range(1, migrations.CURRENT_VERSION + 1))


@pytest.mark.parametrize("dump", DUMPS, ids=lambda dump: dump.stem)
def test_nothing_is_lost_in_an_update(dump: Path, database_path: Path) -> None:
    restore(dump, database_path)
    with TranscriptStore.open(database_path) as store:
        assert store.verify() == []
        assert {s.session_id: (s.title, s.state) for s in store.sessions()} == {
            "budget": ("예산 회의", SessionState.FINISHED),
            "cut-off": ("중간에 끊긴 회의", SessionState.RECORDING),
        }
        lines = {line.text: line for line in store.segments("budget")}
        assert set(lines) == {
            "정기회의를 시작합니다",
            "내년 예산은 사천만 원입니다",
            "Kubernetes로 옮기기로 했습니다",
            "The report is due on Friday.",
            "restored words",
        }
        edited = lines["내년 예산은 사천만 원입니다"]
        assert edited.original_text == "내년 예산은 삼천만 원입니다"
        assert lines["Kubernetes로 옮기기로 했습니다"].bookmarked
        assert [word.text for word in edited.words]
        assert [held.text for held in store.suppressed("budget")]
        assert [gap.cause for gap in store.gaps("budget")] == ["overflow"]
        assert store.progress("budget")[Track.MIC] == 480_000
        assert [s.session_id for s in store.recoverable_sessions()] == ["cut-off"]
        assert [hit.segment_id for hit in store.search("사천만")] == [edited.segment_id]
        kept = store.keywords("budget")
        assert [k.text for k in kept.keywords] == (["Kubernetes"] if number_of(dump) >= 2 else [])
        assert kept.source == ("Qwen/Qwen2.5-7B-Instruct" if number_of(dump) >= 3 else "")
        store.edit_segment(edited.segment_id, "내년 예산은 오천만 원입니다")
        assert store.search("사천만") == []
        assert store.search("오천만")
        store.delete_session("budget")
        assert store.verify() == []
    copies = list((database_path.parent / "backups").glob("*"))
    assert bool(copies) == (number_of(dump) < migrations.CURRENT_VERSION)


@pytest.mark.parametrize("read_only", [False, True])
def test_a_newer_schema_is_refused_and_left_as_it_is(database_path: Path, read_only: bool) -> None:
    """faults: S47"""
    restore(DUMPS[-1], database_path)
    with contextlib.closing(apsw.Connection(str(database_path))) as connection:
        assert connection.pragma("application_id") == APPLICATION_ID
        connection.execute("CREATE TABLE speakers (name TEXT)")
        connection.pragma("user_version", migrations.CURRENT_VERSION + 7)
    before = database_path.read_bytes()
    with pytest.raises(StorageError) as refused:
        TranscriptStore.open(database_path, read_only=read_only)
    assert refused.value.code == "storage.newer"
    assert str(migrations.CURRENT_VERSION + 7) in refused.value.message
    assert "Update Malgeul" in refused.value.hint
    assert "MALGEUL_HOME" in refused.value.hint
    assert database_path.read_bytes() == before
    assert not (database_path.parent / "backups").exists()
