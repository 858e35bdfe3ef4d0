"""Citations and passages in the window, over a scripted backend."""

from __future__ import annotations

import dataclasses

from fakes.fake_backend import FakeBackend
from fakes.fake_documents import LATENCY, SPOKEN, passage
from fakes.window_steps import ask, idle
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from desktop import events as ev
from desktop.bus import EventBus
from desktop.ui.main_window import MainWindow


def test_a_citation_opens_its_page_and_steps_to_the_next(
    window: MainWindow, backend: FakeBackend, qtbot: QtBot
) -> None:
    window.desk.ask()
    ask(window, qtbot, "출시 일정은?")
    qtbot.waitUntil(lambda: len(window.desk.panel.view.cards[0]._sources.rows) == 3)
    window.desk.panel.view.cards[0]._text.citation_clicked.emit(1)
    viewer = window.desk.citations.viewer
    assert viewer is not None
    qtbot.waitUntil(lambda: viewer._stack.currentWidget() is viewer.page)
    assert viewer._place.text() == "Page 12 of 38"
    assert viewer._count.text() == "1 / 2"  # the meeting is played, not shown
    assert len(viewer.page._sheet.marked()) == 1
    before = viewer.page.zoom
    viewer._larger.click()
    assert viewer.page.zoom > before
    viewer._zoom.click()
    assert abs(viewer.page.zoom - before) < 0.05
    qtbot.keyClick(viewer, Qt.Key.Key_PageDown, Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(lambda: viewer._place.text() == "Page 13 of 38")
    assert viewer.page._sheet.marked() == []
    viewer.turner._field.setText("2")
    qtbot.keyClick(viewer.turner._field, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: viewer._place.text() == "Page 2 of 38")
    viewer.turner._home.click()
    qtbot.waitUntil(lambda: viewer._place.text() == "Page 12 of 38")
    assert not viewer.turner._home.isVisible()
    assert len(viewer.page._sheet.marked()) == 1
    viewer._later.click()
    idle(window, qtbot)
    assert viewer._count.text() == "2 / 2"
    assert not viewer._later.isEnabled()
    viewer.close()
    assert window.desk.citations.viewer is None


def test_text_formats_are_shown_with_the_passage_marked(window: MainWindow, qtbot: QtBot) -> None:
    """faults: N80"""
    odd = dataclasses.replace(LATENCY, text="<b>😀 not bold</b> <script>alert(1)</script>")
    window.desk.citations.open_one(odd)
    viewer = window.desk.citations.viewer
    assert viewer is not None
    qtbot.waitUntil(lambda: viewer._stack.currentWidget() is viewer.text)
    marked = viewer.text.extraSelections()
    assert marked[0].cursor.selectedText() == odd.text  # type: ignore[attr-defined]
    assert viewer.text.verticalScrollBar().value() > 0
    viewer.close()


def test_a_document_that_is_gone_says_so(window: MainWindow, qtbot: QtBot) -> None:
    window.desk.citations.open_one(passage(9, "lost.pdf", "text", page=1))
    viewer = window.desk.citations.viewer
    assert viewer is not None
    qtbot.waitUntil(lambda: "does not exist" in viewer.message.text())
    assert "Ask again." in viewer.message.text()
    viewer.close()


def test_a_transcript_citation_shows_the_line_and_plays_it(
    window: MainWindow, playback: object, qtbot: QtBot
) -> None:
    window.pages.show_page("documents")
    window.desk.citations.open_one(SPOKEN)
    qtbot.waitUntil(lambda: window.library.shown_id == "s-weekly")
    idle(window, qtbot)
    qtbot.waitUntil(lambda: bool(playback.played))  # type: ignore[attr-defined]
    line = window.page.view.current_line()
    assert line is not None
    assert line.text.startswith("다만 CPU만")
    assert window.pages.current == "transcript"
    assert window.page.player.isVisible()
    window.player.stop()


def test_passages_appear_while_people_speak(
    window: MainWindow, bus: EventBus, backend: FakeBackend, qtbot: QtBot
) -> None:
    backend.play_meeting()
    backend.publish_passages()
    qtbot.waitUntil(lambda: len(window.desk.cards.cards) == 3)
    window.desk.cards.cards[1]._ask.click()
    assert "latency, laptops" in window.desk.panel.box.question
    bus.publish(ev.SessionStarted("s-2", "next", (ev.Track.MIC,), 0.0))
    qtbot.waitUntil(lambda: window.desk.cards.cards == [])
    idle(window, qtbot)
