"""A recording in the window: its clock, its pauses, its end, wherever it was asked for."""

from __future__ import annotations

import time

import pytest
from fakes.fake_backend import FakeBackend
from fakes.window_steps import idle
from pytestqt.qtbot import QtBot

from desktop import events as ev
from desktop.bus import EventBus
from desktop.ui.control import live
from desktop.ui.main_window import MainWindow
from desktop.ui.models.session_list import LIVE_ROLE, PAUSED_ROLE
from desktop.ui.views.capture_bar import CaptureState


def test_the_clock_shows_the_time_of_the_next_line_after_a_pause_too(
    window: MainWindow, backend: FakeBackend, bus: EventBus, qtbot: QtBot
) -> None:
    backend.play_meeting()
    qtbot.waitUntil(lambda: window.bar.state is CaptureState.RUNNING)
    assert window.bar._time.text() in {"1:36", "1:37"}
    bus.publish(ev.SessionPaused("s-live", 100.0, time.time()))
    qtbot.waitUntil(lambda: window.bar.state is CaptureState.PAUSED)
    bus.publish(ev.SessionResumed("s-live", 180.0, time.time()))
    qtbot.waitUntil(lambda: window.bar.state is CaptureState.RUNNING)
    assert window.bar._time.text() in {"3:00", "3:01"}


def test_the_clock_goes_on_in_a_pause(
    window: MainWindow, backend: FakeBackend, bus: EventBus, qtbot: QtBot
) -> None:
    backend.play_meeting()
    qtbot.waitUntil(lambda: window.bar.state is CaptureState.RUNNING)
    bus.publish(ev.SessionPaused("s-live", 100.0, time.time() - 80.0))  # a long one
    qtbot.waitUntil(lambda: window.bar.state is CaptureState.PAUSED)
    assert window.bar._time.text() in {"3:00", "3:01"}
    shown = window.bar._time.text()
    qtbot.waitUntil(lambda: window.bar._time.text() > shown)


def test_the_list_tells_a_pause_from_a_recording(window: MainWindow, qtbot: QtBot) -> None:
    window.bar.toggle()
    qtbot.waitUntil(lambda: window.bar.state is CaptureState.RUNNING)
    idle(window, qtbot)
    sessions = window.sidebar.sessions
    row = sessions.index(sessions.row_of("s-live"))
    assert (row.data(LIVE_ROLE), row.data(PAUSED_ROLE)) == (True, False)
    window.bar.toggle_pause()
    qtbot.waitUntil(lambda: bool(row.data(PAUSED_ROLE)))
    assert not sessions.index(sessions.row_of("s-weekly")).data(PAUSED_ROLE)
    window.bar.toggle_pause()
    qtbot.waitUntil(lambda: not row.data(PAUSED_ROLE))
    assert row.data(LIVE_ROLE)


def test_a_recording_stopped_from_elsewhere_is_shown_as_finishing(
    window: MainWindow, backend: FakeBackend, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live, "LATE_AFTER_MS", 20)
    window.bar.toggle()
    qtbot.waitUntil(lambda: window.bar.state is CaptureState.RUNNING)
    with qtbot.waitSignal(window.live.stopping):
        backend.leave()
    qtbot.waitUntil(lambda: window.bar.state is CaptureState.LATE)
    backend.finish()
    qtbot.waitUntil(lambda: window.bar.state is CaptureState.IDLE)
    idle(window, qtbot)


def test_a_pause_that_is_told_after_the_stop_brings_no_button_back(
    window: MainWindow, backend: FakeBackend, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(backend, "stop_capture", lambda: None)
    window.bar.toggle()
    qtbot.waitUntil(lambda: window.bar.state is CaptureState.RUNNING)
    with qtbot.waitSignal(window.bridge.session_paused):
        window.bar.toggle_pause()
        window.bar.toggle()
    assert window.bar.state is CaptureState.STOPPING
    backend.finish()
    qtbot.waitUntil(lambda: window.bar.state is CaptureState.IDLE)
    idle(window, qtbot)
