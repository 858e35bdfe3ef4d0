"""The supervisor: all services, one thread, started in order and stopped in reverse.

Every public method may be called from any thread; the work happens on the thread "supervisor",
which runs one asyncio loop.  Events are published from that thread.
"""

from __future__ import annotations

import asyncio
import logging
import threading
import time
from collections.abc import Callable, Coroutine, Iterable, Sequence
from concurrent.futures import Future
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from desktop.errors import NotFoundError, ServiceError
from desktop.events import Event, ServiceChanged, ServiceMode, ServiceState, ServiceStatus
from desktop.services.supervisor import machine as sm
from desktop.services.supervisor.identity import kill_abandoned
from desktop.services.supervisor.service import SupervisedService
from desktop.services.supervisor.spec import (
    EmbeddedPlan,
    Endpoint,
    ExternalPlan,
    ServicePlan,
    Terms,
    in_order,
)
from desktop.services.supervisor.status_file import remove_status, write_endpoints, write_status

_log = logging.getLogger(__name__)
STOP_WITHIN_S = 10.0
_KILL_BEFORE_END_S = 1.5


class Supervisor:
    """Runs services.  `open` begins, `close` stops everything; or use it as a context manager.

    Args:
        plans: what to run and how, in any order.
        logs: the folder for the services' output, a file each.
        status_path: where to publish the status for other processes; None for nowhere.
        publish: receives `ServiceChanged` events on the supervisor's thread.

    Raises:
        ServiceError: services depend on each other in a circle.
    """

    def __init__(
        self,
        plans: Iterable[ServicePlan],
        *,
        logs: Path,
        status_path: Path | None = None,
        publish: Callable[[Event], None] | None = None,
    ) -> None:
        self._plans = in_order(plans)
        self._logs = logs
        self._status_path = status_path
        self._publish = publish
        self._services: dict[str, SupervisedService] = {}
        self._claims: dict[int, str] = {}
        self._shown: dict[str, ServiceStatus] = {}
        self._wanted: set[str] = set()
        self._held: set[str] = set()  # being replaced: nobody starts them meanwhile
        self._changes = threading.Condition()
        self._ready = threading.Event()
        self._open = False
        self._loop: asyncio.AbstractEventLoop | None = None
        self._closing: asyncio.Event | None = None
        self._thread = threading.Thread(target=self._run, name="supervisor", daemon=True)

    # --- life -----------------------------------------------------------------------------------

    def open(self) -> Self:
        """Begins the thread; nothing is started yet.

        Raises:
            ServiceError: the thread ended at once; the log has the reason.
        """
        self._thread.start()
        self._ready.wait()
        if not self._open:
            raise ServiceError("The supervisor does not run.", code="service.closed")
        return self

    def close(self, timeout_s: float = STOP_WITHIN_S) -> None:
        """Stops what was started, dependants first, and ends the thread.

        What has not ended by itself shortly before `timeout_s` is killed (faults: P2).
        """
        if self._loop is None or not self._thread.is_alive():
            return
        names = [plan.name for plan in self._plans]
        self._call(self._stop_in_order(names, timeout_s)).result()
        assert self._closing is not None
        self._loop.call_soon_threadsafe(self._closing.set)
        self._thread.join()

    def __enter__(self) -> Self:
        return self.open()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    # --- commands -------------------------------------------------------------------------------

    def start(self, names: Sequence[str] | None = None) -> None:
        """Starts services (default: all) and what they depend on; returns at once."""
        self._call(self._start(self._known(names)))

    def stop(self, names: Sequence[str] | None = None, *, timeout_s: float = STOP_WITHIN_S) -> None:
        """Stops services (default: all), dependants first; returns when they are gone."""
        self._call(self._stop_in_order(self._known(names), timeout_s)).result()

    def restart(self, name: str) -> None:
        """Stops a service and starts it again, forgetting past failures; returns at once."""
        self._call(self._restart(self._known([name])[0]))

    def replace(self, plans: Iterable[ServicePlan], *, start: bool = True) -> None:
        """Runs services by other plans from now on.

        Args:
            start: what was wanted of them starts again at once.

        Returns when the old ones are gone.

        Raises:
            ServiceError: services depend on each other in a circle.
        """
        new = {plan.name: plan for plan in plans}
        ordered = in_order([new.get(plan.name, plan) for plan in self._plans])
        self._call(self._replace(new, ordered, start)).result()

    def status(self, name: str | None = None) -> tuple[ServiceStatus, ...]:
        """Every service, or the one named, in the order of their start."""
        now_s = time.monotonic()
        names = [plan.name for plan in self._plans] if name is None else self._known([name])
        return tuple(self._status(each, now_s) for each in names)

    def endpoint(self, name: str) -> Endpoint | None:
        """Where a service is reached; None while it cannot be used."""
        service = self._services.get(self._known([name])[0])
        return None if service is None else _endpoint(service)

    def tail(self, name: str, count: int = 50) -> list[str]:
        """The last lines a service printed, secrets redacted."""
        service = self._services.get(self._known([name])[0])
        return [] if service is None else service.output.tail(count)

    def wait_for(self, name: str, *states: ServiceState, timeout_s: float = 30.0) -> ServiceStatus:
        """Blocks until the service is in one of `states`; returns its status either way."""
        with self._changes:
            self._changes.wait_for(lambda: self.status(name)[0].state in states, timeout_s)
        return self.status(name)[0]

    def _known(self, names: Sequence[str] | None) -> list[str]:
        all_names = [plan.name for plan in self._plans]
        for name in names or ():
            if name not in all_names:
                raise NotFoundError(
                    f"There is no service called {name}.",
                    hint=f"Services: {', '.join(all_names)}.",
                    code="not_found.service",
                )
        return all_names if names is None else [name for name in all_names if name in names]

    # --- the thread -----------------------------------------------------------------------------

    def _run(self) -> None:
        try:
            with asyncio.Runner() as runner:
                runner.run(self._main())
        finally:
            self._ready.set()  # whatever went wrong, nobody waits for ever

    async def _main(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._closing = asyncio.Event()
        for plan in self._plans:
            self._take(plan)
        left = kill_abandoned()
        if left:
            _log.warning("ended what an earlier run had left: processes %s", left)
        self._shown = {plan.name: self._status(plan.name, 0.0) for plan in self._plans}
        self._write_status()
        self._open = True
        self._ready.set()
        await self._closing.wait()
        for service in self._services.values():
            await service.settle()
        if self._status_path is not None:
            remove_status(self._status_path)

    def _take(self, plan: ServicePlan) -> None:
        """From now on `plan` is how its service is there."""
        if isinstance(plan, EmbeddedPlan):
            self._services.pop(plan.name, None)
            return
        self._services[plan.name] = SupervisedService(
            plan, logs=self._logs, changed=self._on_changed, claims=self._claims
        )

    def _call(self, work: Coroutine[Any, Any, None]) -> Future[None]:
        if self._loop is None or not self._thread.is_alive():
            work.close()
            raise ServiceError("The supervisor does not run.", code="service.closed")
        return asyncio.run_coroutine_threadsafe(work, self._loop)

    async def _start(self, names: Sequence[str]) -> None:
        self._wanted.update(self._with_dependencies(names))
        for name in names:
            service = self._services.get(name)
            if service is None or name in self._held:
                continue
            if service.machine.state in (ServiceState.FAILED, ServiceState.BACKOFF):
                service.feed(sm.StartRequested())
        self._advance()

    def _with_dependencies(self, names: Sequence[str]) -> set[str]:
        found = set(names)
        for plan in reversed(self._plans):
            if plan.name in found:
                found.update(plan.dependencies)
        return found

    def _advance(self) -> None:
        """Starts what is wanted and whose dependencies are ready."""
        for plan in self._plans:
            service = self._services.get(plan.name)
            if service is None or plan.name not in self._wanted or plan.name in self._held:
                continue
            missing = [name for name in plan.dependencies if not self._usable(name)]
            if service.machine.state is ServiceState.STOPPED:
                service.wait_for(", ".join(missing))
                if not missing:
                    service.feed(sm.StartRequested())

    def _usable(self, name: str) -> bool:
        service = self._services.get(name)  # an embedded or unknown one holds nobody back
        return service is None or service.machine.state in (
            ServiceState.READY,
            ServiceState.DEGRADED,
        )

    async def _restart(self, name: str) -> None:
        """It stays wanted, so it starts once it has stopped, unless somebody stops it by then."""
        self._wanted.update(self._with_dependencies([name]))
        await self._end([name], STOP_WITHIN_S)
        self._advance()

    async def _replace(
        self, new: dict[str, ServicePlan], ordered: tuple[ServicePlan, ...], start: bool
    ) -> None:
        wanted = [name for name in new if start and name in self._wanted]
        self._held.update(new)
        try:
            await self._exchange(new, ordered)
        finally:
            self._held.difference_update(new)
        # Who asked for one of them meanwhile gets the new one.
        await self._start([name for name in new if name in wanted or name in self._wanted])

    async def _exchange(
        self, new: dict[str, ServicePlan], ordered: tuple[ServicePlan, ...]
    ) -> None:
        await self._stop_in_order(list(new), STOP_WITHIN_S)
        for name in new:
            service = self._services.get(name)
            if service is not None:
                await service.settle()
        # In this order others always find the one or the other of a service while they look.
        for plan in new.values():
            if not isinstance(plan, EmbeddedPlan):
                self._take(plan)
        self._plans = ordered
        for plan in new.values():
            if isinstance(plan, EmbeddedPlan):
                self._take(plan)
            self._announce(plan.name)

    async def _stop_in_order(self, names: Sequence[str], timeout_s: float) -> None:
        self._wanted.difference_update(names)
        await self._end(names, timeout_s)

    async def _end(self, names: Sequence[str], timeout_s: float) -> None:
        """Brings services to a stop; those still wanted begin again by themselves."""
        stopped = {name: asyncio.Event() for name in names if name in self._services}
        work = [
            asyncio.create_task(self._stop_one(name, stopped)) for name in reversed(list(stopped))
        ]
        if not work:
            return
        _, late = await asyncio.wait(work, timeout=max(0.0, timeout_s - _KILL_BEFORE_END_S))
        if late:
            for name, event in stopped.items():
                if not event.is_set():
                    _log.warning("%s did not end by itself and is killed", name)
                    self._services[name].feed(sm.StopRequested())
                    self._services[name].kill()
            _, left = await asyncio.wait(late, timeout=_KILL_BEFORE_END_S)
            for task in left:  # not even killing helps: the system's matter, nobody waits for it
                task.cancel()
            if left:
                names_left = [name for name, event in stopped.items() if not event.is_set()]
                _log.error("%s could not be killed", ", ".join(names_left))

    async def _stop_one(self, name: str, stopped: dict[str, asyncio.Event]) -> None:
        """Stops one service once everything that depends on it has stopped."""
        for plan in self._plans:
            if name in plan.dependencies and plan.name in stopped:
                await stopped[plan.name].wait()
        service = self._services[name]
        service.wait_for("")
        before = service.stops
        service.feed(sm.StopRequested())
        while service.stops == before:  # it may be started again before this looks
            await asyncio.sleep(0.01)
        stopped[name].set()

    # --- telling --------------------------------------------------------------------------------

    def _status(self, name: str, now_s: float) -> ServiceStatus:
        service = self._services.get(name)
        if service is not None:
            return service.status(now_s)
        plan = next(plan for plan in self._plans if plan.name == name)
        if not isinstance(plan, EmbeddedPlan):  # its service has come since the look above
            return self._status(name, now_s)
        return ServiceStatus(
            name=name,
            label=plan.label,
            state=ServiceState.READY,
            mode=ServiceMode.EMBEDDED,
            reason=plan.reason,
            hint=plan.hint,
        )

    def _on_changed(self, service: SupervisedService) -> None:
        if self._services.get(service.plan.name) is service:
            self._announce(service.plan.name)

    def _announce(self, name: str) -> None:
        """Tells everybody how a service is, when that has changed."""
        status = replace(self._status(name, time.monotonic()), uptime_s=0.0)
        before = self._shown.get(name)
        if before is None or status == before:
            return
        self._shown[name] = status
        if status.state is not before.state:
            _log.info("%s: %s %s", name, status.state, status.reason)
        self._write_status()
        with self._changes:
            self._changes.notify_all()
        self._tell(ServiceChanged(status, before.state, time.time()))
        if status.state is not before.state and self._loop is not None:
            self._loop.call_soon(self._advance)

    def _tell(self, event: ServiceChanged) -> None:
        if self._publish is None:
            return
        try:
            self._publish(event)
        except Exception:  # noqa: BLE001 - a listener's fault must not end supervision
            _log.exception("a listener failed on %s", event.status.name)

    def _write_status(self) -> None:
        if self._status_path is not None:
            write_status(self._status_path, self.status())
            found = {name: _endpoint(service) for name, service in self._services.items()}
            write_endpoints(
                self._status_path, {name: each for name, each in found.items() if each is not None}
            )


def _endpoint(service: SupervisedService) -> Endpoint | None:
    if service.machine.state is not ServiceState.READY:
        return None
    plan = service.plan
    if isinstance(plan, ExternalPlan):
        return Endpoint(service.url(), service.key, plan.model)
    terms = Terms() if service.machine.adopted else plan.spec.terms
    return Endpoint(service.url(), service.key, plan.spec.model, terms)
