"""What a person sees when the transcripts cannot be opened, in their language."""

from __future__ import annotations

import contextlib
from pathlib import Path

import apsw
import pytest
from PySide6.QtCore import QCoreApplication, QTimer
from PySide6.QtWidgets import QApplication, QMessageBox
from pytestqt.qtbot import QtBot

from desktop.app.opening import open_or_ask
from desktop.engine.store import TranscriptStore
from desktop.paths import Paths
from desktop.settings import Settings, save

QUIT = {"ko": "끝내기", "en": "Quit"}
TEXT = {
    "ko": (
        "기록 데이터베이스 {0}의 내용이 손상되었습니다: ",
        "최근 백업으로 되돌리세요. 손상된 파일은 옆에 보관됩니다.",
    ),
    "en": (
        "The transcript database {0} is damaged: ",
        "Restore the latest backup; the damaged file is kept beside it.",
    ),
}


@pytest.mark.parametrize("language", ["ko", "en"])
def test_damage_is_told_in_the_language_of_the_settings(
    tmp_path: Path, qtbot: QtBot, language: str
) -> None:
    """faults: S45"""
    paths = Paths(tmp_path)
    settings = Settings()
    settings.interface.language = language  # type: ignore[assignment]
    save(settings, paths.settings)
    paths.database.parent.mkdir(parents=True, exist_ok=True)
    damaged = b"not a database at all " * 400
    paths.database.write_bytes(damaged)
    seen: list[str] = []

    def answer() -> None:
        box = QApplication.activeModalWidget()
        assert isinstance(box, QMessageBox)
        seen.extend((box.text(), box.informativeText()))
        next(b for b in box.buttons() if b.text() == QUIT[language]).click()

    QTimer.singleShot(0, answer)
    assert open_or_ask(paths) is None
    message, hint = TEXT[language]
    assert seen[0].startswith(message.format(paths.database))
    assert seen[1] == hint
    assert paths.database.read_bytes() == damaged
    assert QCoreApplication.translate("Opening", "Quit") == "Quit"  # nothing stays behind


NEWER = {
    "ko": ("더 새로운 버전의 말글에서", "말글을 업데이트하거나"),
    "en": ("was written by a newer version of Malgeul", "Update Malgeul"),
}


@pytest.mark.parametrize("language", ["ko", "en"])
def test_transcripts_of_a_newer_version_are_refused_with_what_to_do(
    tmp_path: Path, qtbot: QtBot, language: str
) -> None:
    """faults: S47; nothing but leaving is offered, and nothing is changed"""
    paths = Paths(tmp_path)
    settings = Settings()
    settings.interface.language = language  # type: ignore[assignment]
    save(settings, paths.settings)
    TranscriptStore.open(paths.database).close()
    with contextlib.closing(apsw.Connection(str(paths.database))) as connection:
        connection.pragma("user_version", 99)
    before = paths.database.read_bytes()
    seen: list[str] = []

    def answer() -> None:
        box = QApplication.activeModalWidget()
        assert isinstance(box, QMessageBox)
        assert [button.text() for button in box.buttons()] == [QUIT[language]]
        seen.extend((box.text(), box.informativeText()))
        box.buttons()[0].click()

    QTimer.singleShot(0, answer)
    assert open_or_ask(paths) is None
    message, hint = NEWER[language]
    assert message in seen[0]
    assert seen[1].startswith(hint)
    assert paths.database.read_bytes() == before
