"""The lives of services under the supervisor: real children that misbehave on purpose."""

from __future__ import annotations

import json
import os
import signal
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import psutil
import pytest
from fakes.misbehaving_specs import PROGRAM, QUICK, SOON, misbehaving
from fixtures_supervision import Heard, Make, gone

from desktop.events import Event, ServiceMode
from desktop.events import ServiceState as S
from desktop.services.supervisor.spec import (
    RestartPolicy,
    Timing,
)
from desktop.services.supervisor.supervisor import Supervisor

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")


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


def test_restart_forgets_failures(supervise: Make) -> None:
    supervisor = supervise(misbehaving("one"))
    supervisor.start()
    before = supervisor.wait_for("one", S.READY)
    supervisor.restart("one")
    supervisor.wait_for("one", S.STOPPED, S.STARTING)
    after = supervisor.wait_for("one", S.READY)
    assert after.pid != before.pid
    assert after.restarts == 0


def test_orders_that_overlap_do_not_hold_each_other_up(supervise: Make, heard: Heard) -> None:
    """The last order counts, and each is carried out once."""
    supervisor = supervise(misbehaving("one", "--ignore-term"))
    supervisor.start()
    before = supervisor.wait_for("one", S.READY)
    for _ in range(3):
        supervisor.restart("one")
    supervisor.wait_for("one", S.STOPPING)
    after = supervisor.wait_for("one", S.READY)
    assert after.pid != before.pid
    supervisor.restart("one")
    supervisor.stop()
    assert supervisor.status("one")[0].state is S.STOPPED
    assert heard.states("one").count(S.STARTING) == 2
    assert gone([before.pid, after.pid])


def test_a_start_while_a_service_is_replaced_starts_the_new_one(
    supervise: Make, heard: Heard
) -> None:
    supervisor = supervise(misbehaving("one", "--ignore-term"))
    supervisor.start()
    before = supervisor.wait_for("one", S.READY)
    other = misbehaving("one")
    replacing = threading.Thread(target=supervisor.replace, args=([other],))
    replacing.start()
    supervisor.wait_for("one", S.STOPPING)
    supervisor.start(["one"])
    replacing.join()
    after = supervisor.wait_for("one", S.READY)
    assert after.port == other.spec.port
    assert heard.states("one").count(S.STARTING) == 2
    assert gone([before.pid])


def test_a_start_by_hand_does_not_wait_for_the_next_try(supervise: Make) -> None:
    patient = RestartPolicy(first_delay_s=60.0)
    supervisor = supervise(misbehaving("one", "--exit-at-once", "1", restart=patient))
    supervisor.start()
    supervisor.wait_for("one", S.BACKOFF)
    supervisor.start(["one"])
    assert supervisor.wait_for("one", S.STARTING, timeout_s=5).state is S.STARTING


def test_a_listener_that_fails_does_not_end_supervision(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(event: Event) -> None:
        raise RuntimeError("listener")

    with Supervisor([misbehaving("one")], logs=tmp_path, publish=fail) as supervisor:
        supervisor.start()
        assert supervisor.wait_for("one", S.READY).state is S.READY
    assert "a listener failed on one" in caplog.text


def test_many_services_at_once(supervise: Make) -> None:
    timing = Timing(start_s=20.0, probe_interval_s=0.5)
    names = [f"s{number}" for number in range(6)]
    supervisor = supervise(*(misbehaving(n, timing=timing, restart=SOON) for n in names))
    supervisor.start()
    assert all(supervisor.wait_for(name, S.READY).state is S.READY for name in names)
