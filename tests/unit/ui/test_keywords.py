"""Keywords beside the transcript, as a person uses them."""

from __future__ import annotations

import dataclasses
from pathlib import Path

from fakes.fake_backend import FakeBackend
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QMenu, QMessageBox
from pytestqt.qtbot import QtBot

from desktop import events as ev
from desktop.bus import EventBus
from desktop.errors import StorageError
from desktop.records import KeywordEntry
from desktop.ui.control.keywords import KeywordsController
from desktop.ui.main_window import MainWindow
from desktop.ui.views.keyword_panel import KeywordPanel


def parts(window: MainWindow) -> tuple[KeywordsController, KeywordPanel]:
    assert window.keywords is not None
    return window.keywords, window.keywords._panel


def shown(window: MainWindow) -> list[str]:
    return [entry.text for entry in parts(window)[1].chips.entries.entries]


def entry(window: MainWindow, text: str) -> KeywordEntry:
    return next(e for e in parts(window)[1].shown if e.text == text)


def open_session(window: MainWindow, qtbot: QtBot) -> None:
    window.library.show_session("s-weekly")
    qtbot.waitUntil(lambda: "음성 인식" in shown(window))
    qtbot.waitUntil(lambda: not window.runner.busy)


def test_live_keywords_appear_and_the_transcript_stays(
    window: MainWindow, backend: FakeBackend, qtbot: QtBot
) -> None:
    backend.play_meeting(5)
    qtbot.waitUntil(lambda: "음성 인식" in shown(window))
    before = shown(window)
    window.page.view.verticalScrollBar().setValue(0)
    backend.publish_keywords(9)
    qtbot.waitUntil(lambda: "headset" in shown(window))
    assert shown(window)[: len(before)] == before
    assert window.page.view.verticalScrollBar().value() == 0
    assert "Qwen" in parts(window)[1]._badge.text()
    backend.publish_keywords(9, "basic")
    qtbot.waitUntil(lambda: parts(window)[1]._badge.text() == "basic")
    backend.finish()
    qtbot.waitUntil(lambda: not window.runner.busy)


def test_a_click_leads_from_place_to_place(window: MainWindow, qtbot: QtBot) -> None:
    open_session(window, qtbot)
    _, panel = parts(window)
    view = window.page.view
    twice = next(e for e in panel.shown if len(e.occurrences) > 1)
    panel.chosen.emit(twice)
    line = view.current_line()
    assert line is not None
    assert line.segment_id == twice.occurrences[0].segment_id
    assert view._focus_bar.isVisible()
    panel.chosen.emit(twice)
    assert view.current_line().segment_id == twice.occurrences[1].segment_id  # type: ignore[union-attr]
    view._focus_bar.stepped.emit(1)
    assert view.current_line().segment_id == twice.occurrences[0].segment_id  # type: ignore[union-attr]
    rows = view.transcript.rowCount()
    qtbot.keyClick(view, Qt.Key.Key_Escape)
    assert not view._focus_bar.isVisible()
    assert view._focused == frozenset()
    assert view.transcript.rowCount() == rows


def test_decisions_are_kept_and_shown(
    window: MainWindow, backend: FakeBackend, qtbot: QtBot
) -> None:
    open_session(window, qtbot)
    _, panel = parts(window)
    panel.pinned.emit(entry(window, "CPU").key, True)
    panel.corrected.emit(entry(window, "CPU").key, ev.KeywordCategory.COMPANY)
    panel.hidden.emit(entry(window, "Sarah").key, True)
    qtbot.waitUntil(lambda: not window.runner.busy)
    assert panel.shown[0].text == "CPU"
    assert panel.shown[0].category is ev.KeywordCategory.COMPANY
    assert "Sarah" not in shown(window)
    panel._on_hidden_toggled(True)
    assert entry(window, "Sarah").hidden
    kept = backend.decided["s-weekly"]
    assert kept["cpu"].pinned
    assert kept["sarah"].hidden
    window.library.show_nothing()
    assert shown(window) == []
    open_session(window, qtbot)
    assert panel.shown[0].text == "CPU"


def test_the_menu_pins_hides_corrects_copies_and_asks(window: MainWindow, qtbot: QtBot) -> None:
    open_session(window, qtbot)
    controller, panel = parts(window)
    menu = panel.menu_of(entry(window, "김민서"))
    actions = {action.text(): action for action in menu.actions() if action.text()}
    assert list(actions) == ["Pin", "Hide", "Category", "Copy", "Ask about it"]
    with qtbot.waitSignal(controller.ask_requested) as asked:
        actions["Ask about it"].trigger()
    assert asked.args == ["김민서"]
    actions["Pin"].trigger()
    assert panel.shown[0].text == "김민서"
    kinds = {a.text(): a for a in menu.findChildren(QMenu)[0].actions()}
    kinds["Place"].trigger()
    assert panel.shown[0].category is ev.KeywordCategory.PLACE
    menu.deleteLater()
    qtbot.waitUntil(lambda: not window.runner.busy)
    panel.copy_requested.emit(["a", "b"])
    assert QGuiApplication.clipboard().text() == "a\nb"


