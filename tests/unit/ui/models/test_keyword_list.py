"""Chips keep their place until nobody looks."""

from __future__ import annotations

from PySide6.QtCore import QPersistentModelIndex
from PySide6.QtTest import QAbstractItemModelTester
from pytestqt.qtbot import QtBot

from desktop.events import KeywordCategory, KeywordOccurrence
from desktop.records import KeywordEntry
from desktop.ui.models.keyword_list import ENTRY_ROLE, SHOWN_ROLE, KeywordList


def entries(*keys: str, count: int = 1) -> list[KeywordEntry]:
    place = (KeywordOccurrence(1, 1.0),)
    return [
        KeywordEntry(key, key, KeywordCategory.OTHER, 0.5, count, 1.0, 1.0, place) for key in keys
    ]


def texts(model: KeywordList) -> str:
    return "".join(entry.text for entry in model.entries)


def test_new_ones_come_last_and_known_ones_stay(qtbot: QtBot) -> None:
    model = KeywordList()
    QAbstractItemModelTester(model, QAbstractItemModelTester.FailureReportingMode.Fatal)
    model.load(entries("a", "b", "c"))
    assert model.update(entries("x", "c", "a", count=2))
    assert texts(model) == "acx"
    assert model.entries[0].count == 2
    assert not model.settled
    assert model.index(2).data(SHOWN_ROLE) < 1.0
    assert model.index(0).data(SHOWN_ROLE) == 1.0
    kept = QPersistentModelIndex(model.index(model.row_of("a")))
    model.settle()
    assert texts(model) == "xca"
    assert model.settled
    assert kept.row() == 2
    assert kept.data(ENTRY_ROLE).key == "a"
    assert not model.update(entries("x", "c"))
    assert texts(model) == "xc"


def test_other_keywords_do_not_fade_in(qtbot: QtBot) -> None:
    model = KeywordList()
    model.update(entries("a"))
    model.load(entries("b", "c"))
    assert model.settled
    assert [model.index(row).data(SHOWN_ROLE) for row in range(2)] == [1.0, 1.0]
