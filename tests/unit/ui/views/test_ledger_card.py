"""The card of the ledger: its numbers change in place."""

from __future__ import annotations

from PySide6.QtWidgets import QLabel, QWidget
from pytestqt.qtbot import QtBot

from desktop.events import LedgerUpdated, Track
from desktop.ui.theme import Theme
from desktop.ui.views.ledger_card import LedgerCard

SECOND = 16_000


def entry(track: Track, seconds: int) -> LedgerUpdated:
    whole = seconds * SECOND
    return LedgerUpdated(
        track, whole, whole - SECOND, SECOND, whole - 3 * SECOND, 2 * SECOND, SECOND
    )


def test_numbers_follow_without_making_anything_anew(qtbot: QtBot) -> None:
    host = QWidget()
    qtbot.addWidget(host)
    card = LedgerCard(Theme("light", host), host)
    card.show_ledger(entry(Track.MIC, 10))
    card.show_ledger(entry(Track.SYSTEM, 20))
    labels = card.findChildren(QLabel)
    assert {"0:10", "0:20", "7.0 s", "17.0 s"} <= {label.text() for label in labels}
    card.show_ledger(entry(Track.MIC, 70))
    assert card.findChildren(QLabel) == labels
    assert {"1:10", "67.0 s"} <= {label.text() for label in labels}
    card.clear()
    card.show_ledger(entry(Track.FILE, 5))
    assert [e._total.text() for e in card._entries.values()] == ["0:05"]
