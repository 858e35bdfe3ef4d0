"""When a service starts, counts as ready, is tried again or given up: a pure state machine.

No threads, no I/O, no clock: `step` takes what happened and the monotonic time it happened at,
and returns the next machine and what must be done.  Erlang's restart intensity, Jupyter's stable
time and a jittered exponential back-off are the models.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from enum import Enum

from desktop.events import ServiceState
from desktop.services.supervisor.spec import RestartPolicy, Timing

_KILL_AGAIN_S = 2.0


@dataclass(frozen=True, slots=True)
class StartRequested:
    """A person or the application wants the service; past failures are forgotten."""


@dataclass(frozen=True, slots=True)
class StopRequested:
    pass


@dataclass(frozen=True, slots=True)
class Adopted:
    """The server is somebody else's; there is no process of ours."""


@dataclass(frozen=True, slots=True)
class ProbePassed:
    pass


@dataclass(frozen=True, slots=True)
class ProbeFailed:
    reason: str


@dataclass(frozen=True, slots=True)
class Exited:
    """The process and all that it started are gone, or it could not be launched at all."""

    reason: str
    hint: str = ""
    fatal: bool = False


@dataclass(frozen=True, slots=True)
class Tick:
    """Time has passed; due when `Machine.deadline_s` is reached."""


Input = StartRequested | StopRequested | Adopted | ProbePassed | ProbeFailed | Exited | Tick


class Action(Enum):
    LAUNCH = "launch"
    TERMINATE = "terminate"
    KILL = "kill"


@dataclass(frozen=True, slots=True)
class Machine:
    """One service's state.  `alive`: a launch was ordered and its end is not yet reported."""

    timing: Timing = field(default_factory=Timing)
    policy: RestartPolicy = field(default_factory=RestartPolicy)
    state: ServiceState = ServiceState.STOPPED
    reason: str = ""
    hint: str = ""
    alive: bool = False
    adopted: bool = False
    again: bool = False  # start once the process is gone
    failures: tuple[float, ...] = ()  # times of those inside the window
    streak: int = 0  # failures in a row without a stable time
    restarts: int = 0
    ready_since_s: float | None = None
    due_s: float | None = None  # start-up, hang or back-off ends
    kill_at_s: float | None = None

    @property
    def deadline_s(self) -> float | None:
        """When the next `Tick` is needed, on the clock of the inputs."""
        times = [time for time in (self.due_s, self.kill_at_s) if time is not None]
        return min(times, default=None)


Step = tuple[Machine, tuple[Action, ...]]


def backoff_s(policy: RestartPolicy, streak: int, draw: float) -> float:
    """The wait before try number `streak` + 1; `draw` in [0, 1) spreads it by the jitter."""
    exponent = min(max(streak - 1, 0), 30)
    base = min(policy.first_delay_s * 2.0**exponent, policy.max_delay_s)
    return base * (1.0 + policy.jitter * (2.0 * draw - 1.0))


def step(machine: Machine, event: Input, now_s: float, draw: float = 0.5) -> Step:
    """What follows from `event` at `now_s`; `draw` in [0, 1) is the chance the back-off needs."""
    match event:
        case StartRequested():
            after = _start(machine, now_s)
        case StopRequested():
            after = _stop(machine, now_s)
        case Adopted():
            after = _adopt(machine)
        case ProbePassed():
            after = _passed(machine, now_s)
        case ProbeFailed():
            after = _unanswered(machine, event, now_s)
        case Exited():
            after = _exited(machine, event, now_s, draw)
        case Tick():
            after = _tick(machine, now_s, draw)
    return after


def _start(machine: Machine, now_s: float) -> Step:
    if machine.state is ServiceState.STOPPING or (
        machine.alive and machine.state in (ServiceState.BACKOFF, ServiceState.FAILED)
    ):
        fresh = replace(machine, failures=(), streak=0, again=True, due_s=None)
        return replace(fresh, state=ServiceState.STOPPING), ()
    if machine.state in (ServiceState.STARTING, ServiceState.READY, ServiceState.DEGRADED):
        return machine, ()
    fresh = replace(machine, failures=(), streak=0, restarts=0, adopted=False)
    return _launch(fresh, now_s)


def _launch(machine: Machine, now_s: float) -> Step:
    started = replace(
        machine,
        state=ServiceState.STARTING,
        reason="",
        hint="",
        alive=True,
        again=False,
        ready_since_s=None,
        due_s=now_s + machine.timing.start_s,
        kill_at_s=None,
    )
    return started, (Action.LAUNCH,)


def _stop(machine: Machine, now_s: float) -> Step:
    stopped = replace(machine, again=False, due_s=None, ready_since_s=None, adopted=False)
    if not machine.alive:
        return replace(stopped, state=ServiceState.STOPPED, reason="", hint="", kill_at_s=None), ()
    if machine.state is ServiceState.STOPPING:
        return stopped, ()
    stopping = replace(stopped, state=ServiceState.STOPPING, reason="", hint="")
    if machine.kill_at_s is not None:  # already told to end
        return stopping, ()
    return replace(stopping, kill_at_s=now_s + machine.timing.stop_s), (Action.TERMINATE,)


