"""The local servers and the machine for the window: orders, states, environments, loads.

Whatever may take a moment goes through the task runner.  GUI thread only.
"""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QObject, QTimer, Signal

from desktop import events as ev
from desktop.events import ServiceStatus
from desktop.records import RuntimeRecord
from desktop.ui.bridge.event_bridge import EventBridge
from desktop.ui.bridge.task_runner import TaskRunner
from desktop.ui.dialogs.boxes import Question, ask_first
from desktop.ui.ports import Backend, MachineRoomBackend
from desktop.ui.views.runtime_rows import TASK
from desktop.ui.views.services_page import ServicesPage

REST_AFTER_MS = 60_000
"""How long measuring goes on as before once nobody looks at the charts."""

PLAN_AFTER_MS = 500
"""A server that starts changes several times a second, and the memory plan asks the driver."""

LOOKING_S = 1.0
RESTING_S = 10.0
"""How often the machine is measured while somebody looks, and at other times: a day's charts are
to have no holes, and a look in ten seconds costs next to nothing."""


class MachineRoomController(QObject):
    """Keeps the services' page true and measures the machine while somebody looks."""

    services_read = Signal(object)  # a sequence of ServiceStatus

    def __init__(
        self,
        backend: MachineRoomBackend,
        tasks: Backend,
        runner: TaskRunner,
        bridge: EventBridge,
        page: ServicesPage,
    ) -> None:
        super().__init__(page)
        self._backend = backend
        self._tasks = tasks
        self._runner = runner
        self._page = page
        self._labels: dict[str, str] = {}
        self._reading_logs: set[str] = set()
        self._every_s = 0.0
        self._rest = QTimer(self)
        self._rest.setSingleShot(True)
        self._rest.setInterval(REST_AFTER_MS)
        self._rest.timeout.connect(self._on_rest_due)
        self._plan_due = QTimer(self)
        self._plan_due.setSingleShot(True)
        self._plan_due.setInterval(PLAN_AFTER_MS)
        self._plan_due.timeout.connect(self._read_memory_plan)
        self._connect(bridge)
        self._rest.start()  # nothing is measured while the program starts

    def _connect(self, bridge: EventBridge) -> None:
        bridge.service_changed.connect(self._on_service_changed)
        bridge.progress_reported.connect(self._on_progress_reported)
        page = self._page
        page.shown.connect(self.refresh)
        page.wanted.connect(self._on_wanted)
        page.log_wanted.connect(self._on_log_wanted)
        page.runtimes.install_requested.connect(self._on_install_requested)
        page.runtimes.cancel_requested.connect(self._on_cancel_requested)
        page.runtimes.remove_requested.connect(self._on_remove_requested)

    def close(self) -> None:
        """Nothing is measured or counted any more."""
        self._rest.stop()
        self._plan_due.stop()
        self._page.close_timers()
        self._measure(0.0)

    def refresh(self) -> None:
        """Reads services, environments and the memory plan again."""
        self._runner.run(self._backend.services, self._on_services_read)
        self._runner.run(self._backend.runtimes, self._on_runtimes_read)
        self._read_memory_plan()

    def look(self, on: bool) -> None:
        """Whether somebody looks at the charts: what is seldom measured is often from now on."""
        if not on:
            self._rest.start()
            return
        self._rest.stop()
        self._measure(LOOKING_S)
        self._runner.run(self._backend.services, self._on_services_read)

    # orders --------------------------------------------------------------------------------------
    def _on_wanted(self, order: str, name: str) -> None:
        backend = self._backend
        orders = {
            "start": backend.start_service,
            "stop": backend.stop_service,
            "restart": backend.restart_service,
        }
        work = orders[order]
        self._runner.run(lambda: work(name))

    def _on_log_wanted(self, name: str) -> None:
        if name in self._reading_logs:
            return
        self._reading_logs.add(name)
        backend = self._backend

        def show(lines: Sequence[str]) -> None:
            self._reading_logs.discard(name)
            self._page.cards[name].show_log(lines)

        self._runner.run(
            lambda: backend.service_log(name),
            show,
            lambda error: show((error.message, error.hint)),
        )

    def _on_install_requested(self, name: str) -> None:
        backend = self._backend
        self._runner.run(lambda: backend.install_runtime(name), lambda _: self._read_runtimes())

    def _on_cancel_requested(self, name: str) -> None:
        self._tasks.cancel_task(f"{TASK}{name}")

    def _on_remove_requested(self, name: str) -> None:
        question = Question(
            self.tr("Remove an environment"),
            self.tr("Remove {name}?").format(name=self._labels.get(name, name)),
            self.tr("It can be installed again at any time."),
            self.tr("Remove"),
            self.tr("Keep"),
            danger=True,
        )
        ask_first(self._page.window(), question, lambda: self._remove(name))

    def _remove(self, name: str) -> None:
        backend = self._backend
        self._runner.run(
            lambda: backend.remove_runtime(name), lambda _: self._read_runtimes(), long=True
        )

    # what comes back -----------------------------------------------------------------------------
    def _read_runtimes(self) -> None:
        self._runner.run(self._backend.runtimes, self._on_runtimes_read)

    def _on_services_read(self, statuses: Sequence[ServiceStatus]) -> None:
        self._page.show_services(statuses)
        self.services_read.emit(statuses)

    def _on_runtimes_read(self, records: Sequence[RuntimeRecord]) -> None:
        self._labels = {record.name: record.label for record in records}
        self._page.runtimes.show_records(records)

    def _on_service_changed(self, event: ev.ServiceChanged) -> None:
        self._page.show_service(event.status)
        if self._page.isVisible() and not self._plan_due.isActive():
            self._plan_due.start()

    def _read_memory_plan(self) -> None:
        self._runner.run(self._backend.memory_plan, self._page.memory.show_plan)

    def _on_progress_reported(self, event: ev.ProgressReported) -> None:
        if not event.task.startswith(TASK):
            return
        self._page.runtimes.show_progress(event)
        if event.finished or event.error:
            self._read_runtimes()

    def _on_rest_due(self) -> None:
        self._measure(RESTING_S)

    def _measure(self, every_s: float) -> None:
        if every_s != self._every_s:
            self._every_s = every_s
            self._backend.measure_machine(every_s)
