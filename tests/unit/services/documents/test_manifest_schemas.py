"""The manifest of an earlier version goes on; that of a newer one is left alone."""

from __future__ import annotations

import contextlib
import re
from pathlib import Path

import apsw
import pytest

from desktop.errors import StorageError
from desktop.events import DocumentState
from desktop.services.documents.manifest import Manifest
from desktop.services.documents.schema import MIGRATIONS

DUMPS = sorted((Path(__file__).parent / "old_schemas").glob("manifest-*.sql"))


def number_of(dump: Path) -> int:
    found = re.search(r"-(\d+)\.sql$", dump.name)
    assert found is not None
    return int(found.group(1))


def restore(dump: Path, path: Path, version: int = 0) -> None:
    with contextlib.closing(apsw.Connection(str(path))) as connection:
        connection.execute(dump.read_text(encoding="utf-8"))
        if version:
            connection.pragma("user_version", version)


def shape(path: Path) -> set[tuple[object, ...]]:
    with contextlib.closing(apsw.Connection(str(path))) as connection:
        rows = connection.execute("SELECT type, name, sql FROM sqlite_schema").fetchall()
    # An index that SQLite made itself has no text; white space is the writer's.
    return {(kind, name, " ".join((sql or "").split())) for kind, name, sql in rows}


def test_every_schema_has_its_dump() -> None:
    assert [number_of(dump) for dump in DUMPS] == list(range(1, len(MIGRATIONS) + 1))


@pytest.mark.parametrize("dump", DUMPS, ids=lambda dump: dump.stem)
def test_nothing_is_lost_in_an_update(dump: Path, tmp_path: Path) -> None:
    path = tmp_path / "manifest.db"
    restore(dump, path)
    with contextlib.closing(Manifest(path)) as manifest:
        assert {row.name: row.state for row in manifest.rows()} == {
            "broken.pdf": DocumentState.FAILED,
            "plan.md": DocumentState.INDEXED,
            "report.txt": DocumentState.INDEXED,
        }
        live = manifest.live()
        texts = {
            chunk.text
            for document_id, version in live.items()
            for chunk in manifest.chunks(document_id, version)
        }
        assert texts == {"Plan\nHire a gardener.", "Quarterly revenue grew in Busan."}
    fresh = tmp_path / "fresh.db"
    Manifest(fresh).close()
    assert shape(path) == shape(fresh)


def test_a_newer_schema_is_refused_and_left_as_it_is(tmp_path: Path) -> None:
    """faults: S47"""
    path = tmp_path / "manifest.db"
    restore(DUMPS[-1], path, len(MIGRATIONS) + 1)
    before = path.read_bytes()
    with pytest.raises(StorageError) as refused:
        Manifest(path)
    assert refused.value.code == "storage.newer"
    assert "Update Malgeul" in refused.value.hint
    assert path.read_bytes() == before
    assert [entry.name for entry in tmp_path.iterdir()] == ["manifest.db"]
