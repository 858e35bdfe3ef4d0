"""Where a file that people save goes unless they choose another folder."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import QStandardPaths

from desktop.ui.control.export_folder import export_folder


def test_documents_where_there_are_any_else_home(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    documents = tmp_path / "문서"
    monkeypatch.setattr(QStandardPaths, "writableLocation", lambda _place: str(documents))
    assert export_folder() == tmp_path
    documents.mkdir()
    assert export_folder() == documents
