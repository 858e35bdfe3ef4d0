"""What a person sees when the transcripts cannot be opened, in their language."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import apsw
import pytest
from PySide6.QtCore import QCoreApplication, Qt, QTimer
from PySide6.QtWidgets import QApplication, QLabel, QMessageBox
from pytestqt.qtbot import QtBot

from desktop.app.opening import open_or_ask
from desktop.engine.store import TranscriptStore
from desktop.paths import Paths
from desktop.settings import Settings, save
from desktop.ui.tokens import DARK, LIGHT

QUIT = {"ko": "끝내기", "en": "Quit"}
TEXT = {
    "ko": (
        "기록 데이터베이스 {0}의 내용이 손상되었습니다: ",
        "백업이 없습니다. 읽을 수 있는 내용만으로 새로 시작할 수 있으며, "
        "손상된 파일은 지우지 않고 보관합니다.",
    ),
    "en": (
        "The transcript database {0} is damaged: ",
        "There is no backup. Malgeul can begin anew with what can be read; the damaged file "
        "is kept.",
    ),
}


def speaking(root: Path, language: str) -> Paths:
    """A data directory whose settings have this language."""
    paths = Paths(root)
    settings = Settings()
    settings.interface.language = language  # type: ignore[assignment]
    save(settings, paths.settings)
    return paths


class Box(NamedTuple):
    """What a box said."""

    text: str
    more: str
    buttons: list[str]


@contextlib.contextmanager
def answering(*answers: str) -> Iterator[list[Box]]:
    """Presses the buttons that begin so, one a box; gives what the boxes said."""
    clock = QTimer()
    clock.setInterval(10)
    left, seen = list(answers), []

    def answer() -> None:
        box = QApplication.activeModalWidget()
        if isinstance(box, QMessageBox) and left:
            for part in box.findChildren(QLabel):
                assert part.pixmap().isNull()  # no box of ours has an icon
                if part.text():
                    assert part.textFormat() is Qt.TextFormat.PlainText
            buttons = [button.text() for button in box.buttons()]
            seen.append(Box(box.text(), box.informativeText(), buttons))
            wanted = left.pop(0)
            next(b for b in box.buttons() if b.text().startswith(wanted)).click()

    clock.timeout.connect(answer)
    clock.start()
    yield seen
    clock.stop()


@pytest.mark.parametrize("language", ["ko", "en"])
def test_damage_is_told_in_the_language_of_the_settings(
    tmp_path: Path, qtbot: QtBot, language: str
) -> None:
    """faults: S45"""
    paths = speaking(tmp_path, language)
    paths.database.parent.mkdir(parents=True, exist_ok=True)
    damaged = b"not a database at all " * 400
    paths.database.write_bytes(damaged)
    with answering(QUIT[language]) as seen:
        assert open_or_ask(paths) is None
    message, hint = TEXT[language]
    (box,) = seen
    assert box.text.startswith(message.format(paths.database))
    assert box.more == hint
    assert paths.database.read_bytes() == damaged
    assert QCoreApplication.translate("Opening", "Quit") == "Quit"  # nothing stays behind


@pytest.mark.parametrize("mode", ["light", "dark"])
def test_the_question_looks_as_the_settings_want(tmp_path: Path, qtbot: QtBot, mode: str) -> None:
    paths = Paths(tmp_path)
    settings = Settings()
    settings.interface.theme = mode  # type: ignore[assignment]
    save(settings, paths.settings)
    paths.database.parent.mkdir(parents=True, exist_ok=True)
    paths.database.write_bytes(b"not a database at all " * 400)
    seen: list[str] = []

    def answer() -> None:
        box = QApplication.activeModalWidget()
        assert isinstance(box, QMessageBox)
        seen.append(box.palette().window().color().name())
        box.reject()

    QTimer.singleShot(0, answer)
    assert open_or_ask(paths) is None
    assert seen == [{"light": LIGHT, "dark": DARK}[mode].window.lower()]


NEWER = {
    "ko": ("더 새로운 버전의 말글에서", "말글을 업데이트하거나"),
    "en": ("was written by a newer version of Malgeul", "Update Malgeul"),
}


@pytest.mark.parametrize("language", ["ko", "en"])
def test_transcripts_of_a_newer_version_are_refused_with_what_to_do(
    tmp_path: Path, qtbot: QtBot, language: str
) -> None:
    """faults: S47; nothing but leaving is offered, and nothing is changed"""
    paths = speaking(tmp_path, language)
    TranscriptStore.open(paths.database).close()
    with contextlib.closing(apsw.Connection(str(paths.database))) as connection:
        connection.pragma("user_version", 99)
    before = paths.database.read_bytes()
    with answering(QUIT[language]) as seen:
        assert open_or_ask(paths) is None
    message, hint = NEWER[language]
    (box,) = seen
    assert box.buttons == [QUIT[language]]
    assert message in box.text
    assert box.more.startswith(hint)
    assert paths.database.read_bytes() == before


BEGIN = {"ko": "읽을 수 있는 내용으로 새로 시작", "en": "Begin anew with what can be read"}
NOTHING = {
    "ko": "읽을 수 있는 글이 없어 기록 없이 새로 시작합니다.",
    "en": "No text could be read. Malgeul begins without transcripts.",
}
KEPT = {
    "ko": "손상된 파일은 여기에 보관되어 있습니다: ",
    "en": "The damaged file is kept as ",
}


@pytest.mark.parametrize("language", ["ko", "en"])
def test_a_damaged_database_without_a_backup_may_be_begun_anew(
    tmp_path: Path, qtbot: QtBot, language: str
) -> None:
    """faults: S45; the damaged file is kept and named"""
    paths = speaking(tmp_path, language)
    damaged = b"<b>not</b> a database at all " * 400
    paths.database.write_bytes(damaged)
    with answering(BEGIN[language], "") as seen:
        opened = open_or_ask(paths)
    assert opened is not None
    opened.close()
    opened.close_store()
    (kept,) = tmp_path.glob("transcripts.db.damaged-*")
    assert kept.read_bytes() == damaged
    assert seen[1].text == NOTHING[language]
    assert seen[1].more == f"{KEPT[language]}{kept}"
    with TranscriptStore.open(paths.database) as store:
        assert store.sessions() == []


def test_a_restore_that_fails_is_told_and_asked_again(tmp_path: Path, qtbot: QtBot) -> None:
    paths = speaking(tmp_path, "en")
    paths.database.write_bytes(b"not a database at all " * 400)
    paths.backups.mkdir()
    (paths.backups / "transcripts-20261120-103105-000001.db").write_bytes(b"nor is this " * 400)
    with answering("Restore the backup", "Close", "Quit") as seen:
        assert open_or_ask(paths) is None
    assert "transcripts-20261120-103105-000001.db is damaged" in seen[1].text
    assert seen[0] == seen[2]
    assert seen[0].more.startswith("Restore a backup, or begin anew")
    assert paths.database.read_bytes().startswith(b"not a database")


def test_a_start_at_the_same_moment_is_called_and_nothing_is_asked(tmp_path: Path) -> None:
    """faults: P13"""
    paths = Paths(tmp_path)
    calls: list[bool] = []

    def called() -> bool:
        calls.append(True)
        return True

    with TranscriptStore.open(paths.database):
        assert open_or_ask(paths, called=called) is None
    assert calls == [True]
