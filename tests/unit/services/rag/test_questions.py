"""What questions are after."""

from __future__ import annotations

import pytest

from desktop.services.rag import questions
from desktop.services.rag.questions import Kind


@pytest.mark.parametrize(
    ("question", "kind"),
    [
        ("다음 회의는 언제인가요?", Kind.WHEN),
        ("What year was it founded?", Kind.WHEN),
        ("담당자는 누구인가요?", Kind.WHO),
        ("Who signed the contract?", Kind.WHO),
        ("예산은 얼마인가요?", Kind.HOW_MANY),
        ("How many people came?", Kind.HOW_MANY),
        ("회의실은 어디에 있나요?", Kind.WHERE),
        ("Why was it late?", Kind.WHY),
        ("환불은 어떻게 하나요?", Kind.HOW),
        ("인공지능이란 무엇인가요?", Kind.WHAT_IS),
        ("Name the members.", Kind.OTHER),
    ],
)
def test_kinds(question: str, kind: Kind) -> None:
    assert questions.kind_of(question) is kind


def test_sentences_show_what_is_asked_for() -> None:
    assert questions.shows(Kind.WHEN, "3월 14일에 열린다") is True
    assert questions.shows(Kind.WHEN, "곧 열린다") is False
    assert questions.shows(Kind.OTHER, "anything") is None


@pytest.mark.parametrize(
    ("text", "wanted", "language"),
    [
        ("인공지능이란?", "", "ko"),
        ("What is BGE-M3?", "", "en"),
        ("BGE-M3 모델의 차원은?", "", "ko"),
        ("인공지능이란?", "en", "en"),
        ("1234?", "", "en"),
    ],
)
def test_language(text: str, wanted: str, language: str) -> None:
    assert questions.language_of(text, wanted) == language


@pytest.mark.parametrize(
    ("question", "follows"),
    [
        ("그럼 면적은요?", True),
        ("What about its area?", True),
        ("그것은 언제 시작했나요?", True),
        ("And Norway?", True),
        ("왜요?", True),
        ("예산은?", True),
        ("When?", True),
        ("마감일은 언제인가요?", False),
        ("When did the Black Death reach England?", False),
        ("Where is the warehouse?", False),
        ("서울시의 인구는 2020년에 얼마였나요?", False),
        ("How many people lived in Seoul in 2020?", False),
    ],
)
def test_follow_ups(question: str, follows: bool) -> None:
    assert questions.follows_up(question) is follows
