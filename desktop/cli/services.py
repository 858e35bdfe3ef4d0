"""``malgeul services``: the local servers, their state and their output."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from desktop.cli.console import clock
from desktop.cli.exit_codes import ExitCode
from desktop.cli.interrupts import interruptible
from desktop.cli.options import Shell, command, json_option
from desktop.errors import NotFoundError, ServiceError
from desktop.events import (
    Event,
    ServiceChanged,
    ServiceMode,
    ServiceState,
    ServiceStatus,
    event_to_json,
)
from desktop.paths import Paths

if TYPE_CHECKING:
    from desktop.services.supervisor.spec import ServicePlan


def planned(paths: Paths) -> tuple[ServicePlan, ...]:
    """How each service would be there, by the settings and what is installed."""
    from desktop import settings
    from desktop.services.gpu.planning import ask_driver
    from desktop.services.stack.plans import plan_services

    found = settings.load(paths.settings)
    if not ask_driver().cards:
        return plan_services(found.services, paths.root)
    from desktop.app.memory_plan import recogniser_need  # loads the recogniser's library

    need = recogniser_need(found, None)
    return plan_services(found.services, paths.root, recogniser=need)


@click.group(short_help="See and run the local servers.")
def services() -> None:
    """See and run the local servers: cache, vector store, language model.

    The window runs them by itself; `run` does so without a window.

    \b
    Examples:
      malgeul services status
      malgeul services logs redis --lines 100
      malgeul services run               until Ctrl+C
    """


@services.command()
@json_option
@command
def status(shell: Shell, as_json: bool) -> int:
    """Show state, mode and reason, process, port, uptime and restarts of each service."""
    from desktop.services.supervisor.status_file import read_status

    published = read_status(shell.paths.service_status)
    if published is not None:
        found = published.services
    else:
        found = tuple(_idle(plan) for plan in planned(shell.paths))
    if as_json:
        shell.console.result_json([dataclasses.asdict(each) for each in found])
        return ExitCode.OK
    headings = ("NAME", "STATE", "MODE", "PORT", "PID", "UPTIME", "RESTARTS", "REASON")
    shell.console.table(headings, [_row(each) for each in found])
    for each in found:
        if each.hint:
            shell.console.note(f"{each.name}: {each.hint}")
    return ExitCode.OK


def _idle(plan: ServicePlan) -> ServiceStatus:
    """What a service is while nobody runs it."""
    from desktop.services.supervisor.spec import EmbeddedPlan, ExternalPlan

    if isinstance(plan, EmbeddedPlan):
        return ServiceStatus(
            plan.name, plan.label, ServiceState.READY, ServiceMode.EMBEDDED, plan.reason, plan.hint
        )
    external = isinstance(plan, ExternalPlan)
    return ServiceStatus(
        plan.name,
        plan.label,
        ServiceState.STOPPED,
        ServiceMode.EXTERNAL if external else ServiceMode.MANAGED,
        "Malgeul is not running",
        url=plan.url if isinstance(plan, ExternalPlan) else "",
    )


def _row(status: ServiceStatus) -> tuple[str, ...]:
    return (
        status.name,
        status.state.value,
        status.mode.value,
        str(status.port or "-"),
        str(status.pid or "-"),
        clock(status.uptime_s) if status.uptime_s else "-",
        str(status.restarts),
        status.reason,
    )


@services.command()
@click.argument("name")
@click.option("--lines", "-n", type=click.IntRange(1, 100_000), default=50, show_default=True)
@command
def logs(shell: Shell, name: str, lines: int) -> int:
    """Print the last lines that service NAME has printed; secrets are left out."""
    from desktop.services.stack.plans import NAMES
    from desktop.services.supervisor.output import written_lines

    if name not in NAMES:
        raise NotFoundError(
            f"There is no service called {name}.",
            hint=f"Services: {', '.join(NAMES)}.",
            code="not_found.service",
        )
    found = written_lines(shell.paths.service_logs, name, lines)
    if not found:
        shell.console.note(f"{name} has printed nothing yet.")
    for line in found:
        shell.console.result(line)
    return ExitCode.OK


@services.command()
@click.argument("names", nargs=-1, metavar="[NAME]...")
@click.option("--events", is_flag=True, help="Print every change as a line of JSON.")
@command
def run(shell: Shell, names: tuple[str, ...], events: bool) -> int:
    """Run services (default: all that can run here) until Ctrl+C."""
    from desktop.services.supervisor.status_file import read_status
    from desktop.services.supervisor.supervisor import Supervisor

    published = read_status(shell.paths.service_status)
    if published is not None:
        raise ServiceError(
            f"The services are already run by process {published.writer.pid}.",
            hint="Close that program first, or look at `malgeul services status`.",
            code="service.running",
        )
    teller = _Teller(shell, events=events)
    with interruptible(shell.console) as interrupt:
        supervisor = Supervisor(
            planned(shell.paths),
            logs=shell.paths.service_logs,
            status_path=shell.paths.service_status,
            publish=teller,
        )
        with supervisor:
            supervisor.start(names or None)
            idle = [s for s in supervisor.status() if s.mode is ServiceMode.EMBEDDED]
            _refuse_idle(names, idle)
            for each in idle:
                teller.tell(each)
            while not interrupt.asked.wait(0.5):
                pass
    return ExitCode.OK


def _refuse_idle(names: Sequence[str], idle: Sequence[ServiceStatus]) -> None:
    """Nobody waits for services that cannot be run here at all."""
    wanted = {each.name: each for each in idle if each.name in names}
    if wanted and set(names) == set(wanted):
        first = wanted[names[0]]
        raise ServiceError(
            f"{first.name} cannot be run here: {first.reason}.",
            hint=first.hint,
            code="service.embedded",
        )


class _Teller:
    """Prints what changes; called on the supervisor's thread."""

    def __init__(self, shell: Shell, *, events: bool) -> None:
        self._console = shell.console
        self._events = events

    def __call__(self, event: Event) -> None:
        if not isinstance(event, ServiceChanged):
            return
        if self._events:
            self._console.result(event_to_json(event))
        if event.status.state is not event.previous:
            self.tell(event.status)

    def tell(self, status: ServiceStatus) -> None:
        where = f" on port {status.port}" if status.port else ""
        why = f": {status.reason}" if status.reason else ""
        stamp = time.strftime("%H:%M:%S")
        self._console.note(f"{stamp} {status.name} ({status.mode}) {status.state}{where}{why}")
        if status.hint:
            self._console.note(f"         {status.hint}")