def test_filter_and_recent_stretch(window: MainWindow, backend: FakeBackend, qtbot: QtBot) -> None:
    lines = [(ev.Track.MIC, 1.0, 4.0, "노트북 이야기"), (ev.Track.MIC, 400.0, 404.0, "CPU 이야기")]
    backend.add_session("s-long", "Long", 1.0, lines=lines, first_id=9_000)
    window.library.refresh()
    qtbot.waitUntil(lambda: window.sidebar.sessions.row_of("s-long") >= 0)
    window.library.show_session("s-long")
    qtbot.waitUntil(lambda: sorted(shown(window)) == ["CPU", "노트북"])
    _, panel = parts(window)
    panel._scope._buttons["recent"].click()
    assert shown(window) == ["CPU"]
    panel._scope._buttons["all"].click()
    kinds = {action.text(): action for action in panel._filter_menu.actions()}
    kinds["Person"].trigger()
    assert shown(window) == []
    assert panel._nothing.isVisible()


def test_clear_asks_first(window: MainWindow, backend: FakeBackend, qtbot: QtBot) -> None:
    open_session(window, qtbot)
    controller, panel = parts(window)
    for answer in ("Keep", "Clear"):
        panel.forget_requested.emit()
        box = window.findChildren(QMessageBox)[-1]
        assert [b.text() for b in box.buttons() if b.property("role") == "danger"] == ["Clear"]
        next(b for b in box.buttons() if b.text() == answer).click()
        assert bool(shown(window)) == (answer == "Keep")
    qtbot.waitUntil(lambda: ("clear_keywords", "s-weekly") in backend.calls)
    assert controller.book.mentions == {}


def test_an_edited_line_is_read_again(
    window: MainWindow, backend: FakeBackend, bus: EventBus, qtbot: QtBot
) -> None:
    open_session(window, qtbot)
    number = entry(window, "김민서").occurrences[0].segment_id
    rows = backend.rows["s-weekly"]
    rows[:] = [
        dataclasses.replace(row, text="다른 말") if row.segment_id == number else row
        for row in rows
    ]
    bus.publish(ev.SegmentChanged("s-weekly", number, "edited"))
    qtbot.waitUntil(lambda: "김민서" not in shown(window))
    qtbot.waitUntil(lambda: not window.runner.busy)


def test_export_writes_what_is_shown_and_tells_why_not(
    window: MainWindow, tmp_path: Path, qtbot: QtBot
) -> None:
    open_session(window, qtbot)
    controller, _ = parts(window)
    controller.export(tmp_path / "k.csv", "csv")
    qtbot.waitUntil(lambda: not window.runner.busy)
    assert "음성 인식" in (tmp_path / "k.csv").read_text("utf-8-sig")
    failures: list[object] = []
    window.runner.failed.connect(failures.append)
    controller.export(tmp_path / "none" / "k.csv", "csv")
    qtbot.waitUntil(lambda: bool(failures))
    assert isinstance(failures[0], StorageError)


def test_markup_in_a_keyword_stays_text(window: MainWindow, qtbot: QtBot) -> None:
    """faults: N80"""
    open_session(window, qtbot)
    evil = dataclasses.replace(entry(window, "CPU"), text="<img src=x><b>굵게</b>")
    tip = parts(window)[1].chips.tip(evil)
    assert "<img" not in tip
    assert "&lt;img src=x&gt;&lt;b&gt;굵게" in tip


def test_pages_panel_and_their_memory(
    window: MainWindow, backend: FakeBackend, qtbot: QtBot
) -> None:
    assert window.pages.names[0] == "transcript"
    assert not window.insight.isHidden()
    window.arrangement.toggle_insight()
    assert window.insight.isHidden()
    window.arrangement.remember(backend.settings.interface)
    assert backend.settings.interface.insight is False
    window.arrangement.show_insight("answers")
    assert window.insight.tab == "answers"
    assert not window.insight.isHidden()
    window.insight.show_tab("nothing")
    assert window.insight.tab == "answers"
    window.pages.show_page("nowhere")
    assert window.pages.current == "transcript"


def test_no_chip_is_cut_at_the_lower_edge(
    window: MainWindow, backend: FakeBackend, qtbot: QtBot
) -> None:
    backend.play_meeting(2, partial=False)
    place = (ev.KeywordOccurrence(1, 4.2),)
    kind = ev.KeywordCategory.OTHER
    found = tuple(ev.Keyword(f"핵심어 {n}", f"핵심어 {n}", kind, 0.5, place) for n in range(120))
    backend.bus.publish(ev.KeywordsFound(ev.Track.MIC, found, (1,), 1.0, 5.0, 1.0))
    qtbot.waitUntil(lambda: "핵심어 119" in shown(window))
    chips = parts(window)[1].chips
    for height in range(640, 720, 7):
        window.resize(1240, height)
        qtbot.waitUntil(lambda: chips.visualRect(chips.model().index(119, 0)).isValid())
        edge = chips.viewport().height()
        rows = [chips.visualRect(chips.model().index(n, 0)) for n in range(120)]
        cut = [rect for rect in rows if rect.top() < edge <= rect.bottom()]
        assert cut == [], height
    backend.finish()
    qtbot.waitUntil(lambda: not window.runner.busy)
