"""Identity, ports, the launcher alone, the status file, specs."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from desktop.errors import ServiceError
from desktop.events import ServiceMode, ServiceState, ServiceStatus
from desktop.services.supervisor import launcher
from desktop.services.supervisor.environment import inherited
from desktop.services.supervisor.identity import (
    MARKER,
    ProcessIdentity,
    family,
    kill_abandoned,
    kill_marked,
    new_run,
    start_mark,
)
from desktop.services.supervisor.ports import free_port, held_by_other, holder, is_free
from desktop.services.supervisor.spec import EmbeddedPlan, Secret, in_order, with_port
from desktop.services.supervisor.status_file import read_status, remove_status, write_status

Wait = Callable[..., None]
linux = pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")
SLEEP = [sys.executable, "-I", "-S", "-c", "import time; time.sleep(60)"]


# --- identity -------------------------------------------------------------------------------------


def test_a_reused_number_is_another_process() -> None:
    """faults: P12"""
    with subprocess.Popen(SLEEP) as child:
        identity = ProcessIdentity.of(child.pid)
        assert identity is not None
        assert identity.alive()
        other = ProcessIdentity(child.pid, "an earlier start")
        assert not other.alive()
        assert not other.signal(signal.SIGKILL), "no signal to whoever has the number now"
        assert child.poll() is None
        assert identity.signal(signal.SIGKILL)
        child.wait()
    assert not identity.alive()
    assert not identity.signal(signal.SIGTERM)
    assert ProcessIdentity.of(0) is None
    assert start_mark(2**22 + 5) is None


@linux
def test_a_zombie_is_not_alive(wait_until: Wait) -> None:
    with subprocess.Popen([sys.executable, "-I", "-S", "-c", ""]) as child:
        wait_until(lambda: start_mark(child.pid) is None)


@linux
def test_marked_processes_are_found_and_killed() -> None:
    with (
        subprocess.Popen(SLEEP, env={MARKER: "this-run"}) as ours,
        subprocess.Popen(SLEEP, env={MARKER: "other-run"}) as others,
    ):
        assert kill_marked("this-run") == [ours.pid]
        assert ours.wait() == -signal.SIGKILL
        assert others.poll() is None
        others.kill()


@linux
def test_what_a_dead_application_left_is_ended_and_nothing_else() -> None:
    """faults: P1, P12"""
    dead = "4194309/abc:5/0123"
    with (
        subprocess.Popen(SLEEP, env={MARKER: dead}) as abandoned,
        subprocess.Popen(SLEEP, env={MARKER: new_run()}) as ours,
        subprocess.Popen(SLEEP, env={MARKER: "nonsense"}) as strange,
    ):
        assert kill_abandoned() == [abandoned.pid]
        assert ours.poll() is None
        assert strange.poll() is None
        ours.kill()
        strange.kill()


@linux
def test_the_servers_of_a_container_are_not_ours_to_judge(wait_until: Wait) -> None:
    """Process numbers mean something else there: its application is alive although we see none."""
    into = ["unshare", "--user", "--map-root-user", "--pid", "--fork", "--kill-child"]
    if subprocess.run([*into, "true"], capture_output=True, check=False).returncode:
        pytest.skip("no namespaces here")
    marked = ["env", f"{MARKER}=4194309/abc:5/0123", *SLEEP]
    with subprocess.Popen([*into, *marked]) as outside:
        try:
            wait_until(lambda: any(_marker(pid) for pid in family(outside.pid)))
            assert kill_abandoned() == []
            assert outside.poll() is None
        finally:
            outside.kill()


def _marker(pid: int) -> str:
    try:
        return psutil.Process(pid).environ().get(MARKER, "")
    except psutil.Error:
        return ""


def test_a_family_has_children_and_survives_their_end() -> None:
    assert os.getpid() in family(os.getpid())
    assert family(2**22 + 5) == {2**22 + 5}


# --- ports ----------------------------------------------------------------------------------------


def test_who_holds_a_port() -> None:
    """faults: P7"""
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        held.listen()
        port = held.getsockname()[1]
        assert not is_free(port)
        found = holder(port)
        assert found is not None
        assert found.pid in (os.getpid(), 0)
        assert free_port(port) > port
        assert held_by_other(port, {os.getpid()}) is None
        assert held_by_other(port, {1}) == found
    assert is_free(port)
    assert holder(port) is None


def test_all_addresses_count_as_held() -> None:
    with socket.socket() as held:
        held.bind(("0.0.0.0", 0))
        held.listen()
        assert not is_free(held.getsockname()[1])


def test_ports_in_a_row_and_claimed_ones() -> None:
    first = free_port(30_000, 2)
    assert is_free(first + 1)
    assert free_port(first, 2, {first + 1}) >= first + 2
    with pytest.raises(ServiceError, match="No free port from 65534"):
        free_port(65_534, 3)


# --- the launcher alone ---------------------------------------------------------------------------


def launch(argv: list[str]) -> subprocess.Popen[bytes]:
    process = subprocess.Popen(
        [sys.executable, "-I", "-S", launcher.__file__],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        start_new_session=True,
    )  # fmt: skip
    assert process.stdin is not None
    order = {"argv": argv, "environment": {"PATH": os.environ["PATH"]}, "cwd": None}
    process.stdin.write(json.dumps(order).encode() + b"\n")
    process.stdin.flush()
    return process


def report(process: subprocess.Popen[bytes]) -> dict[str, object]:
    assert process.stdout is not None
    return dict(json.loads(process.stdout.readline()))


@linux
def test_the_launcher_reports_the_end() -> None:
    with launch([sys.executable, "-I", "-S", "-c", "raise SystemExit(4)"]) as process:
        assert report(process)["event"] == "started"
        assert report(process) == {"event": "exited", "code": 4}
        assert process.wait(5) == 0


@linux
def test_the_launcher_is_a_session_leader_and_the_child_a_group() -> None:
    with launch(SLEEP) as process:
        pid = report(process)["pid"]
        assert isinstance(pid, int)
        assert os.getsid(pid) == process.pid == os.getsid(process.pid)
        assert os.getpgid(pid) == pid
        assert process.stdin is not None
        process.stdin.write(b"T")
        process.stdin.flush()
        assert report(process) == {"event": "exited", "code": -signal.SIGTERM}


@linux
def test_the_end_of_the_pipe_ends_a_child_that_ignores_sigterm() -> None:
    """faults: P1"""
    code = (
        "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN);"
        "print('up', flush=True); time.sleep(60)"
    )
    with launch([sys.executable, "-I", "-S", "-c", code]) as process:
        pid = report(process)["pid"]
        assert process.stderr is not None
        assert process.stderr.readline() == b"up\n"
        assert process.stdin is not None
        began_s = time.monotonic()
        process.stdin.close()
        process.wait(5)
        assert time.monotonic() - began_s < 2.0
        assert not psutil.pid_exists(int(str(pid)))
        process.stdin = None


@linux
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_signal_to_the_launcher_ends_its_child(number: int) -> None:
    with launch(SLEEP) as process:
        pid = int(str(report(process)["pid"]))
        process.send_signal(number)
        process.wait(5)
        assert not psutil.pid_exists(pid)


@linux
def test_the_child_does_not_outlive_a_killed_launcher(wait_until: Wait) -> None:
    with launch(SLEEP) as process:
        identity = ProcessIdentity.of(int(str(report(process)["pid"])))
        assert identity is not None
        process.kill()
        process.wait()
        wait_until(lambda: not identity.alive(), 2.0)


@linux
def test_the_launcher_says_why_a_program_cannot_start() -> None:
    """faults: P16"""
    with launch(["/nonexistent/program"]) as process:
        assert report(process) == {
            "event": "error", "errno": 2, "message": "No such file or directory",
        }  # fmt: skip
        assert process.wait(5) == 1


# --- the status file ------------------------------------------------------------------------------

STATUS = ServiceStatus(
    "redis", "Redis", ServiceState.READY, ServiceMode.MANAGED, pid=5, port=6, uptime_s=1.0
)


def test_the_status_is_read_back_and_grows_older(tmp_path: Path) -> None:
    path = tmp_path / "below" / "services.json"
    write_status(path, [STATUS])
    found = read_status(path)
    assert found is not None
    assert found.writer.pid == os.getpid()
    assert found.services[0].state is ServiceState.READY
    assert found.services[0].uptime_s >= 1.0
    remove_status(path)
    assert read_status(path) is None


@pytest.mark.parametrize(
    ("change", "value"),
    [("mark", "another start"), ("pid", 2**22 + 5), ("version", 99), ("services", [{"a": 1}])],
)
def test_a_stale_or_foreign_status_counts_as_absent(
    tmp_path: Path, change: str, value: object
) -> None:
    """faults: P12"""
    path = tmp_path / "services.json"
    write_status(path, [STATUS])
    content = json.loads(path.read_text())
    path.write_text(json.dumps({**content, change: value}))
    assert read_status(path) is None


@pytest.mark.parametrize("text", ["", "{", "[]", "null", '{"pid": "x"}'])
def test_a_damaged_status_counts_as_absent(tmp_path: Path, text: str) -> None:
    path = tmp_path / "services.json"
    path.write_text(text)
    assert read_status(path) is None


# --- specs and the environment --------------------------------------------------------------------


def plan(name: str, *needs: str) -> EmbeddedPlan:
    return EmbeddedPlan(name, name, "", dependencies=needs)


def test_order_of_dependencies() -> None:
    plans = [plan("rag", "vectors", "cache"), plan("vectors"), plan("cache", "elsewhere")]
    assert [each.name for each in in_order(plans)] == ["vectors", "cache", "rag"]
    with pytest.raises(ServiceError, match="a -> b -> a"):
        in_order([plan("a", "b"), plan("b", "a")])
    with pytest.raises(ServiceError, match="Two services are called a"):
        in_order([plan("a"), plan("a")])


def test_ports_in_text() -> None:
    assert with_port("--port {port} {port+1} {other}", 80) == "--port 80 81 {other}"


def test_a_secret_does_not_show() -> None:
    """faults: P21"""
    secret = Secret.random()
    assert len(secret.reveal()) >= 32
    assert secret.reveal() not in f"{secret} {secret!r} {[secret]}"


def test_only_known_variables_are_inherited() -> None:
    """faults: P21"""
    given = {"PATH": "p", "HOME": "h", "LC_ALL": "C", "OPENAI_API_KEY": "k", "PYTHONPATH": "x"}
    assert inherited({**given, "VLLM_SERVER_DEV_MODE": "1"}) == {
        "PATH": "p", "HOME": "h", "LC_ALL": "C",
    }  # fmt: skip
