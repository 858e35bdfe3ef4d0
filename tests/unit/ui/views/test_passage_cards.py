"""Passages while people speak: the newest on top, calm, bounded, dismissed for good."""

from __future__ import annotations

from fakes.fake_documents import LATENCY, PLAN, RISK, SPOKEN, passage
from PySide6.QtCore import QEvent
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from desktop.settings import Settings
from desktop.ui.application import create_application
from desktop.ui.theme import Theme
from desktop.ui.views.insight_panel import InsightPanel
from desktop.ui.views.passage_cards import MAX_CARDS, PassageCards


def cards(qtbot: QtBot) -> PassageCards:
    create_application(["malgeul"], Settings())
    made = PassageCards(Theme("light"))
    qtbot.addWidget(made)
    made.resize(320, 600)
    made.show()
    return made


def test_the_best_stands_on_top_and_known_ones_stay_where_they_are(qtbot: QtBot) -> None:
    shown = cards(qtbot)
    shown.show_passages((RISK, LATENCY))
    assert shown.passages == [RISK, LATENCY]
    shown.show_passages((PLAN, RISK))
    assert shown.passages == [PLAN, RISK, LATENCY]
    assert not shown._nothing.isVisible()
    shown.hold()
    assert all(card.maximumHeight() > 1000 for card in shown.cards)


def test_a_new_one_opens_calmly(qtbot: QtBot) -> None:
    shown = cards(qtbot)
    shown.show_passages((RISK,))
    card = shown.cards[0]
    assert card.maximumHeight() == 0
    qtbot.waitUntil(lambda: card._motion is None)
    QApplication.processEvents()
    assert card.height() >= card.natural_height(card.width())


def test_nothing_moves_under_the_pointer(qtbot: QtBot) -> None:
    shown = cards(qtbot)
    shown.show_passages((RISK,))
    over = [True]
    shown.underMouse = lambda: over[0]  # type: ignore[method-assign]
    shown.show_passages([passage(50 + n, f"d{n}.pdf", "글", "글") for n in range(40)])
    assert shown.passages == [RISK]
    assert len(shown._waiting) == MAX_CARDS
    over[0] = False
    shown.leaveEvent(QEvent(QEvent.Type.Leave))
    assert len(shown.cards) == MAX_CARDS
    shown.hold()


def test_what_was_dismissed_does_not_come_back(qtbot: QtBot) -> None:
    shown = cards(qtbot)
    shown.show_passages((RISK, SPOKEN))
    shown.cards[0]._dismiss.click()
    assert shown.passages == [SPOKEN]
    shown.show_passages((RISK, SPOKEN, LATENCY))
    assert shown.passages == [LATENCY, SPOKEN]
    shown.clear()
    shown.show_passages((RISK,))
    assert shown.passages == [RISK]
    shown.hold()


def test_cards_open_play_and_ask(qtbot: QtBot) -> None:
    shown = cards(qtbot)
    shown.show_passages((RISK, SPOKEN))
    assert [card._open.text() for card in shown.cards] == ["Open", "Play"]
    with qtbot.waitSignal(shown.opened) as opened:
        shown.cards[0]._open.click()
    assert opened.args == [RISK]
    with qtbot.waitSignal(shown.asked_about) as asked:
        shown.cards[1]._ask.click()
    assert asked.args == [SPOKEN]
    shown.hold()


def test_keywords_have_the_room_of_passages_until_there_are_any(qtbot: QtBot) -> None:
    create_application(["malgeul"], Settings())
    panel, keywords = InsightPanel(Theme("light")), QWidget()
    qtbot.addWidget(panel)
    shown = PassageCards(Theme("light"))
    panel.set_keywords(keywords)
    panel.set_passages(shown)
    shown.room_wanted.connect(panel.share)
    panel.resize(288, 700)
    panel.show()
    words = shown._nothing
    qtbot.waitUntil(lambda: words.height() >= words.heightForWidth(words.width()) > 0)
    assert keywords.height() > 4 * shown.height()
    shown.show_passages((RISK,))
    qtbot.waitUntil(lambda: abs(keywords.height() - shown.height()) <= 2)
    shown.cards[0]._dismiss.click()  # nothing jumps for that
    assert abs(keywords.height() - shown.height()) <= 2
    panel._first.setSizes([200, 400])
    moved = panel._first.sizes()
    shown.clear()
    qtbot.waitUntil(lambda: keywords.height() > 4 * shown.height())
    shown.show_passages((RISK,))
    qtbot.waitUntil(lambda: panel._first.sizes() == moved)
    shown.hold()
