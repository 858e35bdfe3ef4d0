"""The recogniser's thread, the task runner, the watchdog."""

from __future__ import annotations

import logging
import threading
import time

import pytest
from pytestqt.qtbot import QtBot

from desktop.errors import MalgeulError, StorageError
from desktop.ui.bridge.recogniser_thread import RecogniserThread
from desktop.ui.bridge.stall_watchdog import StallWatchdog
from desktop.ui.bridge.task_runner import TaskRunner


def test_the_recogniser_thread_stops_when_asked(qtbot: QtBot) -> None:
    passes: list[int] = []

    def work(stop: threading.Event) -> None:
        while not stop.wait(0.001):
            passes.append(1)

    thread = RecogniserThread(work)
    thread.start()
    qtbot.waitUntil(lambda: bool(passes))
    assert thread.stop(2.0)
    assert not thread.isRunning()


def test_a_stuck_thread_is_reported_and_left_alone(
    qtbot: QtBot, caplog: pytest.LogCaptureFixture
) -> None:
    release, running = threading.Event(), threading.Event()

    def stuck(stop: threading.Event) -> None:
        running.set()
        release.wait(5)

    thread = RecogniserThread(stuck)
    thread.start()
    assert running.wait(2)
    assert not thread.stop(0.05)
    assert "stuck" in caplog.text
    release.set()
    assert thread.wait(2000)


def test_an_error_in_the_thread_is_reported(qtbot: QtBot) -> None:
    def work(stop: threading.Event) -> None:
        raise ValueError("broken")

    thread = RecogniserThread(work)
    with qtbot.waitSignal(thread.failed) as caught:
        thread.start()
    assert isinstance(caught.args[0], ValueError)
    assert thread.stop()


def test_results_and_errors_come_back_in_the_gui_thread(qtbot: QtBot) -> None:
    runner = TaskRunner()
    seen: list[object] = []

    def fail() -> None:
        raise StorageError("The disk is full.", hint="Free some space.")

    runner.failed.connect(lambda error: seen.append(error.message))
    runner.run(threading.get_ident, seen.append)
    qtbot.waitUntil(lambda: len(seen) == 1)
    assert seen[0] != threading.get_ident()
    runner.run(fail)
    qtbot.waitUntil(lambda: len(seen) == 2)
    assert seen[1] == "The disk is full."
    assert runner.close()


def test_an_unexpected_error_becomes_one_for_people(qtbot: QtBot) -> None:
    runner = TaskRunner()
    seen: list[MalgeulError] = []
    runner.run(lambda: 1 / 0, None, seen.append)
    qtbot.waitUntil(lambda: bool(seen))
    assert seen[0].code == "unexpected"
    assert runner.close()


def test_what_takes_minutes_holds_nothing_else_up(qtbot: QtBot) -> None:
    runner = TaskRunner()
    release = threading.Event()
    seen: list[str] = []
    for _ in range(6):
        runner.run(lambda: release.wait(60), long=True)
    runner.run(lambda: "asked", seen.append)
    qtbot.waitUntil(lambda: seen == ["asked"], timeout=30_000)
    assert runner.busy
    assert not runner.close(0.01)  # two of the long ones still run
    release.set()
    assert runner.close(30.0)


def test_no_callback_after_close(qtbot: QtBot) -> None:
    runner = TaskRunner()
    seen: list[object] = []
    runner.run(lambda: time.sleep(0.02), seen.append)
    assert runner.close()
    qtbot.wait(30)
    assert seen == []


def test_a_stall_of_the_window_is_logged(qtbot: QtBot, caplog: pytest.LogCaptureFixture) -> None:
    watchdog = StallWatchdog()
    watchdog.start()
    caplog.set_level(logging.WARNING)
    with qtbot.waitSignal(watchdog.stalled):
        time.sleep(0.45)
    watchdog.stop()
    assert "did not react" in caplog.text
