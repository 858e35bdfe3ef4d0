"""Questions and their answers in the window, over a scripted backend."""

from __future__ import annotations

from fakes.fake_backend import FakeBackend
from fakes.fake_documents import ENGLISH, KOREAN
from fakes.window_steps import ask, idle
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from desktop.ui.main_window import MainWindow
from desktop.ui.models.conversation import TurnState


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
    assert asked == ["What do the documents say about “지연 시간”?"]


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


def test_sources_stay_while_their_answer_is_shown_anew(window: MainWindow, qtbot: QtBot) -> None:
    window.desk.ask()
    ask(window, qtbot, "출시 일정은?")
    card = window.desk.panel.view.cards[0]
    qtbot.waitUntil(lambda: len(card._sources.rows) == 3)
    before = list(card._sources.rows)
    card.retranslate()
    assert card._sources.rows == before


def test_a_bar_without_anything_to_scroll_is_not_seen(window: MainWindow, qtbot: QtBot) -> None:
    window.desk.ask()
    ask(window, qtbot, "출시 일정은?")
    turn = window.desk.answers.conversation.turns[0]
    qtbot.waitUntil(lambda: turn.state is TurnState.DONE)
    bar = window.desk.panel.view.verticalScrollBar()

    def shades() -> int:
        image = bar.grab().toImage()
        column = image.width() // 2
        return len({image.pixel(column, y) for y in range(image.height())})

    window.resize(1280, 560)
    qtbot.waitUntil(lambda: bar.maximum() > 0)
    assert shades() > 1
    window.resize(1280, 1600)
    qtbot.waitUntil(lambda: bar.maximum() == 0)
    assert shades() == 1
