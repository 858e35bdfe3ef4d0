"""Long tasks that a person starts and may cancel: downloads, installations.  One thread each.

They report bytes as `ProgressReported`; however a task ends, its last report says so.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass

from desktop.app.byte_reporter import ByteReporter
from desktop.errors import MalgeulError
from desktop.events import Event, NoticeCleared, NoticeRaised, Severity

_log = logging.getLogger(__name__)

CLOSE_S = 5.0

Report = Callable[[int, int], None]
Work = Callable[[str, Report, threading.Event], object]


@dataclass(frozen=True, slots=True)
class Kind:
    """What tasks of one kind are called.

    Args:
        task: what `ProgressReported.task` begins with, as in ``model:``.
        thread: what their threads' names begin with, as in ``download-``.
        notice: code of the notice about a failure, before the task's name: several may stand.
        page: where that notice leads.
        failure: what that notice says, of the title and of what went wrong.
        title: what a person calls the task of that name.
    """

    task: str
    thread: str
    notice: str
    page: str
    failure: Callable[[str, str], str]
    title: Callable[[str], str] = str


class BackgroundTasks:
    """Tasks of one kind, each known by its name; one of a name at a time.

    Args:
        kind: what they are called.
        work: does one: its name, where to report (done, total) bytes, the flag that cancels it.
        publish: receives progress and notices, on the tasks' threads.
        done: called after a task that went well, on its thread.
    """

    def __init__(
        self,
        kind: Kind,
        work: Work,
        publish: Callable[[Event], None],
        done: Callable[[str], None],
    ) -> None:
        self._kind = kind
        self._work = work
        self._publish = publish
        self._done = done
        self._lock = threading.Lock()
        self._running: dict[str, tuple[threading.Thread, threading.Event]] = {}

    @property
    def names(self) -> set[str]:
        """Those under way."""
        with self._lock:
            return set(self._running)

    def start(self, name: str) -> None:
        """Begins a task, unless it is under way."""
        with self._lock:
            if name in self._running:
                return
            cancel = threading.Event()
            thread = threading.Thread(
                target=self._run,
                args=(name, cancel),
                name=f"{self._kind.thread}{name}",
                daemon=True,
            )
            self._running[name] = (thread, cancel)
            thread.start()

    def cancel(self, task: str) -> None:
        """Cancels the task reported as `task`; none of that name is none."""
        with self._lock:
            running = self._running.get(task.removeprefix(self._kind.task))
        if running is not None:
            running[1].set()

    def close(self) -> None:
        """Cancels all and waits for their threads."""
        with self._lock:
            running = list(self._running.values())
        for _, cancel in running:
            cancel.set()
        for thread, _ in running:
            thread.join(CLOSE_S)

    def _run(self, name: str, cancel: threading.Event) -> None:
        reporter = ByteReporter(f"{self._kind.task}{name}", self._kind.title(name), self._publish)
        self._publish(NoticeCleared(self._code(name)))  # of an earlier try
        reporter.report(0, 0)  # it is under way, though the first byte may be long in coming
        try:
            self._work(name, reporter.report, cancel)
        except MalgeulError as error:
            _log.warning("%s%s: %s", self._kind.task, name, error)
            self._failed(name, reporter, error, cancelled=cancel.is_set())
        except Exception as error:  # noqa: BLE001 - who waits must hear of the end
            _log.exception("%s%s failed", self._kind.task, name)
            unexpected = MalgeulError(
                f"Something unexpected went wrong: {error}", hint="The log holds the details."
            )
            self._failed(name, reporter, unexpected, cancelled=cancel.is_set())
        else:
            reporter.finish()
            self._done(name)
        finally:
            with self._lock:
                self._running.pop(name, None)

    def _failed(
        self, name: str, reporter: ByteReporter, error: MalgeulError, *, cancelled: bool
    ) -> None:
        reporter.finish(error="" if cancelled else error.message)
        if not cancelled:
            kind = self._kind
            message, title = error.message, kind.title(name)
            if title not in message and f"“{name}”" not in message:
                message = kind.failure(title, message)
            self._publish(
                NoticeRaised(Severity.ERROR, self._code(name), message, error.hint, kind.page)
            )

    def _code(self, name: str) -> str:
        return f"{self._kind.notice}.{name}"
