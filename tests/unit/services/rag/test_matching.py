"""Which words matched, and where."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

import pytest

from desktop.services.rag import matching
from desktop.services.rag.words import Words


@pytest.fixture(scope="module")
def words() -> Iterator[Words]:
    words = Words()
    words.read("준비")  # the analyser's process belongs to the file
    yield words
    words.close()


def found(words: Words, query: str, text: str) -> tuple[list[str], tuple[str, ...]]:
    matches = matching.find(text, matching.needles(query, words.read(query)))
    return [text[start:end] for start, end in matches.spans], matches.reasons


def test_stems_match_other_forms(words: Words) -> None:
    spans, reasons = found(words, "Who negotiates contracts?", "They negotiated a contract.")
    assert spans == ["negotiated", "contract"]
    assert reasons == ("negotiates", "contracts")


def test_korean_nouns_match_under_particles(words: Words) -> None:
    spans, reasons = found(words, "예산을 언제 확정하나요?", "올해 예산은 6월에 확정했다.")
    assert "예산" in spans
    assert "확정" in spans
    assert reasons == ("예산", "확정")


@pytest.mark.parametrize("text", ["데이터베이스를 옮겼다", "데이터 베이스를 옮겼다"])
def test_a_compound_is_one_match(words: Words, text: str) -> None:
    spans, reasons = found(words, "데이터베이스", text)
    assert "".join(spans).replace(" ", "") == "데이터베이스"
    assert reasons[0] == "데이터베이스"


def test_one_syllable_nouns_match_words_not_parts_of_them(words: Words) -> None:
    spans, _ = found(words, "집을 샀다", "집에서 수집한 집합이 아니라 집이다")
    assert spans == ["집", "집"]


def test_codes_match_in_other_spellings(words: Words) -> None:
    spans, reasons = found(words, "GPT-4 모델", "우리는 gpt4 모델을 쓴다")
    assert spans == ["gpt4", "모델"]
    assert reasons == ("GPT-4", "모델")


def test_question_words_are_no_reason(words: Words) -> None:
    assert found(words, "누구의 무엇인가", "누구나 무엇이든") == ([], ())


def test_other_scripts(words: Words) -> None:
    assert found(words, "東京", "会議は東京で")[0] == ["東京"]
    assert found(words, "договор", "подписали Договор")[0] == ["Договор"]


def test_spans_are_ordered_and_apart(words: Words) -> None:
    query = "음성 인식 모델 음성인식"
    text = "음성인식 모델과 음성 인식의 모델"
    spans = matching.find(text, matching.needles(query, words.read(query))).spans
    assert all(a[1] < b[0] for a, b in itertools.pairwise(spans))
    assert all(0 <= start < end <= len(text) for start, end in spans)
