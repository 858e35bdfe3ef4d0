"""How fast the supervisor sees ends and hangs, starts and stops; and what measuring costs."""

from __future__ import annotations

import os
import resource
import signal
import statistics
import sys
import tempfile
import threading
import time
from pathlib import Path

from benchmarks import whole_kills
from benchmarks.figures import Figure

from desktop.events import ServiceState as S
from desktop.services.stack import redis
from desktop.services.supervisor.spec import ManagedPlan, Timing
from desktop.services.supervisor.supervisor import Supervisor
from desktop.services.telemetry.sampler import MachineSampler
from desktop.settings import RedisSettings

sys.path[:0] = [str(Path(__file__).parents[1])]
from fakes.misbehaving_specs import SOON, misbehaving, some_port  # noqa: E402

TITLE = "Local servers"
_PROBES = Timing(start_s=30.0, stop_s=2.0)  # those of a real service


def measure(*, quick: bool = False) -> list[Figure]:
    """Reaction times over several rounds, with a small server and with a real Redis."""
    rounds = 3 if quick else 15
    with tempfile.TemporaryDirectory() as folder:
        figures = _reactions(Path(folder), rounds)
        figures += _redis(Path(folder))
        figures += _sampler(Path(folder), 5.0 if quick else 60.0)
        figures += whole_kills.figures(
            Path(folder), up=2 if quick else 200, starting=2 if quick else 50
        )
    return figures


def _reactions(folder: Path, rounds: int) -> list[Figure]:
    plan = misbehaving("one", timing=_PROBES, restart=SOON)
    seen: list[float] = []
    again: list[float] = []
    stops: list[float] = []
    with Supervisor([plan], logs=folder) as supervisor:
        for _ in range(rounds):
            supervisor.start()
            status = supervisor.wait_for("one", S.READY)
            began_s = time.monotonic()
            os.kill(status.pid, signal.SIGKILL)
            supervisor.wait_for("one", S.DEGRADED, S.BACKOFF, S.STARTING)
            seen.append(time.monotonic() - began_s)
            supervisor.wait_for("one", S.BACKOFF, S.STARTING)
            supervisor.wait_for("one", S.READY)
            again.append(time.monotonic() - began_s)
            began_s = time.monotonic()
            supervisor.stop()
            stops.append(time.monotonic() - began_s)
        supervisor.start()
        hang_s = _hang(supervisor)
    return [
        Figure("kill -9 of a server: seen, worst", max(seen), "s", 1.0),
        Figure("kill -9 of a server: ready again, median", statistics.median(again), "s"),
        Figure("SIGSTOP of a server: unresponsive after", hang_s, "s", 15.0),
        Figure("one server stopped in order, worst", max(stops), "s", 10.0),
    ]


def _hang(supervisor: Supervisor) -> float:
    status = supervisor.wait_for("one", S.READY)
    began_s = time.monotonic()
    os.kill(status.pid, signal.SIGSTOP)
    supervisor.wait_for("one", S.BACKOFF, S.FAILED, timeout_s=60)
    return time.monotonic() - began_s


def _redis(folder: Path) -> list[Figure]:
    plan = redis.plan(RedisSettings(port=some_port()), folder)
    if not isinstance(plan, ManagedPlan):
        return []
    with Supervisor([plan], logs=folder) as supervisor:
        began_s = time.monotonic()
        supervisor.start()
        supervisor.wait_for("redis", S.READY, S.FAILED)
        ready_s = time.monotonic() - began_s
    return [Figure("Redis: from the order to ready", ready_s, "s")]


def _sampler(folder: Path, seconds: float) -> list[Figure]:
    """Processor time of the sampling thread alone, with two services up."""
    plans = [misbehaving("one"), misbehaving("two")]
    costs: list[float] = []

    def published(_: object) -> None:
        costs.append(resource.getrusage(resource.RUSAGE_THREAD).ru_utime
                     + resource.getrusage(resource.RUSAGE_THREAD).ru_stime)  # fmt: skip

    with Supervisor(plans, logs=folder) as supervisor:
        supervisor.start()
        for plan in plans:
            supervisor.wait_for(plan.name, S.READY)
        sampler = MachineSampler(published, supervisor.status)
        sampler.measure(1.0)
        threading.Event().wait(seconds)
        sampler.measure(0)
    spent_s = costs[-1] - costs[0]
    share = 100.0 * spent_s / max(1.0, len(costs) - 1.0)
    return [Figure("measuring the machine once a second: of one core", share, "%", 1.0)]
