"""The book of a session's keywords: merging, views and what a person decides."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from desktop.events import Keyword, KeywordCategory, KeywordOccurrence
from desktop.services.keywords.book import KeywordBook

OTHER = KeywordCategory.OTHER


def keyword(
    text: str,
    *places: tuple[int, float],
    key: str = "",
    importance: float = 0.5,
    category: KeywordCategory = OTHER,
) -> Keyword:
    occurrences = tuple(KeywordOccurrence(number, at) for number, at in places)
    return Keyword(key or text, text, category, importance, occurrences)


keywords = st.builds(
    lambda key, text, importance, category, numbers: Keyword(
        key,
        text,
        category,
        importance,
        tuple(KeywordOccurrence(n, float(n), 1) for n in sorted(numbers)),
    ),
    st.sampled_from(["a", "b", "c"]),
    st.sampled_from(["A", "a", "As"]),
    st.floats(0, 1),
    st.sampled_from(list(KeywordCategory)),
    st.sets(st.integers(1, 50), min_size=1, max_size=3),
)


def _apart(found: list[Keyword]) -> list[Keyword]:
    """As from different lines: no line of a keyword twice."""
    seen: set[tuple[str, int]] = set()
    kept = []
    for item in found:
        places = [(item.key, o.segment_id) for o in item.occurrences]
        if not seen.intersection(places):
            seen.update(places)
            kept.append(item)
    return kept


@given(st.lists(keywords, max_size=12), st.randoms(use_true_random=False))
def test_the_order_of_findings_does_not_matter(found: list[Keyword], random: object) -> None:
    found = _apart(found)
    mixed = list(found)
    random.shuffle(mixed)  # type: ignore[attr-defined]
    one_by_one = KeywordBook()
    for item in mixed:
        one_by_one = one_by_one.add([item])
    assert one_by_one.entries() == KeywordBook().add(found).entries()


@given(st.lists(keywords, max_size=12))
def test_adding_twice_changes_nothing(found: list[Keyword]) -> None:
    once = KeywordBook().add(found)
    assert once.add(found).entries() == once.entries()


@given(st.lists(keywords, max_size=12))
def test_nothing_is_lost_or_invented(found: list[Keyword]) -> None:
    found = _apart(found)
    entries = KeywordBook().add(found).entries()
    assert {e.key for e in entries} == {k.key for k in found}
    assert sum(e.count for e in entries) == sum(o.count for k in found for o in k.occurrences)
    for entry in entries:
        assert 0.0 <= entry.importance <= 1.0
        assert entry.first_s <= entry.last_s
        assert entry.text in {k.text for k in found if k.key == entry.key}
        assert entry.category in {OTHER, *(k.category for k in found if k.key == entry.key)}


@given(st.lists(keywords, max_size=8), st.lists(keywords, max_size=8))
def test_a_book_is_never_changed(before: list[Keyword], after: list[Keyword]) -> None:
    book = KeywordBook().add(before)
    entries = book.entries()
    book.add(after)
    book.hide("a")
    book.pin("b")
    book.clear()
    book.without_segment(1)
    assert book.entries() == entries


def test_variants_count_as_one() -> None:
    book = KeywordBook()
    book = book.add([keyword("battery", (1, 0.0), key="battery")])
    book = book.add([keyword("Batteries", (2, 9.0), (3, 12.0), key="battery")])
    (entry,) = book.entries()
    assert (entry.text, entry.count, entry.first_s, entry.last_s) == ("Batteries", 3, 0.0, 12.0)
    assert [o.segment_id for o in entry.occurrences] == [1, 2, 3]


def test_saying_it_again_makes_it_more_important() -> None:
    book = KeywordBook().add([keyword("once", (1, 0.0)), keyword("often", (1, 0.0), (2, 5.0))])
    assert [entry.text for entry in book.entries()] == ["often", "once"]


def test_the_last_five_minutes() -> None:
    book = KeywordBook().add([keyword("old", (1, 10.0)), keyword("both", (1, 10.0), (9, 500.0))])
    (entry,) = book.recent(600.0)
    assert (entry.text, entry.count, entry.first_s) == ("both", 1, 500.0)
    assert len(book.entries()) == 2


def test_hidden_keywords_stay_hidden_when_said_again() -> None:
    book = KeywordBook().add([keyword("noise", (1, 0.0))]).hide("noise")
    assert book.add([keyword("noise", (2, 5.0))]).entries() == ()
    assert [e.hidden for e in book.entries(with_hidden=True)] == [True]
    assert len(book.hide("noise", hidden=False).entries()) == 1


def test_pinned_keywords_come_first_and_stay_in_the_recent_view() -> None:
    book = KeywordBook().add(
        [keyword("old", (1, 0.0), importance=0.3), keyword("new", (2, 900.0), importance=0.9)]
    )
    assert [e.text for e in book.pin("old").recent(1000.0)] == ["old", "new"]


def test_a_corrected_category_holds() -> None:
    book = KeywordBook().add([keyword("Mercury", (1, 0.0))])
    book = book.correct("Mercury", KeywordCategory.PRODUCT)
    book = book.add([keyword("Mercury", (2, 1.0), category=KeywordCategory.PLACE)])
    assert book.entries()[0].category is KeywordCategory.PRODUCT
    assert book.correct("Mercury", None).entries()[0].category is KeywordCategory.PLACE


def test_a_removed_line_no_longer_counts() -> None:
    book = KeywordBook().add([keyword("a", (1, 0.0), (2, 3.0)), keyword("b", (2, 3.0))])
    assert [(e.text, e.count) for e in book.without_segment(2).entries()] == [("a", 1)]


def test_decisions_outlast_a_clear() -> None:
    book = KeywordBook().add([keyword("a", (1, 0.0))]).hide("a").clear()
    assert book.entries(with_hidden=True) == ()
    assert book.add([keyword("a", (2, 0.0))]).entries() == ()
