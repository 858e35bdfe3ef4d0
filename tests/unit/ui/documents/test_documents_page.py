"""The documents page over a scripted backend: dropping, indexing, removing, watching."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from pathlib import Path

import pytest
from fakes.fake_backend import FakeBackend
from fakes.window_steps import ask, idle
from PySide6.QtCore import QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QDropEvent
from PySide6.QtWidgets import QMessageBox
from pytestqt.qtbot import QtBot

from desktop import events as ev
from desktop.bus import EventBus
from desktop.errors import StorageError
from desktop.events import DocumentState
from desktop.ui.main_window import MainWindow
from desktop.ui.models.conversation import TurnState
from desktop.ui.models.document_list import DOCUMENT_ROLE


def drop(window: MainWindow, paths: Sequence[Path]) -> None:
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path)) for path in paths])
    window.dropEvent(
        QDropEvent(
            QPointF(1, 1), Qt.DropAction.CopyAction, data, Qt.MouseButton.LeftButton,
            Qt.KeyboardModifier.NoModifier,
        )
    )  # fmt: skip


def choose(window: MainWindow, name: str) -> ev.Document:
    """Selects the document whose name begins so."""
    shown = window.desk.page.filter
    for row in range(shown.rowCount()):
        document: ev.Document = shown.index(row, 0).data(DOCUMENT_ROLE)
        if document.name.startswith(name):
            window.desk.page.list.setCurrentIndex(shown.index(row, 0))
            return document
    raise AssertionError(name)


def menu_texts(window: MainWindow) -> list[str]:
    menu = window.desk.documents.menu_of(window.desk.page.list.chosen())
    texts = [action.text() for action in menu.actions() if action.text()]
    menu.deleteLater()
    return texts


def test_documents_and_what_is_in_force_are_shown(window: MainWindow, qtbot: QtBot) -> None:
    window.pages.show_page("documents")
    idle(window, qtbot)
    page = window.desk.page
    assert page.filter.rowCount() == 12
    assert "12 documents" in page._facts.text()
    assert page._way.text().startswith("Searching by words (Kiwi). Install BGE-M3")
    assert page._better.isVisible()
    page._field.setText("nothing like it")
    assert page._stack.currentWidget() is page._nothing
    page._field.setText("")
    assert page._stack.currentWidget() is page.list


def test_without_documents_the_page_invites_to_drop(
    window: MainWindow, backend: FakeBackend, qtbot: QtBot
) -> None:
    backend.shelf.clear()
    window.desk.refresh()
    window.pages.show_page("documents")
    idle(window, qtbot)
    assert window.desk.page._stack.currentWidget() is window.desk.page.empty
    assert "drop" in window.desk.panel._scope.text()


def test_a_mixed_drop_goes_both_ways(
    window: MainWindow, backend: FakeBackend, tmp_path: Path, qtbot: QtBot
) -> None:
    files = [tmp_path / name for name in ("talk.mp3", "plan.pdf", "noname")]
    for file in files:
        file.write_bytes(b"%PDF-1.7")
    folder = tmp_path / "folder"
    folder.mkdir()
    drop(window, [*files, folder])
    idle(window, qtbot)
    assert ("transcribe_file", files[0]) in backend.calls
    assert ("add_documents", (files[1], files[2], folder)) in backend.document_calls
    assert window.pages.current == "documents"
    qtbot.waitUntil(lambda: window.desk.page.documents.rowCount() == 15)


def test_a_drop_during_a_meeting_leaves_the_meeting_in_view(
    window: MainWindow, backend: FakeBackend, tmp_path: Path, qtbot: QtBot
) -> None:
    backend.play_meeting()
    file = tmp_path / "plan.pdf"
    file.write_bytes(b"%PDF-1.7")
    drop(window, [file])
    idle(window, qtbot)
    assert window.pages.current == "transcript"
    assert "documents.added" in window.page.banners.codes


def test_documents_that_could_not_be_added_are_not_told_as_added(
    window: MainWindow,
    backend: FakeBackend,
    tmp_path: Path,
    qtbot: QtBot,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def full(_: object) -> int:
        raise StorageError("The disk is full.", code="storage.documents")

    monkeypatch.setattr(backend, "add_documents", full)
    backend.play_meeting()
    file = tmp_path / "plan.pdf"
    file.write_bytes(b"%PDF-1.7")
    drop(window, [file])
    qtbot.waitUntil(lambda: "storage.documents" in window.page.banners.codes)
    assert "documents.added" not in window.page.banners.codes


def rag_became(state: ev.ServiceState, previous: ev.ServiceState) -> ev.ServiceChanged:
    status = ev.ServiceStatus("rag", "Answers", state, ev.ServiceMode.MANAGED)
    return ev.ServiceChanged(status, previous, 0.0)


def test_what_comes_before_the_server_waits_for_it(
    window: MainWindow, backend: FakeBackend, bus: EventBus, tmp_path: Path, qtbot: QtBot
) -> None:
    backend.server_down = True
    file = tmp_path / "plan.pdf"
    file.write_bytes(b"%PDF-1.7")
    drop(window, [file])
    qtbot.waitUntil(lambda: "documents.waiting" in window.page.banners.codes)
    ask(window, qtbot, "출시 일정은?")
    turn = window.desk.answers.conversation.turns[0]
    assert turn.state is TurnState.FAILED
    backend.server_down = False
    bus.publish(rag_became(ev.ServiceState.READY, ev.ServiceState.STARTING))
    qtbot.waitUntil(lambda: turn.state is TurnState.DONE)
    qtbot.waitUntil(lambda: ("add_documents", (file,)) in backend.document_calls)
    idle(window, qtbot)
    assert "documents.waiting" not in window.page.banners.codes


def test_changes_arrive_gathered(window: MainWindow, backend: FakeBackend, qtbot: QtBot) -> None:
    for step in range(50):
        backend.change(
            dataclasses.replace(
                backend.shelf["d13"], state=DocumentState.INDEXING, progress=step / 50
            )
        )
    model = window.desk.page.documents
    qtbot.waitUntil(lambda: model.documents[model.row_of("d13")].progress == 0.98)


def test_ingest_is_shown_paused_and_cancelled(
    window: MainWindow, backend: FakeBackend, qtbot: QtBot
) -> None:
    window.pages.show_page("documents")
    bar = window.desk.page.ingest
    backend.publish_ingest()
    qtbot.waitUntil(bar.isVisible)
    assert "26 / 39" in bar._facts.text()
    bar._pause.click()
    qtbot.waitUntil(lambda: bar.paused)
    assert bar._title.text() == "Indexing is paused"
    bar._pause.click()
    qtbot.waitUntil(lambda: not bar.paused)
    bar._cancel.click()
    qtbot.waitUntil(lambda: not bar.isVisible())
    calls = [call[0] for call in backend.document_calls]
    assert calls[:3] == ["pause_ingest", "pause_ingest", "cancel_ingest"]


def test_a_failed_document_says_why_and_is_indexed_again(
    window: MainWindow, backend: FakeBackend, qtbot: QtBot
) -> None:
    """faults: D60"""
    window.pages.show_page("documents")
    idle(window, qtbot)
    document = choose(window, "입찰")
    assert document.reason == "The file is password-protected."
    assert menu_texts(window) == [
        "Open", "Show in its folder", "Index again", "Watch its folder", "Remove…",
    ]  # fmt: skip
    qtbot.keyClick(window.desk.page.list, Qt.Key.Key_F5)
    idle(window, qtbot)
    assert ("reindex_document", "d9") in backend.document_calls


def test_removing_asks_first(window: MainWindow, backend: FakeBackend, qtbot: QtBot) -> None:
    window.pages.show_page("documents")
    idle(window, qtbot)
    choose(window, "README")
    for button, removed in (("Keep", False), ("Remove", True)):
        qtbot.keyClick(window.desk.page.list, Qt.Key.Key_Delete)
        box = window.findChildren(QMessageBox)[-1]
        assert box.textFormat() == Qt.TextFormat.PlainText
        next(b for b in box.buttons() if b.text() == button).click()
        idle(window, qtbot)
        assert (("remove_document", "d12") in backend.document_calls) is removed
        qtbot.waitUntil(lambda: not window.findChildren(QMessageBox))
    assert window.desk.page.documents.row_of("d12") == -1


def test_folders_are_watched_and_left(
    window: MainWindow, backend: FakeBackend, qtbot: QtBot
) -> None:
    window.pages.show_page("documents")
    idle(window, qtbot)
    document = choose(window, "2026년")
    assert "Stop watching its folder" in menu_texts(window)
    texts = [action.text() for action in window.desk.page._menu.actions()]
    assert any(text.startswith("Stop watching /home/mina") for text in texts)
    window.desk.page.unwatch_requested.emit(document.folder)
    idle(window, qtbot)
    assert ("watch_folder", Path(document.folder), False) in backend.document_calls
    assert not any(a.text().startswith("Stop") for a in window.desk.page._menu.actions())
