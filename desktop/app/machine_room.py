"""The local servers for the front end: started once it is there, stopped with it.

Planning looks at disk and drivers and may try interpreters, so it happens on a thread of its own,
``machine-room``, which does one order at a time.  The servers themselves live on the supervisor's
thread.  Where ``malgeul services run`` already runs them for this data directory, its servers are
used and shown; when it ends, they become ours.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor

from desktop.errors import MalgeulError, ServiceError
from desktop.events import (
    Event,
    NoticeRaised,
    ServiceChanged,
    ServiceState,
    ServiceStatus,
    Severity,
)
from desktop.paths import Paths
from desktop.records import MemoryPlanRecord, MemoryShare
from desktop.services.gpu.telemetry import GpuTelemetry
from desktop.services.stack import llama, needs, vllm
from desktop.services.stack.plans import plan_services
from desktop.services.supervisor.output import written_lines
from desktop.services.supervisor.spec import Endpoint
from desktop.services.supervisor.status_file import (
    PublishedStatus,
    read_endpoints,
    read_status,
)
from desktop.services.supervisor.supervisor import Supervisor
from desktop.services.telemetry.sampler import MachineSampler, reason_in_words
from desktop.settings import ServicesSettings, Settings

_log = logging.getLogger(__name__)
_LOOK_S = 2.0  # at the servers of another process
NOTICE = "services.failed"


class MachineRoom:
    """The servers' part of the `Backend`.

    Args:
        paths: the data directory.
        settings: those in force; read anew with each order.
        publish: receives `ServiceChanged`, on any thread.
    """

    def __init__(self, paths: Paths, settings: Settings, publish: Callable[[Event], None]) -> None:
        self._paths = paths
        self._settings = settings
        self._publish = publish
        self._supervisor: Supervisor | None = None
        self._orders = ThreadPoolExecutor(max_workers=1, thread_name_prefix="machine-room")
        self._room_closing = threading.Event()
        self._others: PublishedStatus | None = None
        self._documents_wanted = False
        self._stopped_by_hand: set[str] = set()
        self._planned = settings.services.model_copy(deep=True)
        self._sampler = MachineSampler(publish, self.services)

    # --- life -----------------------------------------------------------------------------------

    def open_machine_room(self) -> None:
        """Begins to run what something needs; returns at once."""
        self._order_in_room(self._begin)

    def close_machine_room(self) -> None:
        """Stops the servers in order, within ten seconds, and ends the thread."""
        self._room_closing.set()
        self._sampler.measure(False)
        self._orders.shutdown(wait=True, cancel_futures=True)
        supervisor, self._supervisor = self._supervisor, None
        if supervisor is not None:
            supervisor.close()

    def servers_changed(self) -> None:
        """The settings were saved: what they change about servers is brought into force."""
        self._order_in_room(self._follow_settings)

    def need_documents(self) -> None:
        """Somebody is about to use documents: their servers are started."""
        if not self._documents_wanted:
            self._documents_wanted = True
            self._order_in_room(self._start_needed)

    def replan(self, names: Iterable[str]) -> None:
        """Something these services depend on has come or gone; plans them anew."""
        wanted = set(names)
        self._order_in_room(lambda: self._replace(wanted))

    # --- what the window asks -------------------------------------------------------------------

    def services(self) -> Sequence[ServiceStatus]:
        if self._supervisor is not None:
            return self._supervisor.status()
        return self._others.services if self._others is not None else ()

    def start_service(self, name: str) -> None:
        self._stopped_by_hand.discard(name)
        self._ours().start([name])

    def stop_service(self, name: str) -> None:
        self._stopped_by_hand.add(name)
        self._ours().stop([name])

    def restart_service(self, name: str) -> None:
        self._ours().restart(name)

    def service_log(self, name: str, count: int = 200) -> Sequence[str]:
        lines = self._supervisor.tail(name, count) if self._supervisor is not None else []
        return lines or written_lines(self._paths.service_logs, name, count)

    def memory_plan(self) -> MemoryPlanRecord:
        telemetry = GpuTelemetry()
        reading = telemetry.read()
        telemetry.close()
        if not reading.cards:
            return MemoryPlanRecord("", 0, (), (), False, reason_in_words(reading.reason))
        card = reading.cards[0]
        others = MemoryShare("others", "", "cuda", card.used_bytes)
        return MemoryPlanRecord(card.name, card.total_bytes, (others,), (), True)

    def measure_machine(self, on: bool) -> None:
        self._sampler.measure(on)

    # --- what the rest of the application asks --------------------------------------------------

    def endpoint(self, name: str) -> Endpoint | None:
        """Where a service is reached; None while it cannot be used.  Any thread, at once."""
        if self._supervisor is not None:
            known = any(status.name == name for status in self._supervisor.status())
            return self._supervisor.endpoint(name) if known else None
        if self._others is not None:
            return read_endpoints(self._paths.service_status).get(name)
        return None

    def stop_if_running(self, name: str) -> None:
        """Stops a server of ours; fine when there is none."""
        supervisor = self._supervisor
        if supervisor is not None and any(s.name == name for s in supervisor.status()):
            supervisor.stop([name])

    def language_endpoint(self) -> Endpoint | None:
        """Where the language model is; None while there is none.  Any thread, at once."""
        return needs.language_endpoint(self.endpoint)

    # --- on the thread "machine-room" -----------------------------------------------------------

    def _order_in_room(self, action: Callable[[], object]) -> Future[None] | None:
        def run() -> None:
            try:
                action()
            except MalgeulError as error:
                _log.warning("the servers: %s", error)
                self._publish(NoticeRaised(Severity.ERROR, NOTICE, error.message, error.hint))
            except Exception:
                _log.exception("an order about the servers failed")
                raise

        try:
            return self._orders.submit(run)
        except RuntimeError:  # closed already: nobody needs servers any more
            return None

    def _begin(self) -> None:
        while (others := read_status(self._paths.service_status)) is not None:
            self._show_others(others)
            if self._room_closing.wait(_LOOK_S):
                return
        self._others = None
        if self._room_closing.is_set():
            return
        self._planned = self._settings.services.model_copy(deep=True)
        supervisor = Supervisor(
            plan_services(self._planned, self._paths.root),
            logs=self._paths.service_logs,
            status_path=self._paths.service_status,
            publish=self._publish,
        )
        self._supervisor = supervisor.open()
        for status in supervisor.status():
            self._publish(ServiceChanged(status, ServiceState.STOPPED, time.time()))
        self._start_needed()

    def _show_others(self, others: PublishedStatus) -> None:
        before = {s.name: s for s in self._others.services} if self._others is not None else {}
        self._others = others
        for status in others.services:
            last = before.get(status.name)
            if last is None or last.state is not status.state:
                previous = ServiceState.STOPPED if last is None else last.state
                self._publish(ServiceChanged(status, previous, time.time()))

    def _ours(self) -> Supervisor:
        if self._supervisor is not None:
            return self._supervisor
        if self._others is not None:
            raise ServiceError(
                f"The servers are run by another process ({self._others.writer.pid}).",
                hint="End `malgeul services run` first; its servers are used meanwhile.",
                code="service.running",
            )
        raise ServiceError(
            "The servers are not looked after yet.",
            hint="Try again in a moment.",
            code="service.not_yet",
        )

    def _start_needed(self) -> None:
        supervisor = self._supervisor
        if supervisor is None:
            return
        documents = self._documents_wanted or needs.documents_used(self._settings, self._paths.root)
        wanted = needs.needed(self._settings, documents=documents) - self._stopped_by_hand
        known = {status.name for status in supervisor.status()}
        if wanted & known:
            supervisor.start(sorted(wanted & known))

    def _follow_settings(self) -> None:
        now = self._settings.services.model_copy(deep=True)
        changed = {
            name
            for name in ServicesSettings.model_fields
            if getattr(now, name) != getattr(self._planned, name)
        }
        if changed & set(needs.LANGUAGE):
            changed.update((vllm.NAME, llama.NAME))  # the one stands in for the other
        if changed:
            self._replace(changed)

    def _replace(self, names: set[str]) -> None:
        supervisor = self._supervisor
        if supervisor is None:
            return
        self._planned = self._settings.services.model_copy(deep=True)
        plans = plan_services(self._planned, self._paths.root)
        supervisor.replace([plan for plan in plans if plan.name in names])
        self._start_needed()