def _adopt(machine: Machine) -> Step:
    if machine.state is not ServiceState.STARTING:
        return replace(machine, alive=False), ()
    return replace(machine, alive=False, adopted=True), ()


def _passed(machine: Machine, now_s: float) -> Step:
    back = machine.adopted and machine.state is ServiceState.FAILED
    if machine.state in (ServiceState.STARTING, ServiceState.DEGRADED) or back:
        ready = replace(machine, state=ServiceState.READY, reason="", hint="", due_s=None)
        since = machine.ready_since_s if machine.state is ServiceState.DEGRADED else None
        return replace(ready, ready_since_s=now_s if since is None else since), ()
    return machine, ()


def _unanswered(machine: Machine, event: ProbeFailed, now_s: float) -> Step:
    if machine.state is ServiceState.READY:
        return replace(
            machine,
            state=ServiceState.DEGRADED,
            reason=event.reason,
            due_s=now_s + machine.timing.hang_s,
        ), ()
    if machine.state in (ServiceState.STARTING, ServiceState.DEGRADED):
        return replace(machine, reason=event.reason), ()
    return machine, ()


def _exited(machine: Machine, event: Exited, now_s: float, draw: float) -> Step:
    if not machine.alive:
        return machine, ()
    gone = replace(machine, alive=False, kill_at_s=None)
    match machine.state:
        case ServiceState.STOPPING if machine.again:
            return _launch(gone, now_s)
        case ServiceState.STOPPING:
            return replace(gone, state=ServiceState.STOPPED, reason="", hint="", due_s=None), ()
        case ServiceState.BACKOFF if machine.due_s is None:  # waited for its end
            return _relaunch(gone, now_s)
        case ServiceState.BACKOFF | ServiceState.FAILED | ServiceState.STOPPED:
            return gone, ()
    return _fail(gone, event, now_s, draw), ()


def _relaunch(machine: Machine, now_s: float) -> Step:
    return _launch(replace(machine, restarts=machine.restarts + 1), now_s)


def _fail(machine: Machine, event: Exited, now_s: float, draw: float) -> Machine:
    """The state after a failure: BACKOFF, or FAILED when trying on makes no sense."""
    policy = machine.policy
    recent = (*(t for t in machine.failures if now_s - t < policy.window_s), now_s)
    since = machine.ready_since_s
    stable = since is not None and now_s - since >= policy.stable_s
    streak = 1 if stable else machine.streak + 1
    failed = replace(
        machine,
        failures=recent,
        streak=streak,
        ready_since_s=None,
        reason=event.reason,
        hint=event.hint,
        due_s=None,
    )
    if event.fatal:
        return replace(failed, state=ServiceState.FAILED)
    if len(recent) >= policy.max_failures:
        minutes = policy.window_s / 60
        text = f"{event.reason}; it ended {len(recent)} times in {minutes:g} minutes"
        return replace(failed, state=ServiceState.FAILED, reason=text)
    if streak >= policy.max_failures:
        text = f"{event.reason}; {streak} tries in a row failed"
        return replace(failed, state=ServiceState.FAILED, reason=text)
    wait_s = backoff_s(policy, streak, draw)
    return replace(failed, state=ServiceState.BACKOFF, due_s=now_s + wait_s)


def _tick(machine: Machine, now_s: float, draw: float) -> Step:
    actions: tuple[Action, ...] = ()
    if machine.kill_at_s is not None and now_s >= machine.kill_at_s:
        if machine.alive:
            actions = (Action.KILL,)
            machine = replace(machine, kill_at_s=now_s + _KILL_AGAIN_S)
        else:
            machine = replace(machine, kill_at_s=None)
    if machine.due_s is None or now_s < machine.due_s:
        return machine, actions
    after, more = _due(machine, now_s, draw)
    return after, actions + more


def _due(machine: Machine, now_s: float, draw: float) -> Step:
    timing = machine.timing
    match machine.state:
        case ServiceState.STARTING if machine.adopted:
            reason = machine.reason or f"no answer within {timing.start_s:g} s"
            return replace(machine, state=ServiceState.FAILED, due_s=None, reason=reason), ()
        case ServiceState.STARTING:
            reason = f"not ready within {timing.start_s:g} s"
            if machine.reason:
                reason = f"{reason} ({machine.reason})"
            failed = _fail(machine, Exited(reason), now_s, draw)
            return replace(failed, kill_at_s=now_s + timing.stop_s), (Action.TERMINATE,)
        case ServiceState.DEGRADED if machine.adopted:
            lost = f"external service lost: {machine.reason}"
            hint = "Nothing is started in its place until you ask for it."
            return replace(
                machine, state=ServiceState.FAILED, due_s=None, reason=lost, hint=hint
            ), ()
        case ServiceState.DEGRADED:
            # An unresponsive process does not act on a polite request either.
            reason = f"unresponsive for {timing.hang_s:g} s ({machine.reason})"
            failed = _fail(machine, Exited(reason), now_s, draw)
            return replace(failed, kill_at_s=now_s + _KILL_AGAIN_S), (Action.KILL,)
        case ServiceState.BACKOFF if not machine.alive:
            return _relaunch(machine, now_s)
    return replace(machine, due_s=None), ()
