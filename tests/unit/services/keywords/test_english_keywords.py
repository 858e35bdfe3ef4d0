"""English keywords: phrases, plurals, places; no process is started for them."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from desktop.events import KeywordCategory
from desktop.services.keywords.basic import MAX_CHARS, BasicExtractor


@pytest.fixture
def extractor() -> Iterator[BasicExtractor]:
    extractor = BasicExtractor()
    yield extractor
    extractor.close()


def test_phrases_between_common_words(extractor: BasicExtractor) -> None:
    said = "We need to talk about the remote control budget and, um, the touch screen you know."
    assert [k.text for k in extractor.extract(said, "en")] == [
        "remote control budget",
        "touch screen",
    ]


def test_small_talk_gives_nothing(extractor: BasicExtractor) -> None:
    assert extractor.extract("Um I think we should basically go with it you know.", "en") == []


def test_plural_and_case_count_as_one(extractor: BasicExtractor) -> None:
    said = "The battery is here.\nBatteries are there.\nWhere is that Battery?"
    (battery,) = extractor.extract(said, "en")
    assert len(battery.spans) == 3
    assert [said[a:b] for a, b in battery.spans] == ["battery", "Batteries", "Battery"]


def test_possessives_end_a_keyword(extractor: BasicExtractor) -> None:
    found = extractor.extract("It is the architect’s blueprint.", "en")
    assert {k.text for k in found} == {"architect", "blueprint"}


@pytest.mark.parametrize(
    ("said", "keyword", "category"),
    [
        ("We asked Professor Smith.", "Professor Smith", KeywordCategory.PERSON),
        ("She was in Seoul.", "Seoul", KeywordCategory.PLACE),
        ("It was made by Nvidia.", "Nvidia", KeywordCategory.COMPANY),
        ("This is a sorting algorithm.", "sorting algorithm", KeywordCategory.TECHNOLOGY),
        ("That was a thermal camera.", "thermal camera", KeywordCategory.EQUIPMENT),
        ("It is a streaming service.", "streaming service", KeywordCategory.SERVICE),
        ("It was a flagship smartphone.", "flagship smartphone", KeywordCategory.PRODUCT),
        ("It was the marketing budget.", "marketing budget", KeywordCategory.OTHER),
    ],
)
def test_categories(
    extractor: BasicExtractor, said: str, keyword: str, category: KeywordCategory
) -> None:
    found = {k.text: k.category for k in extractor.extract(said, "en")}
    assert found.get(keyword) is category, found


def test_parts_of_words_are_not_parts_of_keywords(extractor: BasicExtractor) -> None:
    found = extractor.extract("The cartography of art.", "en")
    assert {k.text for k in found} == {"cartography", "art"}


@given(st.text(alphabet=st.characters(exclude_categories=["Lo"]), max_size=200))
def test_nothing_is_invented(text: str) -> None:
    extractor = BasicExtractor(min_importance=0.0)
    for keyword in extractor.extract(text, "en", limit=50):
        assert keyword.spans
        assert 0.0 <= keyword.importance <= 1.0
        start, end = keyword.spans[0]
        assert keyword.text == " ".join(text[start:end].split())
    extractor.close()


def test_a_very_long_text_is_cut(extractor: BasicExtractor) -> None:
    (keyword,) = extractor.extract("alpha beta gamma, " * 100_000, "en")
    assert keyword.spans[-1][1] <= MAX_CHARS
