"""Search: Korean inside words, prefixes, phrases, and any input at all."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from pathlib import Path

import apsw
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from unit.engine.store.made_lines import make_line, new_session

from desktop.engine.store import TranscriptStore, search, text_index

LINES = (
    "정기회의를 시작합니다",
    "회의 시간을 내일로 옮겼습니다.",
    "회사 사람 의견",
    "GPU를 두 장 더 샀습니다",
    "We ordered two GPUs, and an e-mail went out",
    "C++ costs $5 😀",
    "2026년 3월 예산",
    "그렇습니까? 회의, 시간표",
)


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TranscriptStore]:
    path: Path = tmp_path_factory.mktemp("search") / "transcripts.db"
    with TranscriptStore.open(path) as store:
        session_id = new_session(store, "s")
        for number, text in enumerate(LINES, start=1):
            store.append_segment(session_id, make_line(number, text))
        yield store


def found(store: TranscriptStore, query: str) -> list[int]:
    return sorted(LINES.index(hit.text) for hit in store.search(query))


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("회의", [0, 1, 7]),
        ("회의를", [0]),
        ("정기회의", [0]),
        ("의", [0, 1, 2, 7]),
        ("회의시간", [1]),
        ('"회의 시간"', [1, 7]),
        ("시간 회의", [1, 7]),
        ("사의", []),
        ("gpu", [3, 4]),
        ("GPU를", [3]),
        ("gpu를 장", [3]),
        ('"gpu"', [3]),
        ("ord gp", [4]),
        ("rdered", []),
        ("e-mail", [4]),
        ("E MAIL", [4]),
        ("c++", [5]),
        ("$5", [5]),
        ("😀", [5]),
        ("3월", [6]),
        ("202", [6]),
        ("ＧＰＵ", [3, 4]),
        (unicodedata.normalize("NFD", "회의를"), [0]),
        ('"two gpus', [4]),
    ],
)
def test_found(filled: TranscriptStore, query: str, expected: list[int]) -> None:
    assert found(filled, query) == expected
    assert sorted(LINES.index(h.text) for h in filled.search(query, "s")) == expected


@pytest.mark.parametrize(
    "query",
    [
        '"',
        '""',
        "*",
        "-",
        "a*",
        "\0",
        "a\0b",
        "NEAR(",
        "AND",
        "OR x",
        "col:x",
        "(",
        "^",
        "'",
        "\ud800",
        "",
        "   ",
        "\u200d",
        "\ufe0f",
        "a" * 5000,
        '"' * 999,
        "{}",
        "x AND",
        "회*의",
        "; DROP TABLE",
    ],
)
def test_no_input_is_an_error(filled: TranscriptStore, query: str) -> None:
    filled.search(query)


def test_offsets_point_at_the_words(filled: TranscriptStore) -> None:
    for query, marked in (
        ("회의", ["회의"]),
        ("시작 정기", ["정기", "시작"]),
        ("gp", ["GP"]),
        ("회의시간", ["회의 시간"]),
    ):
        hit = filled.search(query)[-1]
        assert [hit.text[start:end] for start, end in hit.matches] == marked


def test_decomposed_korean_and_accents_give_offsets_of_the_stored_text() -> None:
    text = unicodedata.normalize("NFD", "이 회의 Straße")
    (span,) = text_index.find(text, search.parse("회의"))
    assert unicodedata.normalize("NFC", text[slice(*span)]) == "회의"
    (span,) = text_index.find(text, search.parse("STRASSE"))
    assert unicodedata.normalize("NFC", text[slice(*span)]) == "Straße"


def test_newest_first_and_limit(filled: TranscriptStore) -> None:
    assert [LINES.index(hit.text) for hit in filled.search("회의", limit=2)] == [7, 1]
    assert [LINES.index(hit.text) for hit in filled.search("회의", "s")] == [0, 1, 7]
    assert filled.search("회의", "another session") == []
    assert filled.search("회의", limit=0) == []


_TEXT = st.text(
    alphabet=st.one_of(
        st.sampled_from("회의시간 를정기,. ab"),
        st.sampled_from('회의시간 를정기,. abC12"*-+😀é㈱ｱ\u1112\u1161\u200d\ufe0f\u0301'),
        st.characters(blacklist_categories=("Cs",)),
    ),
    max_size=24,
)


@settings(max_examples=150, deadline=None)
@given(texts=st.lists(_TEXT, max_size=5), query=_TEXT)
@example(texts=["회의 시간"], query="의시")
@example(texts=["+가"], query="+")
def test_the_index_misses_nothing(texts: list[str], query: str) -> None:
    """What the index returns is exactly what looking at every line would."""
    connection = apsw.Connection(":memory:")
    connection.execute("CREATE VIRTUAL TABLE pairs USING fts5(grams, tokenize = 'ascii')")
    for number, text in enumerate(texts):
        connection.execute(
            "INSERT INTO pairs (rowid, grams) VALUES (?, ?)", (number, text_index.index_terms(text))
        )
    terms = search.parse(query)
    expected = {n for n, text in enumerate(texts) if terms and text_index.find(text, terms)}
    candidates = set()
    if terms:
        candidates = {
            row[0]
            for row in connection.execute(
                "SELECT rowid FROM pairs WHERE pairs MATCH ?", (text_index.index_query(terms),)
            )
        }
    connection.close()
    assert expected <= candidates


@settings(max_examples=200, deadline=None)
@given(text=_TEXT, start=st.integers(0, 23), length=st.integers(1, 8))
def test_a_piece_of_a_line_of_korean_is_found_in_it(text: str, start: int, length: int) -> None:
    piece = text[start : start + length]
    terms = search.parse(f'"{piece.replace(chr(34), " ")}"')
    korean = bool(piece) and all("가" <= c <= "힣" for c in piece)
    for low, high in text_index.find(text, terms):
        assert 0 <= low < high <= len(text)
    if korean:
        assert text_index.find(text, terms)
