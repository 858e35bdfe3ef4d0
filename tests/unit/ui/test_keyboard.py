"""Everything by keyboard: Tab follows the eye, and nothing needs a pointer."""

from __future__ import annotations

import pytest
from fakes.fake_backend import FakeBackend
from fakes.window_steps import ask, idle
from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtWidgets import QApplication, QMessageBox, QPushButton, QWidget
from pytestqt.qtbot import QtBot

from desktop.ui.main_window import MainWindow
from desktop.ui.models.conversation import TurnState
from desktop.ui.models.session_list import RECORD_ROLE
from desktop.ui.views.banner import Banner
from desktop.ui.views.capture_bar import CaptureState
from desktop.ui.views.navigation import PAGES
from desktop.ui.views.tab_order import focus_chain


@pytest.fixture(autouse=True)
def active(window: MainWindow, qtbot: QtBot) -> None:
    """Keys go to the window in front."""
    window.activateWindow()
    qtbot.waitUntil(window.isActiveWindow)


def tabs(window: MainWindow, qtbot: QtBot, start: QWidget) -> list[QWidget]:
    """Where Tab goes from `start`, once around."""
    start.setFocus()
    found: list[QWidget] = []
    while len(found) < 200:
        qtbot.keyClick(window.focusWidget() or window, Qt.Key.Key_Tab)
        focus = window.focusWidget()
        assert focus is not None
        if focus in found:
            return found
        found.append(focus)
    raise AssertionError("Tab does not come around")


@pytest.mark.parametrize("page", ["transcript", "documents", "services"])
def test_tab_goes_from_left_to_right_and_from_top_to_bottom(
    window: MainWindow, qtbot: QtBot, page: str
) -> None:
    window.library.show_session("s-weekly")
    idle(window, qtbot)
    window.pages.show_page(page)
    idle(window, qtbot)
    order = tabs(window, qtbot, window.bar)
    assert set(order) == set(focus_chain(window))
    parts = [window.pages.rail, window.pages._stack, window.bar, window.strip]
    seen = [next(n for n, part in enumerate(parts) if part.isAncestorOf(w)) for w in order]
    turned = seen.index(0)  # it began in the bar
    around = seen[turned:] + seen[:turned]
    assert around == sorted(around)


@pytest.mark.parametrize("page", PAGES)
def test_the_keyboard_is_seen_wherever_it_is(window: MainWindow, qtbot: QtBot, page: str) -> None:
    window.resize(1400, 800)
    window.library.show_session("s-weekly")
    idle(window, qtbot)
    window.arrangement.toggle_drawer()
    window.pages.show_page(page)
    idle(window, qtbot)
    QApplication.processEvents()  # everything has its place
    unseen = []
    window.bar.setFocus()
    for _ in focus_chain(window):
        qtbot.keyClick(window.focusWidget() or window, Qt.Key.Key_Tab)
        focus = window.focusWidget()
        assert focus is not None
        place = QRect(focus.mapTo(window, QPoint()), focus.size())
        there = window.grab(place).toImage()
        window.bar.setFocus()
        if window.grab(place).toImage() == there:
            unseen.append(f"{type(focus).__name__} {focus.accessibleName()}")
        focus.setFocus()
    assert unseen == []


def test_shift_tab_goes_back(window: MainWindow, qtbot: QtBot) -> None:
    first, *_, last = focus_chain(window)
    first.setFocus()
    qtbot.keyClick(first, Qt.Key.Key_Backtab)
    assert window.focusWidget() is last


def test_what_goes_under_the_keyboard_leaves_it_at_what_stands_before(
    window: MainWindow, qtbot: QtBot
) -> None:
    window.resize(1400, 800)
    window.library.show_session("s-weekly")
    idle(window, qtbot)
    transcript = window.page.view
    window.player.play_from(3.0)
    qtbot.waitUntil(window.page.player.isVisible)
    for button in (window.page.player._close, window.insight._close):
        button.setFocus()
        qtbot.keyClick(button, Qt.Key.Key_Space)
        assert window.focusWidget() is transcript, button.accessibleName()
    window.arrangement.toggle_drawer()
    first, second = (
        b for b in window.drawer.findChildren(QPushButton) if b.accessibleName().startswith("Put")
    )
    for count, (button, left) in enumerate(((second, first), (first, window.drawer._close))):
        button.setFocus()
        qtbot.keyClick(button, Qt.Key.Key_Space)
        qtbot.waitUntil(lambda c=count: window.drawer.count == 1 - c)
        assert window.focusWidget() is left
    idle(window, qtbot)


def test_the_keyboard_stays_at_start_and_stop(
    window: MainWindow, backend: FakeBackend, qtbot: QtBot
) -> None:
    button = window.bar._primary
    button.setFocus()
    for state in (CaptureState.RUNNING, CaptureState.IDLE):
        qtbot.keyClick(window.focusWidget() or window, Qt.Key.Key_Space)
        assert not button.isEnabled()
        qtbot.waitUntil(lambda s=state: window.bar.state is s)
        assert window.focusWidget() is button
        idle(window, qtbot)


def test_of_several_choices_tab_stops_at_the_one_that_is_taken(
    window: MainWindow, qtbot: QtBot
) -> None:
    rail = window.pages.rail
    chain = list(focus_chain(window))
    assert rail._buttons["transcript"] in chain
    assert rail._buttons["documents"] not in chain
    rail._buttons["transcript"].setFocus()
    qtbot.keyClick(rail._buttons["transcript"], Qt.Key.Key_Down)
    assert window.pages.current == "documents"
    idle(window, qtbot)


