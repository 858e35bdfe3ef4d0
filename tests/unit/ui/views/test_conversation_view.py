"""Long conversations: only what changes is laid out anew, and reading is not disturbed."""

from __future__ import annotations

import dataclasses
import itertools

from fakes.fake_documents import ENGLISH, KOREAN, REFUSED
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from desktop.settings import Settings
from desktop.ui.application import create_application
from desktop.ui.models.conversation import Turn, TurnState
from desktop.ui.theme import Theme
from desktop.ui.views.answer_card import copied_text
from desktop.ui.views.conversation_view import MAX_CARDS, ConversationView


def done(question: str, answer: object = KOREAN) -> Turn:
    return Turn(question, state=TurnState.DONE, text=answer.text, answer=answer)  # type: ignore[attr-defined, arg-type]


def view(qtbot: QtBot, turns: int) -> ConversationView:
    create_application(["malgeul"], Settings())
    made = ConversationView(Theme("light"))
    qtbot.addWidget(made)
    made.resize(360, 500)
    made.show()
    for number in range(turns):
        made.show_turn(done(f"질문 {number}", (KOREAN, ENGLISH, REFUSED)[number % 3]))
    QApplication.processEvents()
    return made


def test_streaming_into_the_last_card_leaves_the_others_alone(qtbot: QtBot) -> None:
    conversation = view(qtbot, 40)
    turn = Turn("그리고?", state=TurnState.STREAMING)
    conversation.show_turn(turn)
    QApplication.processEvents()
    places = [card.geometry() for card in conversation.cards]
    laid_out: list[object] = []
    for card in conversation.cards:
        original = card._text._lay_out
        card._text._lay_out = lambda width, c=card, f=original: (laid_out.append(c), f(width))[1]  # type: ignore[method-assign, misc]
    for _ in range(20):
        turn.text += "한 조각의 글이 더 왔습니다. "
        conversation.show_turn(turn)
    assert [card.geometry() for card in conversation.cards][:-1] == places[:-1]
    assert conversation.cards[-1].height() > places[-1].height()
    assert set(laid_out) == {conversation.cards[-1]}


def test_following_stops_at_the_question_and_when_one_scrolls_away(qtbot: QtBot) -> None:
    conversation = view(qtbot, 6)
    bar = conversation.verticalScrollBar()
    assert bar.value() == min(bar.maximum(), conversation.cards[-1].geometry().top())
    bar.setValue(0)
    turn = conversation.cards[-1].turn
    conversation.show_turn(turn)
    assert bar.value() == 0
    conversation.follow()
    assert bar.value() > 0


def test_cards_do_not_overlap_after_a_change_of_width(qtbot: QtBot) -> None:
    conversation = view(qtbot, 12)
    conversation.resize(620, 500)
    QApplication.processEvents()
    for value in range(0, conversation.verticalScrollBar().maximum(), 200):
        conversation.verticalScrollBar().setValue(value)
    QApplication.processEvents()
    cards = conversation.cards
    for above, below in itertools.pairwise(cards):
        assert above.geometry().bottom() < below.geometry().top()
    for card in cards:
        assert abs(card.height() - card.layout().heightForWidth(card.width())) <= 1  # type: ignore[union-attr]


def test_the_oldest_leave_an_endless_conversation(qtbot: QtBot) -> None:
    conversation = view(qtbot, 0)
    for number in range(MAX_CARDS + 3):
        conversation.show_turn(Turn(f"q{number}"))
    assert len(conversation.cards) == MAX_CARDS
    assert conversation.cards[0].turn.question == "q3"


def test_what_a_card_says_of_its_answer(qtbot: QtBot) -> None:
    conversation = view(qtbot, 3)
    korean, english, refused = conversation.cards
    assert korean._source.text() == "Qwen2.5-7B-Instruct"
    assert korean._time.text() == "1.9 s"
    assert "supported 2" in korean._legend.accessibleName()
    assert "unsupported 1" in korean._legend.accessibleName()
    assert len(korean._sources.rows) == 3
    assert english._source.text() == "basic"
    assert english._cached.isVisible()
    assert "How far did the streaming latency" in english._notice.text()
    assert refused._sources_title.text() == "Nearest passages"
    assert not refused._text.isVisible()
    assert "do not say enough" in refused._notice.text()
    korean._time.click()
    assert korean._steps.isVisible()
    assert copied_text(korean.turn).endswith("[3] 주간 개발 회의 0:25")


def test_a_stopped_answer_can_be_asked_again(qtbot: QtBot) -> None:
    conversation = view(qtbot, 0)
    turn = done("질문", dataclasses.replace(KOREAN, partial=True, text="정식 출시는"))
    conversation.show_turn(turn)
    card = conversation.cards[0]
    assert card._partial.isVisible()
    with qtbot.waitSignal(conversation.retry_requested) as asked:
        card._retry.click()
    assert asked.args == [turn]
