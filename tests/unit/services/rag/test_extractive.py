"""Answers without a language model, Korean and English."""

from __future__ import annotations

import pytest
from fakes.passages import found

from desktop.services.rag.extractive import ExtractiveAnswerer
from desktop.services.rag.overlap import ContentReader

PASSAGES = [
    found(
        "회사는 1년간 80퍼센트 이상 출근한 직원에게 15일의 유급휴가를 준다. "
        "연차휴가는 1년 안에 쓰지 않으면 없어진다.",
        heading="취업규칙 › 연차휴가",
    ),
    found("인공지능은 인간의 학습 능력을 컴퓨터로 구현하려는 기술이다.", number=1),
    found(
        "The refund policy applies for 30 days. Customers must keep the receipt.",
        number=2,
        heading="Refund policy",
    ),
    found("이름\t부서\t내선\n김철수\t영업팀\t1234\n이영희\t개발팀\t5678", number=3),
    found("다음 정기 회의는 3월 14일 오후 2시에 열린다. 안건은 미정이다.", number=4),
]


@pytest.fixture
def answerer(reader: ContentReader) -> ExtractiveAnswerer:
    return ExtractiveAnswerer(reader)


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("연차휴가는 며칠인가요?", "15일의 유급휴가"),
        ("인공지능이란 무엇인가요?", "구현하려는 기술"),
        ("How many days does the refund policy apply?", "30 days"),
        ("이영희의 내선은 몇 번인가요?", "내선: 5678"),
        ("정기 회의는 언제인가요?", "3월 14일"),
    ],
)
def test_the_best_sentence_answers(
    answerer: ExtractiveAnswerer, question: str, answer: str
) -> None:
    assert answer in answerer.pick(question, PASSAGES)[0].text


def test_nothing_is_picked_where_nothing_fits(answerer: ExtractiveAnswerer) -> None:
    assert answerer.pick("Who won the world cup?", PASSAGES) == []
    assert answerer.pick("무엇?", []) == []
