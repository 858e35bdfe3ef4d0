"""The supervisor with real children that misbehave on purpose."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import psutil
import pytest
from fakes.misbehaving_specs import PROGRAM, QUICK, SOON, misbehaving, some_port

from desktop.errors import NotFoundError, ServiceError
from desktop.events import Event, ServiceChanged, ServiceMode
from desktop.events import ServiceState as S
from desktop.services.supervisor.http_probe import HttpProbe, ModelProbe, VersionProbe
from desktop.services.supervisor.probes import AllOf, ProbeResult
from desktop.services.supervisor.spec import (
    EmbeddedPlan,
    ExternalPlan,
    RestartPolicy,
    Secret,
    ServicePlan,
    Timing,
)
from desktop.services.supervisor.supervisor import Supervisor

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")
Make = Callable[..., Supervisor]


class Heard(list[ServiceChanged]):
    """What the supervisor published."""

    def __call__(self, event: Event) -> None:
        assert isinstance(event, ServiceChanged)
        self.append(event)

    def states(self, name: str) -> list[S]:
        """The states of one service in turn, repetitions left out."""
        found: list[S] = []
        for event in self:
            if event.status.name == name and (not found or found[-1] is not event.status.state):
                found.append(event.status.state)
        return found


@pytest.fixture
def heard() -> Heard:
    return Heard()


@pytest.fixture
def supervise(tmp_path: Path, heard: Heard) -> Iterator[Make]:
    with contextlib.ExitStack() as stack:

        def make(*plans: ServicePlan) -> Supervisor:
            supervisor = Supervisor(plans, logs=tmp_path / "logs", publish=heard)
            return stack.enter_context(supervisor)

        yield make


@contextlib.contextmanager
def listener(port: int) -> Iterator[None]:
    """A foreign program that holds a port and says nothing."""
    with socket.socket() as held:
        held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        held.bind(("127.0.0.1", port))
        held.listen()
        yield


def gone(pids: list[int]) -> bool:
    return not any(
        psutil.pid_exists(pid) and psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
        for pid in pids
    )


def test_start_order_and_reverse_stop(supervise: Make, heard: Heard) -> None:
    third = misbehaving("third", dependencies=("second",))
    supervisor = supervise(
        third, misbehaving("first"), misbehaving("second", dependencies=("first",))
    )
    supervisor.start(["third"])
    assert supervisor.wait_for("third", S.READY).state is S.READY
    readied = [e.status.name for e in heard if e.status.state is S.READY]
    assert list(dict.fromkeys(readied)) == ["first", "second", "third"]
    status = supervisor.status("second")[0]
    assert (status.mode, status.restarts) == (ServiceMode.MANAGED, 0)
    assert psutil.Process(status.pid).cmdline()[2] == str(PROGRAM)
    assert supervisor.endpoint("second") is not None
    supervisor.stop()
    stopped = [e.status.name for e in heard if e.status.state is S.STOPPED and not e.status.reason]
    assert list(dict.fromkeys(stopped[-3:])) == ["third", "second", "first"]
    assert {s.state for s in supervisor.status()} == {S.STOPPED}


def test_kill_9_of_a_child_restarts_it_on_its_port(supervise: Make, heard: Heard) -> None:
    """faults: P3"""
    supervisor = supervise(misbehaving("one"))
    supervisor.start()
    before = supervisor.wait_for("one", S.READY)
    os.kill(before.pid, signal.SIGKILL)
    began_s = time.monotonic()
    supervisor.wait_for("one", S.BACKOFF, S.STARTING, timeout_s=5)
    assert time.monotonic() - began_s < 1.0
    after = supervisor.wait_for("one", S.READY)
    assert (after.restarts, after.port) == (1, before.port)
    assert after.pid != before.pid
    backoff = next(e.status for e in heard if e.status.state is S.BACKOFF)
    assert "it was killed by SIGKILL" in backoff.reason


def test_an_end_is_seen_before_what_it_leaves_is_cleared_up(supervise: Make, heard: Heard) -> None:
    """faults: P3, P17"""
    supervisor = supervise(misbehaving("one", "--ignore-term", "--grandchildren", "1"))
    supervisor.start()
    before = supervisor.wait_for("one", S.READY)
    os.kill(before.pid, signal.SIGKILL)
    began_s = time.monotonic()
    status = supervisor.wait_for("one", S.DEGRADED, S.BACKOFF, S.STARTING, timeout_s=5)
    assert time.monotonic() - began_s < 0.6
    assert status.reason == "it was killed by SIGKILL"
    assert supervisor.endpoint("one") is None
    assert supervisor.wait_for("one", S.STARTING, S.BACKOFF).state is not S.READY


def test_exit_0_at_once_is_a_failure_and_given_up(supervise: Make, heard: Heard) -> None:
    """faults: P5, and the last line printed is told"""
    supervisor = supervise(misbehaving("one", "--exit-at-once", "0", "--say", "nothing to do"))
    supervisor.start()
    status = supervisor.wait_for("one", S.FAILED)
    assert "exit code 0: nothing to do; it ended 5 times" in status.reason
    assert heard.states("one").count(S.STARTING) == 5
    assert not status.pid
    supervisor.start(["one"])
    assert supervisor.wait_for("one", S.STARTING, S.BACKOFF, timeout_s=2).restarts <= 1


def test_crash_after_a_while_is_restarted(
    supervise: Make, heard: Heard, wait_until: Callable[..., None]
) -> None:
    supervisor = supervise(misbehaving("one", "--crash-after-s", "0.5"))
    supervisor.start()

    def states() -> list[S]:
        # a probe may find it dead a moment before its end is reported
        return [state for state in heard.states("one") if state is not S.DEGRADED]

    wait_until(lambda: states()[:4] == [S.STARTING, S.READY, S.BACKOFF, S.STARTING], 15.0)
    wait_until(lambda: states()[4:5] == [S.READY], 15.0)


def test_sigstop_is_found_and_ended(supervise: Make, heard: Heard) -> None:
    """faults: P4"""
    supervisor = supervise(misbehaving("one"))
    supervisor.start()
    before = supervisor.wait_for("one", S.READY)
    os.kill(before.pid, signal.SIGSTOP)
    supervisor.wait_for("one", S.DEGRADED)
    supervisor.wait_for("one", S.BACKOFF, S.STARTING)
    assert supervisor.wait_for("one", S.READY).restarts == 1
    assert any("unresponsive for 1.5 s" in e.status.reason for e in heard)
    assert gone([before.pid])


def test_a_hanging_health_page_is_found(supervise: Make, heard: Heard) -> None:
    supervisor = supervise(misbehaving("one", "--hang-after-s", "0.5"))
    supervisor.start()
    supervisor.wait_for("one", S.READY)
    supervisor.wait_for("one", S.DEGRADED)
    assert supervisor.wait_for("one", S.BACKOFF, S.STARTING).state in (S.BACKOFF, S.STARTING)


def test_never_ready_times_out_with_the_reason_and_the_log(supervise: Make) -> None:
    """faults: P6"""
    slow = misbehaving(
        "one", "--delay-s", "60", "--say", "loading weights",
        timing=replace(QUICK, start_s=1.0),
        restart=RestartPolicy(max_failures=1),
    )  # fmt: skip
    supervisor = supervise(slow)
    supervisor.start()
    status = supervisor.wait_for("one", S.FAILED)
    assert "not ready within 1 s (/health answers 503)" in status.reason
    assert "loading weights" in supervisor.tail("one")


def test_a_delay_is_not_a_failure(supervise: Make) -> None:
    supervisor = supervise(misbehaving("one", "--delay-s", "1"))
    supervisor.start()
    assert supervisor.wait_for("one", S.READY).restarts == 0


def test_sigterm_ignored_group_and_daemon_are_all_ended(supervise: Make, tmp_path: Path) -> None:
    """faults: P2, P17"""
    pids = tmp_path / "pids"
    flags = ("--ignore-term", "--grandchildren", "2", "--daemon", "--pids", str(pids))
    supervisor = supervise(misbehaving("one", *flags))
    supervisor.start()
    supervisor.wait_for("one", S.READY)
    began_s = time.monotonic()
    supervisor.stop()
    assert time.monotonic() - began_s < 5.0
    started = json.loads(pids.read_text())
    assert len(started) == 4
    assert gone(started)


def test_stop_keeps_its_limit(supervise: Make) -> None:
    """faults: P2; three that ignore SIGTERM, one after the other, each with a long patience"""
    slow = replace(QUICK, stop_s=30.0)
    supervisor = supervise(
        misbehaving("a", "--ignore-term", timing=slow),
        misbehaving("b", "--ignore-term", timing=slow, dependencies=("a",)),
        misbehaving("c", "--ignore-term", timing=slow, dependencies=("b",)),
    )
    supervisor.start()
    supervisor.wait_for("c", S.READY)
    began_s = time.monotonic()
    supervisor.stop(timeout_s=3.0)
    assert time.monotonic() - began_s < 4.5
    assert {s.state for s in supervisor.status()} == {S.STOPPED}


def test_a_daemon_left_by_a_service_that_ends_is_reaped(supervise: Make, tmp_path: Path) -> None:
    """faults: P17"""
    pids = tmp_path / "pids"
    flags = ("--daemon", "--exit-at-once", "3", "--pids", str(pids))
    supervisor = supervise(misbehaving("one", *flags, restart=RestartPolicy(max_failures=1)))
    supervisor.start()
    assert "exit code 3" in supervisor.wait_for("one", S.FAILED).reason
    assert gone(json.loads(pids.read_text()))


def test_a_killed_launcher_takes_everything_with_it(supervise: Make, tmp_path: Path) -> None:
    pids = tmp_path / "pids"
    flags = ("--grandchildren", "1", "--daemon", "--pids", str(pids))
    supervisor = supervise(misbehaving("one", *flags))
    supervisor.start()
    before = supervisor.wait_for("one", S.READY)
    started = json.loads(pids.read_text())
    os.kill(psutil.Process(before.pid).ppid(), signal.SIGKILL)
    supervisor.wait_for("one", S.BACKOFF, S.STARTING)
    assert supervisor.wait_for("one", S.READY).restarts == 1
    assert gone(started)


def test_quit_during_start(supervise: Make, heard: Heard, tmp_path: Path) -> None:
    """faults: P19"""
    for wait_s in (0.0, 0.02, 0.1, 0.4):
        supervisor = supervise(misbehaving("one", "--delay-s", "60"))
        supervisor.start()
        time.sleep(wait_s)
        began_s = time.monotonic()
        supervisor.close()
        assert time.monotonic() - began_s < 3.0
        assert supervisor.status("one")[0].state is S.STOPPED


def test_a_foreign_program_on_the_port_is_named_and_left_alone(supervise: Make) -> None:
    """faults: P7"""
    plan = misbehaving("one")
    with listener(plan.spec.port):
        supervisor = supervise(plan)
        supervisor.start()
        status = supervisor.wait_for("one", S.READY)
    assert status.port == plan.spec.port + 1
    assert f"(process {os.getpid()})" in status.reason
    assert f"{status.port} is used instead" in status.reason


def test_two_services_never_choose_the_same_port(supervise: Make) -> None:
    port = some_port()
    supervisor = supervise(*(misbehaving(name, port=port) for name in ("a", "b", "c")))
    supervisor.start()
    found = {supervisor.wait_for(name, S.READY).port for name in ("a", "b", "c")}
    assert len(found) == 3


ADOPTION = AllOf((HttpProbe("/health"), VersionProbe("/version", (1, 2), "Small")))


def test_the_right_service_on_the_port_is_adopted_watched_and_not_stopped(
    supervise: Make,
) -> None:
    """faults: P8, P9"""
    owner = supervise(misbehaving("owner"))
    owner.start()
    theirs = owner.wait_for("owner", S.READY)
    supervisor = supervise(misbehaving("one", port=theirs.port, adoption=ADOPTION))
    supervisor.start()
    status = supervisor.wait_for("one", S.READY)
    assert (status.mode, status.pid, status.port) == (ServiceMode.EXTERNAL, 0, theirs.port)
    assert status.reason == f"uses Small 1.2.3, which already runs on port {theirs.port}"
    supervisor.stop()
    assert owner.status("owner")[0].pid == theirs.pid
    assert not gone([theirs.pid])
    supervisor.start()
    supervisor.wait_for("one", S.READY)
    owner.stop()
    lost = supervisor.wait_for("one", S.FAILED)
    assert lost.reason.startswith("external service lost")
    assert not lost.pid
    supervisor.start(["one"])  # the user's consent
    status = supervisor.wait_for("one", S.READY)
    assert status.mode is ServiceMode.MANAGED
    assert status.pid


def test_the_wrong_version_is_not_adopted(supervise: Make) -> None:
    """faults: P8"""
    owner = supervise(misbehaving("owner"))
    owner.start()
    theirs = owner.wait_for("owner", S.READY)
    picky = AllOf((HttpProbe("/health"), VersionProbe("/version", (2, 0), "Small")))
    supervisor = supervise(misbehaving("one", port=theirs.port, adoption=picky))
    supervisor.start()
    status = supervisor.wait_for("one", S.READY)
    assert (status.mode, status.port != theirs.port) == (ServiceMode.MANAGED, True)
    assert "Small 1.2.3 is older than 2.0" in status.reason


def test_the_wrong_model_is_not_ready(supervise: Make) -> None:
    """faults: P10"""
    key = Secret.random()
    probe = AllOf((HttpProbe("/health"), ModelProbe("large", key)))
    supervisor = supervise(
        misbehaving("one", readiness=probe, key=key, secret_environment={"KEY": key})
    )
    supervisor.start()
    time.sleep(1.5)
    status = supervisor.status("one")[0]
    assert status.state is S.STARTING
    assert status.reason == "the server has the model small, not large"


def test_out_of_gpu_memory_is_not_tried_again(supervise: Make, heard: Heard) -> None:
    """faults: P11"""
    from desktop.services.stack.openai_server import OUT_OF_GPU_MEMORY

    said = "torch.OutOfMemoryError: CUDA out of memory. Tried to allocate 2.00 GiB"
    plan = misbehaving("one", "--exit-at-once", "1", "--say", said, fatal_signs=OUT_OF_GPU_MEMORY)
    supervisor = supervise(plan)
    supervisor.start()
    status = supervisor.wait_for("one", S.FAILED)
    assert status.reason == "the graphics card's memory was not enough"
    assert "smaller or quantised" in status.hint
    assert heard.states("one") == [S.STARTING, S.FAILED]


@pytest.mark.parametrize("size", [1 << 27, pytest.param(1 << 30, marks=pytest.mark.slow)])
def test_a_flood_without_newline(supervise: Make, tmp_path: Path, size: int) -> None:
    """faults: P14"""
    supervisor = supervise(
        misbehaving("one", "--flood-bytes", str(size), timing=replace(QUICK, start_s=60.0))
    )
    supervisor.start()
    assert supervisor.wait_for("one", S.READY, timeout_s=60).state is S.READY
    supervisor.stop()
    written = sum(file.stat().st_size for file in (tmp_path / "logs").iterdir())
    assert written < 20_000
    assert f"[{size - 8192} more bytes in this line]" in supervisor.tail("one")[-2]


def test_output_that_is_not_utf_8(supervise: Make) -> None:
    """faults: P15"""
    supervisor = supervise(misbehaving("one", "--say-bytes", "ff62ad20eab080ed0a"))
    supervisor.start()
    supervisor.wait_for("one", S.READY)
    assert "\ufffdb\ufffd 가\ufffd" in supervisor.tail("one")


@pytest.mark.parametrize("kind", ["missing", "not executable", "a folder"])
def test_a_program_that_cannot_run(
    supervise: Make, heard: Heard, tmp_path: Path, kind: str
) -> None:
    """faults: P16"""
    program = tmp_path / "program"
    if kind == "not executable":
        program.write_text("text")
    elif kind == "a folder":
        program.mkdir()
    supervisor = supervise(misbehaving("one", argv=(str(program),)))
    supervisor.start()
    status = supervisor.wait_for("one", S.FAILED)
    assert "could not be started" in status.reason
    assert "installed" in status.hint
    assert heard.states("one") == [S.STARTING, S.FAILED]


def test_secrets_are_nowhere_to_be_seen(supervise: Make, heard: Heard, tmp_path: Path) -> None:
    """faults: P21"""
    key = Secret.random()
    plan = misbehaving("one", "--show-environment", key=key, secret_environment={"KEY": key})
    supervisor = supervise(plan)
    supervisor.start()
    status = supervisor.wait_for("one", S.READY)
    process = psutil.Process(status.pid)
    assert process.environ()["KEY"] == key.reveal(), "the service has it"
    for each in (process, process.parent()):
        assert each is not None
        assert key.reveal() not in " ".join(each.cmdline())
    assert key.reveal() not in repr(process.parent().environ())  # type: ignore[union-attr]
    assert any("[redacted]" in line for line in supervisor.tail("one"))
    log = (tmp_path / "logs" / "one.log").read_text(encoding="utf-8")
    everything = log + repr(supervisor.tail("one")) + repr(list(heard)) + repr(plan)
    assert key.reveal() not in everything
    with pytest.raises(ServiceError, match="would show a secret"):
        misbehaving("two", argv=("x", "--key", key.reveal()), key=key)


def test_an_unwritable_folder_is_a_reason(supervise: Make, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    supervisor = supervise(misbehaving("one", directories=(tmp_path / "file" / "below",)))
    supervisor.start()
    status = supervisor.wait_for("one", S.FAILED)
    assert "its files could not be prepared" in status.reason


def test_external_and_embedded_are_shown(supervise: Make) -> None:
    owner = supervise(misbehaving("owner"))
    owner.start()
    theirs = owner.wait_for("owner", S.READY)
    probe = HttpProbe("/health")
    supervisor = supervise(
        EmbeddedPlan("plain", "Plain", "nothing to run", "install it"),
        ExternalPlan("far", "Far", theirs.url, probe, theirs.port, "127.0.0.1", timing=QUICK),
        misbehaving("near", dependencies=("plain", "far")),
    )
    assert supervisor.status("plain")[0].mode is ServiceMode.EMBEDDED
    supervisor.start()
    assert supervisor.wait_for("near", S.READY).state is S.READY
    far = supervisor.status("far")[0]
    assert (far.mode, far.url, far.pid) == (ServiceMode.EXTERNAL, theirs.url, 0)
    owner.stop()
    assert "external service lost" in supervisor.wait_for("far", S.FAILED).reason
    owner.start()
    supervisor.wait_for("far", S.READY, timeout_s=10)
    assert supervisor.status("near")[0].state is S.READY


def test_wrong_names_and_closed_supervisors(supervise: Make) -> None:
    supervisor = supervise(misbehaving("one"))
    with pytest.raises(NotFoundError, match="no service called two"):
        supervisor.start(["two"])
    supervisor.close()
    supervisor.close()
    with pytest.raises(ServiceError, match="does not run"):
        supervisor.start()


def test_restart_forgets_failures(supervise: Make) -> None:
    supervisor = supervise(misbehaving("one"))
    supervisor.start()
    before = supervisor.wait_for("one", S.READY)
    supervisor.restart("one")
    supervisor.wait_for("one", S.STOPPED, S.STARTING)
    after = supervisor.wait_for("one", S.READY)
    assert after.pid != before.pid
    assert after.restarts == 0


def test_a_listener_that_fails_does_not_end_supervision(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(event: Event) -> None:
        raise RuntimeError("listener")

    with Supervisor([misbehaving("one")], logs=tmp_path, publish=fail) as supervisor:
        supervisor.start()
        assert supervisor.wait_for("one", S.READY).state is S.READY
    assert "a listener failed on one" in caplog.text


@pytest.mark.parametrize("where", ["readiness", "adoption"])
def test_a_probe_that_fails_is_an_answer(supervise: Make, where: str) -> None:
    class Broken:
        async def ask(self, host: str, port: int) -> ProbeResult:
            raise KeyError("broken")

    plan = misbehaving("one", **{where: Broken()})
    with listener(plan.spec.port):
        supervisor = supervise(plan)
        supervisor.start()
        state = S.STARTING if where == "readiness" else S.READY
        assert supervisor.wait_for("one", state).state is state


def test_many_services_at_once(supervise: Make) -> None:
    timing = Timing(start_s=20.0, probe_interval_s=0.5)
    names = [f"s{number}" for number in range(6)]
    supervisor = supervise(*(misbehaving(n, timing=timing, restart=SOON) for n in names))
    supervisor.start()
    assert all(supervisor.wait_for(name, S.READY).state is S.READY for name in names)
