"""One service over its whole life: the state machine's hands and eyes.

Lives on the supervisor's event loop.  Decisions are the machine's; here they are carried out.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import random
from collections.abc import Callable, Coroutine, Mapping
from pathlib import Path
from typing import Any

from desktop.errors import MalgeulError
from desktop.events import ServiceMode, ServiceState, ServiceStatus
from desktop.services.supervisor import machine as sm
from desktop.services.supervisor import ports
from desktop.services.supervisor.environment import service_environment
from desktop.services.supervisor.identity import family, new_run
from desktop.services.supervisor.output import Redactor, ServiceOutput
from desktop.services.supervisor.probes import Probe, ProbeResult, ask
from desktop.services.supervisor.process import LaunchedProcess, ProcessOutcome
from desktop.services.supervisor.spec import (
    LOOPBACK,
    ExternalPlan,
    ManagedPlan,
    Secret,
    ServiceSpec,
    with_port,
)

_log = logging.getLogger(__name__)

_SETTLE_S = 5.0
_FIRST_LOOK_S = 0.1
_SLOWEST_LOOK_S = 1.0
_DEGRADED_LOOK_S = 0.5
_LOST_LOOK_FACTOR = 2.5  # a lost external server is looked for less often
_ADOPTION_ANSWER_S = 3.0
_FIRST_ANSWER_S = 10.0  # a model's first token may take longer than a sign of life


class SupervisedService:
    """A managed or external service.  Not thread-safe: the supervisor's thread only."""

    def __init__(
        self,
        plan: ManagedPlan | ExternalPlan,
        *,
        logs: Path,
        changed: Callable[[SupervisedService], None],
        claims: dict[int, str] | None = None,
    ) -> None:
        self.plan = plan
        self._claims = {} if claims is None else claims  # ports that services of ours have chosen
        self._spec: ServiceSpec | None = plan.spec if isinstance(plan, ManagedPlan) else None
        self._changed = changed
        timing = plan.timing if isinstance(plan, ExternalPlan) else plan.spec.timing
        self.machine = sm.Machine(timing) if self._spec is None else sm.Machine(
            timing, self._spec.restart
        )  # fmt: skip
        secrets = self._spec.secret_values() if self._spec else ()
        redact = Redactor(secrets)
        self.output = ServiceOutput(
            logs / f"{plan.name}.log",
            redact=redact,
            keep_bytes=redact.longest,
            fatal_signs=self._spec.fatal_signs if self._spec else (),
        )
        self._process: LaunchedProcess | None = None
        self._end_asked: sm.Action | None = None  # while the launch was still under way
        self._timer: asyncio.TimerHandle | None = None
        self._watch: asyncio.Task[None] | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._adopted: Probe | None = None
        self._waits_for = ""
        self.stops = 0  # how often it has come to a stop
        self.note = self._spec_reason()
        self.port = plan.port if isinstance(plan, ExternalPlan) else 0

    # --- what others ask ------------------------------------------------------------------------

    @property
    def key(self) -> Secret | None:
        """The key in force; None where the server wants none or it is not ours to know."""
        if isinstance(self.plan, ExternalPlan):
            return self.plan.key
        spec = self.plan.spec
        return spec.adoption_key if self.machine.adopted else spec.key

    def status(self, now_s: float) -> ServiceStatus:
        """The service at `now_s` on the loop's clock; callable from any thread."""
        machine, process = self.machine, self._process
        external = self._spec is None or machine.adopted
        reason = machine.reason or (f"waits for {self._waits_for}" if self._waits_for else "")
        running = machine.alive or machine.adopted
        since_s = machine.ready_since_s
        return ServiceStatus(
            name=self.plan.name,
            label=self.plan.label,
            state=machine.state,
            mode=ServiceMode.EXTERNAL if external else ServiceMode.MANAGED,
            reason=reason or (self.note if running or self.machine.failures else ""),
            hint=machine.hint,
            pid=process.pid if process is not None else 0,
            port=self.port if running else 0,
            url=self.url() if running else "",
            uptime_s=0.0 if since_s is None else max(0.0, now_s - since_s),
            restarts=machine.restarts,
        )

    def url(self) -> str:
        if isinstance(self.plan, ExternalPlan):
            return self.plan.url
        return f"{self.plan.spec.url_scheme}://{LOOPBACK}:{self.port}" if self.port else ""

    def _spec_reason(self) -> str:
        return self.plan.reason if isinstance(self.plan, ManagedPlan) else ""

    def wait_for(self, names: str) -> None:
        """Shows that the service is held back by others; empty when it is not."""
        if names != self._waits_for:
            self._waits_for = names
            self._changed(self)

    def feed(self, event: sm.Input) -> None:
        """Tells the machine and does what it says."""
        loop = asyncio.get_running_loop()
        self.machine, actions = sm.step(self.machine, event, loop.time(), random.random())
        for action in actions:
            self._act(action)
        self._set_timer(loop)
        if self.machine.state is ServiceState.STOPPED:
            self.stops += 1
            self._stop_watching()
            self._release()
            self.note = self._spec_reason()
            if self._spec is not None:
                self.port = 0
        self._changed(self)

    async def settle(self) -> None:
        """Waits for everything that is under way here; call it after the service stopped."""
        self._stop_watching()
        with contextlib.suppress(TimeoutError):  # a process that cannot be killed holds nobody up
            async with asyncio.timeout(_SETTLE_S):
                while self._tasks:
                    await asyncio.gather(*self._tasks, return_exceptions=True)
        if self._timer is not None:
            self._timer.cancel()
        self.output.end()

    def kill(self) -> None:
        """Kills at once, whatever the machine would still wait for."""
        self._act(sm.Action.KILL)

    # --- carrying out ---------------------------------------------------------------------------

    def _act(self, action: sm.Action) -> None:
        if action is sm.Action.LAUNCH:
            self._end_asked = None
            self._stop_watching()
            self._spawn(self._launch() if self._spec is not None else self._reach())
        elif self._process is None:
            self._end_asked = action
        elif action is sm.Action.TERMINATE:
            self._process.terminate()
        else:
            self._process.kill()

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._on_work_done)

    def _on_work_done(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        error = None if task.cancelled() else task.exception()
        if error is not None:  # a fault of ours: the service must not look as if it ran
            _log.error("supervising %s failed", self.plan.name, exc_info=error)
            if self._process is not None:
                self._process.kill()
            self.feed(sm.Exited(f"an internal error: {error}", fatal=True))

    def _set_timer(self, loop: asyncio.AbstractEventLoop) -> None:
        if self._timer is not None:
            self._timer.cancel()
        due_s = self.machine.deadline_s
        self._timer = None if due_s is None else loop.call_at(due_s, self.feed, sm.Tick())

    async def _reach(self) -> None:
        """The external form: nothing to launch, only to watch."""
        assert isinstance(self.plan, ExternalPlan)
        if self._end_asked is not None:
            self.feed(sm.Exited("cancelled"))
            return
        self.feed(sm.Adopted())
        self._begin_watching(self.plan.probe, self.plan.probe)

    async def _launch(self) -> None:
        assert self._spec is not None
        spec = self._spec
        try:
            adopted = await self._find_port(spec)
            if self._end_asked is not None:  # while we looked who holds the port (faults: P19)
                self.feed(sm.Exited("cancelled"))
                return
            if adopted:
                self.feed(sm.Adopted())
                assert self._adopted is not None
                self._begin_watching(self._adopted, self._adopted)
                return
            await self._run(spec)
        except MalgeulError as error:
            self.output.note(error.message)
            self.feed(sm.Exited(error.message, error.hint, fatal=True))
        except OSError as error:
            path = f" ({error.filename})" if error.filename else ""
            reason = f"its files could not be prepared: {error.strerror or error}{path}"
            self.feed(sm.Exited(reason, "Free some space or make the folder writable.", fatal=True))

    async def _find_port(self, spec: ServiceSpec) -> bool:
        """Chooses the port; True when a server of the right kind on it was adopted."""
        wanted = self.port or spec.port
        others = {port for port, name in self._claims.items() if name != spec.name}
        block = range(wanted, wanted + spec.port_count)
        if all(ports.is_free(port) and port not in others for port in block):
            self._claim(wanted, spec)
            return False
        found = ProbeResult(False)
        by = _holder(block, self._claims, spec.name)
        if spec.adoption is not None and wanted not in others:
            timeout_s = max(spec.timing.probe_timeout_s, _ADOPTION_ANSWER_S)
            found = await ask(spec.adoption, LOOPBACK, wanted, timeout_s)
        if found.passed:
            self.port, self._adopted = wanted, spec.adoption
            self.note = f"uses {found.detail}, which already runs on port {wanted}"
            return True
        self._claim(ports.free_port(wanted, spec.port_count, others), spec)
        detail = f" ({found.detail})" if found.detail else ""
        self.note = f"port {wanted} is held by {by}{detail}; {self.port} is used instead"
        return False

    def _claim(self, port: int, spec: ServiceSpec) -> None:
        self._release()
        self.port = port
        self._claims.update(dict.fromkeys(range(port, port + spec.port_count), spec.name))

    def _release(self) -> None:
        for port in [p for p, name in self._claims.items() if name == self.plan.name]:
            del self._claims[port]

    async def _run(self, spec: ServiceSpec) -> None:
        _prepare(spec, self.port)
        run = new_run()
        self.output.begin()
        argv = [with_port(word, self.port) for word in spec.argv]
        self.output.note(f"starting {spec.name} on port {self.port}: {' '.join(argv)}")
        process = await LaunchedProcess.launch(
            argv,
            service_environment(spec, self.port, run),
            run=run,
            cwd=spec.cwd,
            output=self.output.feed,
            on_exit=self._on_exit,
        )
        self._process = process
        if self._end_asked is not None:
            self._act(self._end_asked)
        self._changed(self)
        if process.running:
            self._begin_watching(spec.readiness, spec.liveness or spec.readiness)
        outcome = await process.wait_gone()
        self._stop_watching()
        self._process = None
        self._report_end(outcome)

    def _on_exit(self, outcome: ProcessOutcome) -> None:
        """The program has ended; it counts when all that it started has gone too."""
        self._stop_watching()
        self.feed(sm.ProbeFailed(str(outcome)))

    def _report_end(self, outcome: ProcessOutcome) -> None:
        sign = self.output.fatal
        last = next((line for line in reversed(self.output.tail(20)) if _tells(line)), "")
        self.output.note(str(outcome))
        self.output.end()
        if sign is not None and outcome.code != 0:
            self.feed(sm.Exited(sign.reason, sign.hint, fatal=True))
        else:
            reason = f"{outcome}: {last[:200]}" if last else str(outcome)
            self.feed(sm.Exited(reason))

    # --- watching -------------------------------------------------------------------------------

    def _begin_watching(self, readiness: Probe, liveness: Probe) -> None:
        self._stop_watching()
        self._watch = asyncio.get_running_loop().create_task(self._look(readiness, liveness))

    def _stop_watching(self) -> None:
        if self._watch is not None:
            self._watch.cancel()
            self._watch = None

    async def _look(self, readiness: Probe, liveness: Probe) -> None:
        wait_s = _FIRST_LOOK_S
        while True:
            result = await self._ask(readiness, liveness)
            self.feed(sm.ProbePassed() if result.passed else sm.ProbeFailed(result.detail))
            state = self.machine.state
            if state is ServiceState.STARTING:
                await asyncio.sleep(wait_s)
                wait_s = min(wait_s * 1.3, _SLOWEST_LOOK_S)
            elif state is ServiceState.READY:
                await asyncio.sleep(self.machine.timing.probe_interval_s)
            else:
                lost_s = self.machine.timing.probe_interval_s * _LOST_LOOK_FACTOR
                await asyncio.sleep(lost_s if state is ServiceState.FAILED else _DEGRADED_LOOK_S)

    async def _ask(self, readiness: Probe, liveness: Probe) -> ProbeResult:
        starting = self.machine.state is ServiceState.STARTING
        timeout_s = self.machine.timing.probe_timeout_s
        host = self.plan.host if isinstance(self.plan, ExternalPlan) else LOOPBACK
        if not starting:
            return await ask(liveness, host, self.port, timeout_s)
        result = await ask(readiness, host, self.port, max(timeout_s, _FIRST_ANSWER_S))
        if result.passed and self._process is not None:
            # Somebody else may have taken the port between our choice and the service's bind.
            other = ports.held_by_other(self.port, family(self._process.pid))
            if other is not None:
                return ProbeResult(False, f"port {self.port} is answered by {other}")
        return result


def _holder(block: range, claims: Mapping[int, str], name: str) -> str:
    """Who keeps us from the ports in `block`, in words."""
    for port in block:
        if claims.get(port, name) != name:
            return claims[port]
        if not ports.is_free(port):
            return str(ports.holder(port) or "another program")
    return "another program"


def _tells(line: str) -> bool:
    return bool(line.strip()) and not line.startswith("-- ")


def _prepare(spec: ServiceSpec, port: int) -> None:
    """Makes the service's folders and secret files, for the owner alone."""
    for directory in spec.directories:
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    for file in spec.secret_files:
        file.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        temporary = file.path.with_name(file.path.name + ".new")
        temporary.unlink(missing_ok=True)
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as stream:
            stream.write(with_port(file.content.reveal(), port))
        os.replace(temporary, file.path)
