"""Sessions that were interrupted, as the window offers and opens them."""

from __future__ import annotations

import time

from fakes.fake_backend import FakeBackend
from pytestqt.qtbot import QtBot

from desktop import events as ev
from desktop.bus import EventBus
from desktop.records import SessionState
from desktop.ui.main_window import MainWindow


def idle(window: MainWindow, qtbot: QtBot) -> None:
    qtbot.waitUntil(lambda: not window.runner.busy)


def test_an_interrupted_session_is_offered_for_recovery(
    window: MainWindow, backend: FakeBackend, qtbot: QtBot
) -> None:
    qtbot.waitUntil(lambda: "session.interrupted" in window.page.banners.codes)
    window.commands.do("recover")
    idle(window, qtbot)
    assert ("recover_session", "s-interrupted") in backend.calls
    assert "session.interrupted" not in window.page.banners.codes


def test_a_session_that_is_recovered_is_opened(
    window: MainWindow, backend: FakeBackend, qtbot: QtBot
) -> None:
    qtbot.waitUntil(lambda: "session.interrupted" in window.page.banners.codes)
    window.pages.show_page("documents")
    window.commands.do("recover")
    idle(window, qtbot)
    assert window.library.shown_id == "s-interrupted"
    assert window.library.shown_record == backend.records["s-interrupted"]
    assert window.pages.current == "transcript"


def test_recovery_does_not_take_the_place_of_a_recording(
    window: MainWindow, backend: FakeBackend, qtbot: QtBot
) -> None:
    qtbot.waitUntil(lambda: "session.interrupted" in window.page.banners.codes)
    window.live.start()
    qtbot.waitUntil(lambda: window.live.capture is not None)
    window.commands.do("recover")
    idle(window, qtbot)
    assert ("recover_session", "s-interrupted") in backend.calls
    assert window.library.shows_live


def test_the_next_interrupted_session_is_offered_after_the_first(
    window: MainWindow, backend: FakeBackend, bus: EventBus, qtbot: QtBot
) -> None:
    """One that cannot be recovered keeps its state, and must not hide the others."""
    older = time.time() - 40 * 3600
    backend.add_session("s-older", "Standup", older, SessionState.RECORDING, 1, ())
    window.library.refresh()
    idle(window, qtbot)
    window.commands.do("recover")
    idle(window, qtbot)
    bus.publish(ev.SessionFinished("s-interrupted", 1.0, 0.0))
    qtbot.waitUntil(lambda: "session.interrupted" in window.page.banners.codes)
    window.commands.do("recover")
    idle(window, qtbot)
    assert [call[1] for call in backend.calls if call[0] == "recover_session"] == [
        "s-interrupted",
        "s-older",
    ]
    window.library.refresh()
    idle(window, qtbot)
    assert "session.interrupted" not in window.page.banners.codes  # each is offered once


def test_a_session_that_was_recovered_is_read_again(
    window: MainWindow, backend: FakeBackend, bus: EventBus, qtbot: QtBot
) -> None:
    window.library.show_session("s-interrupted")
    idle(window, qtbot)
    before = window.library.model.rowCount()
    lines = ((ev.Track.MIC, 0.0, 1.0, "하나"),)
    backend.add_session("s-interrupted", "디자인 리뷰", 0.0, SessionState.RECOVERED, 1, lines)
    bus.publish(ev.SessionFinished("s-interrupted", 60.0, 0.0))
    qtbot.waitUntil(lambda: window.library.shown_record is not None
                    and window.library.shown_record.state is SessionState.RECOVERED)  # fmt: skip
    assert window.library.model.rowCount() < before


def test_a_file_that_waits_for_its_turn_was_not_interrupted(
    window: MainWindow, backend: FakeBackend, qtbot: QtBot
) -> None:
    window.page.banners.clear_notice("session.interrupted")
    backend.add_session("s-file", "talk.wav", time.time(), SessionState.RECORDING, 1, ())
    backend.in_work = {"s-file", "s-interrupted"}
    window.library.refresh()
    idle(window, qtbot)
    assert window.sidebar.sessions.row_of("s-file") == 0
    assert "session.interrupted" not in window.page.banners.codes
