"""An older program than the one that wrote the data refuses politely, whatever its face.

faults: S47
"""

from __future__ import annotations

import contextlib
from pathlib import Path

import apsw
import pytest

from desktop.engine.store import TranscriptStore
from desktop.services.documents.manifest import Manifest
from tests.e2e.conftest import Program

pytestmark = pytest.mark.timeout(180)
STORAGE = 6


@pytest.fixture
def newer(program: Program) -> dict[Path, bytes]:
    """Transcripts and documents of a version to come, with what their files hold."""
    transcripts = program.home / "transcripts.db"
    manifest = program.home / "documents" / "manifest.db"
    TranscriptStore.open(transcripts).close()
    Manifest(manifest).close()
    for path in (transcripts, manifest):
        with contextlib.closing(apsw.Connection(str(path))) as connection:
            connection.execute("CREATE TABLE speakers (name TEXT)")
            connection.pragma("user_version", 99)
    return {path: path.read_bytes() for path in (transcripts, manifest)}


@pytest.mark.parametrize(
    ("command", "what"),
    [
        (("sessions", "list"), "transcripts.db"),
        (("sessions", "search", "word"), "transcripts.db"),
        (("--headless",), "transcripts.db"),
        (("documents", "list"), "documents"),
        (("search", "word"), "documents"),
        (("index", "."), "documents"),
    ],
)
def test_it_says_so_and_leaves_everything_as_it_is(
    program: Program, newer: dict[Path, bytes], command: tuple[str, ...], what: str
) -> None:
    done = program(*command)
    assert done.returncode == STORAGE, done.stderr
    assert what in done.stderr
    assert "newer" in done.stderr
    assert "Update Malgeul" in done.stderr
    assert "MALGEUL_HOME" in done.stderr
    assert {path: path.read_bytes() for path in newer} == newer