def test_an_answer_and_its_sources_need_no_pointer(
    window: MainWindow, backend: FakeBackend, qtbot: QtBot
) -> None:
    qtbot.keyClick(window, Qt.Key.Key_K, Qt.KeyboardModifier.ControlModifier)
    assert window.focusWidget() is window.desk.panel.box.edit
    ask(window, qtbot, "출시 일정은?")
    turn = window.desk.answers.conversation.turns[0]
    qtbot.waitUntil(lambda: turn.state is TurnState.DONE)
    card = window.desk.panel.view.cards[0]
    row = card._sources.rows[0]
    chain = list(focus_chain(window))
    assert {card._time, card._copy, row} <= set(chain)
    row.setFocus()
    qtbot.keyClick(row, Qt.Key.Key_Return)
    viewer = window.desk.citations.viewer
    assert viewer is not None
    idle(window, qtbot)
    qtbot.waitUntil(viewer.turner.isVisible)
    assert {viewer.turner._field, viewer._open} <= set(focus_chain(viewer))
    qtbot.keyClick(viewer, Qt.Key.Key_Escape)
    assert window.desk.citations.viewer is None


def test_a_session_is_deleted_by_keys_alone(
    window: MainWindow, backend: FakeBackend, qtbot: QtBot
) -> None:
    sidebar = window.sidebar
    sidebar.select("s-weekly")
    sidebar._list.setFocus()
    qtbot.keyClick(sidebar._list, Qt.Key.Key_Delete)
    box = window.findChildren(QMessageBox)[-1]
    qtbot.keyClick(box, Qt.Key.Key_Return)  # keeps: it has the focus
    assert "s-weekly" in backend.records
    qtbot.keyClick(sidebar._list, Qt.Key.Key_Delete)
    box = window.findChildren(QMessageBox)[-1]
    delete = next(b for b in box.buttons() if b.text() == "Delete")
    qtbot.keyClick(delete, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: "s-weekly" not in backend.records)
    idle(window, qtbot)
    next_one = sidebar._list.currentIndex().data(RECORD_ROLE)
    assert next_one.session_id == "s-lecture"
    assert window.focusWidget() is sidebar._list
    assert window.library.shown_id is None


def test_the_ring_in_the_list_stays_where_the_keyboard_took_it(
    window: MainWindow, backend: FakeBackend, qtbot: QtBot
) -> None:
    sessions = window.sidebar._list
    window.library.show_session("s-weekly")
    idle(window, qtbot)
    sessions.setFocus()
    for _ in range(2):
        qtbot.keyClick(sessions, Qt.Key.Key_Down)
    ringed, shown = sessions.currentIndex(), sessions.selectedIndexes()
    assert ringed.data(RECORD_ROLE).session_id == "s-allhands"
    assert [i.data(RECORD_ROLE).session_id for i in shown] == ["s-weekly"]  # what the page shows
    backend.start_capture()  # another one comes and is shown
    qtbot.waitUntil(lambda: window.sidebar.sessions.row_of("s-live") == 0)
    window.page.header.renamed.emit("새 이름")
    idle(window, qtbot)
    ringed, shown = sessions.currentIndex(), sessions.selectedIndexes()
    assert ringed.data(RECORD_ROLE).session_id == "s-allhands"
    assert [i.data(RECORD_ROLE).session_id for i in shown] == ["s-live"]


def test_hits_follow_what_becomes_of_their_sessions(
    window: MainWindow, backend: FakeBackend, qtbot: QtBot
) -> None:
    hits = window.sidebar._hit_list
    window.sidebar._search.setText("오버레이")
    qtbot.waitUntil(lambda: hits.model().rowCount() == 5)
    idle(window, qtbot)
    hits.setFocus()
    for _ in range(3):
        qtbot.keyClick(hits, Qt.Key.Key_Down)
    ringed = hits.currentIndex().data(RECORD_ROLE)
    window.library.delete(hits.model().index(0, 0).data(RECORD_ROLE).session_id)
    qtbot.waitUntil(lambda: hits.model().rowCount() == 4)
    idle(window, qtbot)
    assert hits.currentIndex().data(RECORD_ROLE) == ringed


@pytest.mark.parametrize("by", ["list", "page"])
def test_a_session_that_grows_is_not_deleted_and_that_is_said(
    window: MainWindow, backend: FakeBackend, qtbot: QtBot, by: str
) -> None:
    backend.play_meeting()
    qtbot.waitUntil(lambda: window.live.capture is not None)
    idle(window, qtbot)
    window.sidebar.select("s-live")
    if by == "list":
        qtbot.keyClick(window.sidebar._list, Qt.Key.Key_Delete)
    else:
        window.page.header.delete_requested.emit()
    assert window.findChildren(QMessageBox) == []
    (banner,) = (b for b in window.findChildren(Banner) if b.notice.code == "storage.in_use")
    assert banner.said[0] == "This session is being recorded."


def test_the_question_has_a_ring_while_it_has_the_keyboard(
    window: MainWindow, qtbot: QtBot
) -> None:
    qtbot.keyClick(window, Qt.Key.Key_K, Qt.KeyboardModifier.ControlModifier)
    box = window.desk.panel.box
    idle(window, qtbot)
    ring, place = window.theme.colour("accent").name(), box.edit.geometry()

    def edge() -> str:
        return box.grab().toImage().pixelColor(1, box.height() // 2).name()

    qtbot.waitUntil(lambda: edge() == ring)
    window.bar._primary.setFocus()
    qtbot.waitUntil(lambda: edge() != ring)
    assert box.edit.geometry() == place  # nothing moves
