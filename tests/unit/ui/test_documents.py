"""Documents, answers, citations and passages in the window, over a scripted backend."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from pathlib import Path

from fakes.fake_backend import FakeBackend
from fakes.fake_documents import ENGLISH, KOREAN, LATENCY, SPOKEN, passage
from PySide6.QtCore import QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QDropEvent
from PySide6.QtWidgets import QMessageBox
from pytestqt.qtbot import QtBot

from desktop import events as ev
from desktop.bus import EventBus
from desktop.events import DocumentState
from desktop.ui.main_window import MainWindow
from desktop.ui.models.conversation import TurnState
from desktop.ui.models.document_list import DOCUMENT_ROLE


def idle(window: MainWindow, qtbot: QtBot) -> None:
    qtbot.waitUntil(lambda: not window.runner.busy)


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


def ask(window: MainWindow, qtbot: QtBot, question: str) -> None:
    window.desk.panel.box.put(question)
    qtbot.keyClick(window.desk.panel.box.edit, Qt.Key.Key_Return)
    idle(window, qtbot)


# --- documents ----------------------------------------------------------------------------------
def test_documents_and_what_is_in_force_are_shown(window: MainWindow, qtbot: QtBot) -> None:
    window.pages.show_page("documents")
    idle(window, qtbot)
    page = window.desk.page
    assert page.filter.rowCount() == 12
    assert "12 documents" in page._facts.text()
    assert page._way.text().startswith("Searching by words (Kiwi). Install the embedding server")
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


# --- answers ------------------------------------------------------------------------------------
def test_an_answer_streams_in_and_is_followed_up(
    window: MainWindow, backend: FakeBackend, qtbot: QtBot
) -> None:
    window.library.show_session("s-weekly")
    idle(window, qtbot)
    window.desk.ask()
    ask(window, qtbot, "출시 일정은?")
    turns = window.desk.answers.conversation.turns
    qtbot.waitUntil(lambda: turns[0].state is TurnState.DONE)
    assert turns[0].text == KOREAN.text
    assert window.desk.panel.box.edit.placeholderText() == "Ask a follow-up question"
    ask(window, qtbot, "And the latency?")
    qtbot.waitUntil(lambda: turns[1].state is TurnState.DONE)
    asked = [call for call in backend.document_calls if call[0] == "ask"]
    assert asked == [
        ("ask", "출시 일정은?", "", "s-weekly"),
        ("ask", "And the latency?", "c1", "s-weekly"),
    ]
    window.desk.panel._new.click()
    assert window.desk.answers.conversation.turns == []
    assert window.desk.panel.view.cards == []


def test_enter_sends_and_shift_enter_breaks_the_line(
    window: MainWindow, backend: FakeBackend, qtbot: QtBot
) -> None:
    window.desk.ask()
    edit = window.desk.panel.box.edit
    height = edit.height()
    qtbot.keyClicks(edit, "one")
    qtbot.keyClick(edit, Qt.Key.Key_Return, Qt.KeyboardModifier.ShiftModifier)
    qtbot.keyClicks(edit, "two")
    assert edit.height() > height
    qtbot.keyClick(edit, Qt.Key.Key_Return)
    idle(window, qtbot)
    assert ("ask", "one\ntwo", "", "") in backend.document_calls
    assert edit.toPlainText() == ""


def test_an_answer_is_stopped(window: MainWindow, backend: FakeBackend, qtbot: QtBot) -> None:
    backend.answers_at_once = False
    window.desk.ask()
    ask(window, qtbot, "출시 일정은?")
    turn = window.desk.answers.conversation.turns[0]
    backend.stream("a1", KOREAN, 0.4)
    qtbot.waitUntil(lambda: turn.state is TurnState.STREAMING)
    assert window.desk.panel.box.send.accessibleName() == "Stop answering"
    window.desk.answers.ask("waits")
    assert window.desk.panel.box.question == "waits"
    window.desk.panel.box.send.click()
    idle(window, qtbot)
    qtbot.waitUntil(lambda: turn.state is TurnState.DONE)
    assert ("stop_answer", "a1") in backend.document_calls
    assert turn.answer is not None
    assert turn.answer.partial


def test_failures_say_what_to_do_and_are_tried_again(
    window: MainWindow, backend: FakeBackend, qtbot: QtBot
) -> None:
    """faults: N77, N78"""
    backend.server_down = True
    window.desk.ask()
    ask(window, qtbot, "why?")
    turn = window.desk.answers.conversation.turns[0]
    card = window.desk.panel.view.cards[0]
    assert card._failure.text() == "The answer server is not running."
    assert card._hint.isVisible()
    backend.server_down = False
    card._retry.click()
    qtbot.waitUntil(lambda: turn.state is TurnState.DONE)
    assert not card._failure.isVisible()
    ask(window, qtbot, "Will it fail?")
    broken = window.desk.answers.conversation.turns[1]
    qtbot.waitUntil(lambda: broken.state is TurnState.FAILED)
    assert broken.text == ENGLISH.text[:76]


def test_events_of_a_conversation_that_was_left_change_nothing(
    window: MainWindow, backend: FakeBackend, qtbot: QtBot
) -> None:
    backend.answers_at_once = False
    window.desk.ask()
    ask(window, qtbot, "출시 일정은?")
    window.desk.answers.begin_anew()
    backend.stream("a1", KOREAN)
    backend.finish_answer("a1", KOREAN)
    idle(window, qtbot)
    qtbot.wait(60)
    assert window.desk.panel.view.cards == []
    assert ("stop_answer", "a1") in backend.document_calls


def test_questions_come_from_selected_lines_and_from_keywords(
    window: MainWindow, backend: FakeBackend, qtbot: QtBot
) -> None:
    window.library.show_session("s-weekly")
    idle(window, qtbot)
    window.page.view.show_row(2)
    window.desk.ask_about_selection()
    assert window.insight.tab == "answers"
    assert "스트리밍 인식은" in window.desk.panel.box.question
    window.desk.ask_about_keyword("지연 시간")
    idle(window, qtbot)
    asked = [call[1] for call in backend.document_calls if call[0] == "ask"]
    assert asked == ['What do the documents say about "지연 시간"?']


def test_answers_stand_beside_whichever_page_is_shown(window: MainWindow, qtbot: QtBot) -> None:
    window.desk.ask()
    assert window.desk.panel.isVisible()
    window.pages.show_page("documents")
    assert window.desk.panel.isVisible()
    assert window.desk.panel.parent() is window.desk._beside_documents
    window.desk.ask()
    assert window.pages.current == "documents"
    window.pages.show_page("transcript")
    assert window.desk.panel.parent() is window.desk._beside_transcript
    idle(window, qtbot)


# --- citations and passages ---------------------------------------------------------------------
def test_a_citation_opens_its_page_and_steps_to_the_next(
    window: MainWindow, backend: FakeBackend, qtbot: QtBot
) -> None:
    window.desk.ask()
    ask(window, qtbot, "출시 일정은?")
    qtbot.waitUntil(lambda: len(window.desk.panel.view.cards[0]._sources.rows) == 3)
    window.desk.panel.view.cards[0]._text.citation_clicked.emit(1)
    viewer = window.desk.citations.viewer
    assert viewer is not None
    qtbot.waitUntil(lambda: viewer._stack.currentWidget() is viewer.page)
    assert viewer._place.text() == "Page 12 of 38"
    assert viewer._count.text() == "1 / 2"  # the meeting is played, not shown
    assert len(viewer.page._sheet.marked()) == 1
    before = viewer.page.zoom
    viewer._larger.click()
    assert viewer.page.zoom > before
    viewer._zoom.click()
    assert abs(viewer.page.zoom - before) < 0.05
    viewer._later.click()
    idle(window, qtbot)
    assert viewer._count.text() == "2 / 2"
    assert not viewer._later.isEnabled()
    viewer.close()
    assert window.desk.citations.viewer is None


def test_text_formats_are_shown_with_the_passage_marked(window: MainWindow, qtbot: QtBot) -> None:
    """faults: N80"""
    odd = dataclasses.replace(LATENCY, text="<b>😀 not bold</b> <script>alert(1)</script>")
    window.desk.citations.open_one(odd)
    viewer = window.desk.citations.viewer
    assert viewer is not None
    qtbot.waitUntil(lambda: viewer._stack.currentWidget() is viewer.text)
    marked = viewer.text.extraSelections()
    assert marked[0].cursor.selectedText() == odd.text  # type: ignore[attr-defined]
    assert viewer.text.verticalScrollBar().value() > 0
    viewer.close()


def test_a_document_that_is_gone_says_so(window: MainWindow, qtbot: QtBot) -> None:
    window.desk.citations.open_one(passage(9, "lost.pdf", "text", page=1))
    viewer = window.desk.citations.viewer
    assert viewer is not None
    qtbot.waitUntil(lambda: "does not exist" in viewer.message.text())
    assert "Ask again." in viewer.message.text()
    viewer.close()


def test_a_transcript_citation_shows_the_line_and_plays_it(
    window: MainWindow, playback: object, qtbot: QtBot
) -> None:
    window.pages.show_page("documents")
    window.desk.citations.open_one(SPOKEN)
    qtbot.waitUntil(lambda: window.library.shown_id == "s-weekly")
    idle(window, qtbot)
    qtbot.waitUntil(lambda: bool(playback.played))  # type: ignore[attr-defined]
    line = window.page.view.current_line()
    assert line is not None
    assert line.text.startswith("다만 CPU만")
    assert window.pages.current == "transcript"
    assert window.page.player.isVisible()
    window.player.stop()


def test_passages_appear_while_people_speak(
    window: MainWindow, bus: EventBus, backend: FakeBackend, qtbot: QtBot
) -> None:
    backend.play_meeting()
    backend.publish_passages()
    qtbot.waitUntil(lambda: len(window.desk.cards.cards) == 3)
    window.desk.cards.cards[1]._ask.click()
    assert "latency, laptops" in window.desk.panel.box.question
    bus.publish(ev.SessionStarted("s-2", "next", (ev.Track.MIC,), 0.0))
    qtbot.waitUntil(lambda: window.desk.cards.cards == [])
    idle(window, qtbot)
