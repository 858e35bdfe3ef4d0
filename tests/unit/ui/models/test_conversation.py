"""Questions and answers: whose event is whose, and what is marked in an answer."""

from __future__ import annotations

import dataclasses

from fakes.fake_documents import ENGLISH, KOREAN

from desktop import events as ev
from desktop.ui.models.conversation import (
    UNCLAIMED,
    Conversation,
    Turn,
    TurnState,
    answer_marks,
    citation_marks,
    sentence_ranges,
)


def conversation() -> tuple[Conversation, list[Turn]]:
    changed: list[Turn] = []
    return Conversation(changed.append), changed


def test_events_that_come_before_the_request_returns_are_kept() -> None:
    talk, _ = conversation()
    turn = talk.begin("왜?")
    talk.receive(ev.AnswerStarted("a1", "c1", "왜?", 0.0))
    talk.receive(ev.AnswerExtended("a1", "그래서"))
    talk.receive(ev.AnswerExtended("other", "not ours"))
    assert turn.text == ""
    talk.claim(turn, "a1")
    assert (turn.text, turn.state) == ("그래서", TurnState.STREAMING)
    talk.receive(ev.AnswerExtended("a1", "입니다"))
    assert turn.text == "그래서입니다"
    assert talk.conversation_id == "c1"
    talk.receive(ev.AnswerFinished("a1", KOREAN, 0.0))
    assert turn.answer is KOREAN
    assert talk.open_turn is None
    talk.receive(ev.AnswerExtended("a1", "late"))
    assert turn.text == KOREAN.text


def test_what_others_ask_stays_theirs_and_is_bounded() -> None:
    talk, changed = conversation()
    talk.receive(ev.AnswerExtended("x", "nobody asked here"))
    turn = talk.begin("why?")
    for number in range(3 * UNCLAIMED):
        talk.receive(ev.AnswerExtended(f"x{number}", "text"))
    assert len(talk._unclaimed) == UNCLAIMED
    assert changed == []
    assert turn.state is TurnState.ASKED


def test_a_failure_keeps_what_had_come_and_can_be_asked_again() -> None:
    """faults: N77"""
    talk, _ = conversation()
    turn = talk.begin("why?")
    talk.claim(turn, "a1")
    talk.receive(ev.AnswerExtended("a1", "Because of "))
    talk.receive(ev.AnswerFailed("a1", "It stopped.", "Try again.", "Because of the"))
    assert (turn.text, turn.state) == ("Because of the", TurnState.FAILED)
    assert (turn.message, turn.hint) == ("It stopped.", "Try again.")
    talk.again(turn)
    assert (turn.text, turn.state, turn.message) == ("", TurnState.ASKED, "")
    talk.fail(turn, "No server.", "")
    assert turn.state is TurnState.FAILED


def test_citations_without_a_source_stay_text() -> None:
    text = "One [1], two [2][3], none [7], array[0] and [x]."
    assert [m.number for m in citation_marks(text, 3)] == [1, 2, 3]
    first = citation_marks(text, 3)[0]
    assert text[first.start : first.end] == "[1]"


def test_doubtful_sentences_are_marked_where_they_stand() -> None:
    marks = {m.kind: KOREAN.text[m.start : m.end] for m in answer_marks(KOREAN)}
    assert marks["weak"].startswith("회의에서는")
    assert marks["unsupported"] == "전환 기능은 이미 모든 노트북에서 검증되었습니다."
    assert "supported" not in marks
    assert [ENGLISH.text[a:b] for a, b, _ in sentence_ranges(ENGLISH)] == [
        s.text for s in ENGLISH.sentences
    ]


def test_a_sentence_that_is_not_in_the_text_is_left_out() -> None:
    strange = dataclasses.replace(
        ENGLISH, sentences=(ev.AnswerSentence("Not there.", (), ev.Support.WEAK),)
    )
    assert sentence_ranges(strange) == []
