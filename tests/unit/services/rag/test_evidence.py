"""Whether what was found answers: weighed by words, shown by the badges of an answer."""

from __future__ import annotations

import pytest
from fakes.passages import found

from desktop.services.keywords.morphology import Morpheme, MorphologicalAnalyser
from desktop.services.rag.evidence import SURE, EvidenceByWords
from desktop.services.rag.extractive import ExtractiveAnswerer
from desktop.services.rag.overlap import ContentReader
from desktop.services.rag.words import Words
from desktop.settings import RetrievalSettings

SHEET = found("Country\tCapital\tArea\nFrance\tParis\t551,695", heading="Countries")
PLANT = found("공장의 수도와 전기는 수요기관이 제공한다. 면적은 300제곱미터이다.", number=1)
MEETING = found("다음 정기 회의는 3월 14일 오후 2시에 열린다. 안건은 미정이다.", number=2)
REFUND = found("The refund policy applies for 30 days. Keep the receipt.", number=3)
ALL = [SHEET, PLANT, MEETING, REFUND]


@pytest.mark.parametrize(
    "question",
    [
        "What is the capital of Mongolia?",
        "What is the area of the Amazon rainforest?",
        "Who won the 1998 world cup in France?",
        "몽골의 수도는 어디인가요?",
        "아마존 우림의 면적은?",
        "비트코인 가격은 얼마인가요?",
    ],
)
def test_one_common_word_is_no_evidence(reader: ContentReader, question: str) -> None:
    assert EvidenceByWords(reader).weigh(question, ALL[:3]) < RetrievalSettings().refuse_below


@pytest.mark.parametrize(
    ("question", "passage"),
    [
        ("정기 회의는 언제인가요?", MEETING),
        ("정기회의에서는 무엇을 하나요?", MEETING),
        ("How long does the refund policy apply?", REFUND),
        ("공장의 면적은?", PLANT),
    ],
)
def test_what_is_asked_for_by_its_words_is_surely_there(
    reader: ContentReader, question: str, passage: object
) -> None:
    there = [each for each in ALL if each is passage]
    assert EvidenceByWords(reader).weigh(question, there) >= SURE


def test_nothing_found_is_no_evidence(reader: ContentReader) -> None:
    assert EvidenceByWords(reader).weigh("정기 회의는?", []) == 0.0


def test_a_question_without_korean_needs_no_korean_analyser() -> None:
    """It takes seconds to load, and no word of such a question is among what it finds."""

    class Absent(MorphologicalAnalyser):
        def analyse(self, text: str) -> list[Morpheme]:
            raise AssertionError(text)

    reader = ContentReader(Words(Absent()))
    passage = found(
        "부산 지사의 예산: Busan office budget 3,000만 원. 담당은 총무팀이다.", heading="예산"
    )
    question = "What is the budget of the Busan office?"
    assert EvidenceByWords(reader).weigh(question, [passage]) >= SURE
    (extract, *_) = ExtractiveAnswerer(reader).pick(question, [passage])
    assert "3,000만" in extract.text
