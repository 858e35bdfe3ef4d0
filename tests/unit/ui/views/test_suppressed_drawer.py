"""The drawer of held-back lines: only what is new is made."""

from __future__ import annotations

from PySide6.QtWidgets import QFrame, QMainWindow
from pytestqt.qtbot import QtBot

from desktop.events import Track
from desktop.records import SuppressedRecord
from desktop.ui.theme import Theme
from desktop.ui.views.suppressed_drawer import SuppressedDrawer


def record(number: int) -> SuppressedRecord:
    return SuppressedRecord(
        number, "s", Track.MIC, number, number + 1, f"line {number}", (), "en", 0.1, "loop"
    )


def order(drawer: SuppressedDrawer) -> list[QFrame]:
    items = [drawer._cards.itemAt(n) for n in range(drawer._cards.count() - 1)]
    return [item.widget() for item in items]  # type: ignore[misc, union-attr]


def test_cards_that_are_there_stay_and_the_newest_is_on_top(qtbot: QtBot) -> None:
    window = QMainWindow()
    qtbot.addWidget(window)
    drawer = SuppressedDrawer(Theme("light", window), window)
    drawer.show_records([record(1), record(2)])
    second, first = order(drawer)
    drawer.show_records([record(1), record(2), record(3)])
    assert order(drawer)[1:] == [second, first]
    assert drawer.count == 3
    drawer.show_records([record(1), record(3)])
    assert second not in order(drawer)
    drawer.retranslate()
    assert len(order(drawer)) == 2
