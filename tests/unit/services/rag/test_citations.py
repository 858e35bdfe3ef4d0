"""Answers checked sentence by sentence against what they cite."""

from __future__ import annotations

import pytest

from desktop.events import Support
from desktop.services.rag.citations import CitationChecker, renumbered
from desktop.services.rag.overlap import ContentReader

PASSAGES = [
    "Refunds are possible within 30 days of purchase with a receipt.",
    "다음 정기 회의는 3월 14일 오후 2시에 3층에서 열린다.",
]


@pytest.fixture
def checker(reader: ContentReader) -> CitationChecker:
    return CitationChecker(reader)


def test_what_the_passage_says_is_supported(checker: CitationChecker) -> None:
    checked = checker.check(
        "Refunds are possible within 30 days [1]. 회의는 3월 14일에 열린다 [2].", PASSAGES
    )

    assert [s.support for s in checked.sentences] == [Support.SUPPORTED, Support.SUPPORTED]
    assert [s.citations for s in checked.sentences] == [(1,), (2,)]


def test_a_number_that_nobody_wrote_is_weak_at_most(checker: CitationChecker) -> None:
    (sentence,) = checker.check(
        "Refunds are possible within 90 days of purchase [1].", PASSAGES
    ).sentences

    assert sentence.support is not Support.SUPPORTED


def test_invented_things_are_unsupported(checker: CitationChecker) -> None:
    first, second = checker.check(
        "Penguins live in Antarctica [1]. Whales sing songs.", PASSAGES
    ).sentences

    assert first.support is Support.UNSUPPORTED
    assert second.support is Support.UNSUPPORTED
    assert second.citations == ()


def test_a_sentence_without_a_citation_gets_the_passage_that_bears_it_out(
    checker: CitationChecker,
) -> None:
    (sentence,) = checker.check(
        "The regular meeting: 정기 회의는 3월 14일 오후 2시에 열린다.", PASSAGES
    ).sentences

    assert sentence.citations == (2,)


def test_citations_of_nothing_are_left_out() -> None:
    assert renumbered("a [1, 2] b [7]. c [0]", 2) == "a [1] [2] b. c"
