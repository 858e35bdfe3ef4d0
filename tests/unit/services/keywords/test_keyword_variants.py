"""When two spellings are one keyword."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from desktop.services.keywords.variants import key_of, singular


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("데이터 베이스", "데이터베이스"),
        ("Remote Controls", "remote control"),
        ("remote-control", "remote control"),
        ("Data Bases", "database"),
        ("batteries", "Battery"),
        ("switches", "switch"),
        ("전시ㆍ기획", "전시 기획"),
        ("ＡＩ", "ai"),
    ],
)
def test_variants_have_one_key(one: str, other: str) -> None:
    assert key_of(one) == key_of(other)


@pytest.mark.parametrize(
    ("one", "other"), [("회의", "회의록"), ("class", "clas"), ("C", "C++"), ("Java", "JavaScript")]
)
def test_different_words_differ(one: str, other: str) -> None:
    assert key_of(one) != key_of(other)


@pytest.mark.parametrize("word", ["analysis", "bus", "class", "gas", "this", "gps"])
def test_singulars_stay(word: str) -> None:
    assert singular(word) == word


@given(st.text(max_size=40))
def test_a_key_is_its_own_key_but_for_plurals(text: str) -> None:
    key = key_of(text)
    assert not any(character.isspace() for character in key)
    assert key_of(text.replace(" ", "  ")) == key
