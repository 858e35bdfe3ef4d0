"""Where a transcript goes that could not be written where it was asked for."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

import pytest

from desktop.cli.formats import Document, rescue_transcript
from desktop.cli.options import Shell
from desktop.errors import StorageError
from desktop.events import Track
from desktop.paths import Paths
from desktop.records import SegmentRecord, SessionRecord, SessionState, TrackRecord

TEXT = "내년 예산안을 검토했습니다"
ERROR = StorageError("It is full.", hint="Free some space.", code="storage.full")


def document(format_name: str) -> Document:
    line = SegmentRecord(1, "talk", 1, Track.FILE, 0.0, 2.0, TEXT, TEXT, (), "ko", 0.9)
    record = SessionRecord(
        session_id="talk",
        title="talk",
        state=SessionState.FINISHED,
        started_wall_s=1.77e9,
        duration_s=2.0,
        segment_count=1,
        model="basic",
        tracks=(TrackRecord(Track.FILE, "talk", "talk.wav", "ko", 2.0),),
        has_audio=False,
    )
    return Document(record, (line,), suppressed=(), gaps=(), format_name=format_name)


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    """Its data directory cannot be made."""
    (tmp_path / "a file").write_text("", encoding="utf-8")
    return Shell(paths=Paths(tmp_path / "a file" / "home"))


def test_without_a_data_directory_it_is_a_temporary_file_for_nobody_else(
    shell: Shell, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "temporary").mkdir()
    with monkeypatch.context() as patch:
        patch.setattr(tempfile, "tempdir", str(tmp_path / "temporary"))
        told = rescue_transcript(shell, document("txt"), tmp_path / "out", ERROR)
    [folder] = (tmp_path / "temporary").iterdir()
    [kept] = folder.iterdir()
    assert TEXT in kept.read_text(encoding="utf-8")
    assert (told.message, told.code) == (ERROR.message, ERROR.code)
    assert told.hint == f"The transcript is in {kept} instead."
    if os.name == "posix":
        assert folder.stat().st_mode & 0o077 == 0


@pytest.mark.parametrize("format_name", ["txt", "docx"])
def test_without_any_room_for_files_text_is_printed(
    shell: Shell,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
    format_name: str,
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(tempfile, "tempdir", str(tmp_path / "a file"))
        told = rescue_transcript(shell, document(format_name), tmp_path / "out", ERROR)
    out, _ = capfd.readouterr()
    if format_name == "txt":
        assert TEXT in out
        assert told.hint == "The transcript was printed instead."
    else:
        assert (out, told) == ("", ERROR)
