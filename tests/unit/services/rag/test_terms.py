"""Terms: particles, compounds, codes, stems, other scripts; the vector's arithmetic."""

from __future__ import annotations

import math
import sys
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

import pytest

from desktop.errors import ServiceError
from desktop.services.keywords.morphology import MorphologicalAnalyser
from desktop.services.rag import latin
from desktop.services.rag.terms import TermVectors


@pytest.fixture(scope="module")
def terms() -> Iterator[TermVectors]:
    vectors = TermVectors()
    vectors.query("준비")  # the analyser's process belongs to the file, not to the first test
    yield vectors
    vectors.close()


def ranked(vectors: TermVectors, query: str, texts: Sequence[str]) -> list[int]:
    """The texts that match at all, best first, as a store with IDF ranks them."""
    documents = vectors.documents(texts)
    frequency = Counter(term for document in documents for term in document)

    def score(document: Mapping[int, float]) -> float:
        return sum(
            weight
            * document.get(term, 0.0)
            * math.log(1 + (len(texts) - frequency[term] + 0.5) / (frequency[term] + 0.5))
            for term, weight in vectors.query(query).items()
        )

    scores = [score(document) for document in documents]
    return sorted((i for i, s in enumerate(scores) if s > 0), key=lambda i: -scores[i])


OTHERS = ["점심은 냉면을 먹었다.", "서버를 새로 샀다.", "The committee met on Tuesday."]


@pytest.mark.parametrize("query", ["예산은", "예산을 얼마로 정했나요?", "예산", "예산에서도"])
def test_a_query_with_particles_finds_the_bare_noun(terms: TermVectors, query: str) -> None:
    assert ranked(terms, query, [*OTHERS, "올해 예산: 3억 원"])[0] == 3


@pytest.mark.parametrize(
    ("query", "text"),
    [
        ("데이터베이스", "데이터 베이스를 옮겼다."),
        ("데이터 베이스", "데이터베이스를 옮겼다."),
        ("음성인식", "음성 인식 모델을 바꿨다."),
        ("음성 인식 모델", "음성인식모델을 바꿨다."),
    ],
)
def test_compounds_match_split_and_joined(terms: TermVectors, query: str, text: str) -> None:
    assert ranked(terms, query, [*OTHERS, text])[0] == 3


def test_verbs_match_in_other_forms(terms: TermVectors) -> None:
    assert ranked(terms, "서버를 언제 사나요", ["회의를 열었다.", "서버를 샀다."])[0] == 1
    found = ranked(
        terms, "who negotiates contracts", ["a new engine", "They negotiated a contract"]
    )
    assert found == [1]


@pytest.mark.parametrize(
    ("query", "text"),
    [
        ("gpt4", "We run GPT-4 here."),
        ("GPT-4", "the gpt4 model"),
        ("1700", "over 1,700 years"),
        ("1,700년", "1700년 동안"),
        ("email", "send an e-mail"),
        ("US economy", "the U.S. economy"),
        ("C++", "written in c++ mostly"),
        ("ISO-9001", "ISO 9001 인증을 받았다"),
        ("15 km", "a 15km run"),
        ("O'Neil", "Mr ONeil said"),
        ("naïve", "a naïve idea"),
    ],
)
def test_codes_and_numbers_are_exact_in_every_spelling(
    terms: TermVectors, query: str, text: str
) -> None:
    assert ranked(terms, query, [*OTHERS, text])[0] == 3


def test_a_number_is_not_part_of_another(terms: TermVectors) -> None:
    assert ranked(terms, "1200", ["12", "12000", "120"]) == []


@pytest.mark.parametrize(
    ("query", "text"),
    [
        ("東京", "会議は東京で開かれた"),
        ("データ", "新しいデータを集める"),
        ("договор", "подписали договор"),
        ("договора", "подписали договор"),
        ("σύμβαση", "η σύμβαση"),
        ("การประชุม", "ในการประชุมนี้"),
    ],
)
def test_other_scripts_are_found(terms: TermVectors, query: str, text: str) -> None:
    assert ranked(terms, query, [*OTHERS, text])[0] == 3


def test_mixed_text_keeps_both_languages(terms: TermVectors) -> None:
    texts = [*OTHERS, "이번 release에서 Kubernetes 클러스터를 옮긴다."]
    assert ranked(terms, "kubernetes", texts)[0] == 3
    assert ranked(terms, "클러스터", texts)[0] == 3


def test_decomposed_and_full_width_text_is_the_same(terms: TermVectors) -> None:
    import unicodedata

    plain, odd = terms.documents(["예산 API", unicodedata.normalize("NFD", "예산") + " ＡＰＩ"])
    assert plain == odd


def test_a_heading_is_found_and_does_not_lengthen(terms: TermVectors) -> None:
    bare, headed = terms.documents(["the pump failed"] * 2, ["", "Cooling system"])
    assert {term: headed[term] for term in bare} == bare
    assert set(terms.query("cooling")) <= set(headed)


def test_more_of_the_same_says_less_and_less(terms: TermVectors) -> None:
    (word,) = terms.query("pump")
    once, twice, often = (
        document[word] for document in terms.documents(["pump", "pump pump", "pump " * 20])
    )
    assert once < twice < often < 2.2
    assert twice - once < once


def test_grammar_is_left_out_but_acronyms_are_not(terms: TermVectors) -> None:
    assert terms.query("what is it and who are they") == {}
    assert latin.terms("IT") == ("it",)
    assert latin.terms("it") == ()


def test_terms_are_32_bit_and_the_same_everywhere(terms: TermVectors) -> None:
    vector = terms.query("budget 예산")
    assert all(0 <= term < 2**32 for term in vector)
    assert set(terms.query("budgets")) == {2882687984}


def test_nothing_gives_nothing(terms: TermVectors) -> None:
    assert terms.documents(["", " \n", "…!?"]) == [{}, {}, {}]
    assert terms.query("") == {}
    with pytest.raises(ValueError, match="headings"):
        terms.documents(["a"], [])


def test_without_the_analyser_queries_still_find_and_documents_say_so() -> None:
    vectors = TermVectors(MorphologicalAnalyser([sys.executable, "-c", "raise SystemExit(1)"]))
    try:
        assert vectors.query("예산을")
        assert vectors.documents(["budget"]) != [{}]
        with pytest.raises(ServiceError, match="Korean analyser"):
            vectors.documents(["예산"])
    finally:
        vectors.close()
