"""Downloads and installations: however they end, who waits hears of it."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest

from desktop.app.background import BackgroundTasks, Kind, Report
from desktop.errors import MalgeulError
from desktop.events import Event, NoticeCleared, NoticeRaised, ProgressReported

KIND = Kind(
    task="model:",
    thread="download-",
    notice="model.download",
    page="models",
    failure=lambda title, why: f"“{title}” could not be downloaded. {why}",
    title=str.capitalize,
)
WaitUntil = Callable[..., None]


class Room:
    """Tasks and what they publish."""

    def __init__(self, work: Callable[[str, Report, threading.Event], object]) -> None:
        self.events: list[Event] = []
        self.done: list[str] = []
        self.tasks = BackgroundTasks(KIND, work, self.events.append, self.done.append)

    @property
    def last(self) -> ProgressReported:
        return [event for event in self.events if isinstance(event, ProgressReported)][-1]

    @property
    def notices(self) -> list[NoticeRaised]:
        return [event for event in self.events if isinstance(event, NoticeRaised)]


def test_a_task_that_goes_well(wait_until: WaitUntil) -> None:
    room = Room(lambda _name, report, _cancel: report(5, 5))
    room.tasks.start("small")
    wait_until(lambda: room.done and not room.tasks.names)
    assert (room.last.task, room.last.finished, room.last.error) == ("model:small", True, "")
    assert room.notices == []


@pytest.mark.parametrize(
    "error", [MalgeulError("No network.", hint="Connect."), OSError("No network.")]
)
def test_a_task_that_fails_is_over_and_told(error: Exception, wait_until: WaitUntil) -> None:
    def work(_name: str, _report: Report, _cancel: threading.Event) -> None:
        raise error

    room = Room(work)
    room.tasks.start("small")
    wait_until(lambda: not room.tasks.names)
    assert room.last.finished
    assert "No network." in room.last.error
    assert [(n.code, n.action) for n in room.notices] == [("model.download.small", "models")]
    assert room.notices[0].message == f"“Small” could not be downloaded. {room.last.error}"
    assert room.done == []


def test_a_task_is_told_of_before_its_first_byte(wait_until: WaitUntil) -> None:
    told = threading.Event()

    def work(_name: str, _report: Report, cancel: threading.Event) -> None:
        told.set()
        cancel.wait(10)

    room = Room(work)
    room.tasks.start("small")
    assert told.wait(10)
    assert (room.last.title, room.last.done, room.last.finished) == ("Small", 0, False)
    room.tasks.close()


def test_failures_of_two_tasks_stand_beside_each_other(wait_until: WaitUntil) -> None:
    def work(_name: str, _report: Report, _cancel: threading.Event) -> None:
        raise MalgeulError("No network.")

    room = Room(work)
    for name in ("small", "tiny"):
        room.tasks.start(name)
    wait_until(lambda: not room.tasks.names)
    assert {n.code for n in room.notices} == {"model.download.small", "model.download.tiny"}


def test_another_try_takes_the_notice_of_the_last_one_away(wait_until: WaitUntil) -> None:
    tries = iter((True, False))

    def work(_name: str, _report: Report, _cancel: threading.Event) -> None:
        if next(tries):
            raise MalgeulError("No network.")

    room = Room(work)
    for _ in range(2):
        room.tasks.start("small")
        wait_until(lambda: not room.tasks.names)
    told = [e for e in room.events if isinstance(e, NoticeRaised | NoticeCleared)]
    assert [type(event) for event in told] == [NoticeCleared, NoticeRaised, NoticeCleared]
    assert {event.code for event in told} == {"model.download.small"}


def test_a_failure_that_names_the_task_is_told_as_it_is(wait_until: WaitUntil) -> None:
    def work(name: str, _report: Report, _cancel: threading.Event) -> None:
        raise MalgeulError(f"“{name}” is not there.")

    room = Room(work)
    room.tasks.start("small")
    wait_until(lambda: not room.tasks.names)
    assert room.notices[0].message == "“small” is not there."


def test_all_are_cancelled_before_any_is_waited_for(wait_until: WaitUntil) -> None:
    waiting = threading.Barrier(3)

    def work(_name: str, _report: Report, cancel: threading.Event) -> None:
        waiting.wait(10)
        cancel.wait()
        waiting.wait(10)  # none ends before both were told to
        raise MalgeulError("Cancelled.")

    room = Room(work)
    room.tasks.start("one")
    room.tasks.start("two")
    room.tasks.start("two")
    waiting.wait(10)
    assert room.tasks.names == {"one", "two"}
    closing = threading.Thread(target=room.tasks.close)
    closing.start()
    waiting.wait(10)
    closing.join()
    wait_until(lambda: not room.tasks.names)
    assert room.notices == []
    assert room.last.error == ""
