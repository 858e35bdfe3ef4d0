"""The servers behind the window: started when needed, followed, used by others, stopped."""

from __future__ import annotations

import stat
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest
from fakes.misbehaving_specs import misbehaving, some_port
from unit.app.machine_room.room_states import state

from desktop.app import machine_room
from desktop.app.machine_room import MachineRoom
from desktop.errors import NotFoundError, ServiceError
from desktop.events import (
    Event,
    LagMeasured,
    MachineMeasured,
    NoticeRaised,
    ServiceChanged,
    ServiceMode,
    ServiceState,
    Track,
)
from desktop.paths import Paths
from desktop.services.stack import redis
from desktop.services.supervisor.spec import EmbeddedPlan, RestartPolicy, ServicePlan
from desktop.services.supervisor.status_file import endpoints_path, read_endpoints, read_status
from desktop.settings import Settings, save

WaitUntil = Callable[..., None]


redis_wanted = pytest.mark.skipif(redis.find_server() is None, reason="no redis-server")


def test_nothing_starts_that_nothing_needs(room: MachineRoom, wait_until: WaitUntil) -> None:
    room.open_machine_room()
    wait_until(room.services)
    assert state(room, "redis") is ServiceState.STOPPED
    assert room.language_endpoint() is None
    assert room.endpoint("nothing") is None
    with pytest.raises(NotFoundError):
        room.start_service("nothing")


@redis_wanted
def test_documents_bring_their_servers_and_the_end_takes_them(
    room: MachineRoom, home: Path, heard: list[Event], wait_until: WaitUntil
) -> None:
    """faults: P2, P21"""
    with pytest.raises(ServiceError):
        room.start_service("redis")
    room.open_machine_room()
    room.need_documents()
    room.need_documents()
    wait_until(lambda: state(room, "redis") is ServiceState.READY, 20)
    (ours,) = [status for status in room.services() if status.name == "redis"]
    changes = [e for e in heard if isinstance(e, ServiceChanged)]
    assert {e.status.name for e in changes} >= {"redis", "qdrant", "vllm", "llama"}
    assert ServiceState.STARTING in [e.status.state for e in changes if e.status.name == "redis"]
    assert any("Ready to accept" in line for line in room.service_log("redis"))
    endpoint = room.endpoint("redis")
    assert endpoint is not None
    assert endpoint.key is not None
    paths = Paths(home)
    wait_until(lambda: "redis" in read_endpoints(paths.service_status))
    for path in (paths.service_status, endpoints_path(paths.service_status)):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert endpoint.key.reveal() not in paths.service_status.read_text()
    assert read_endpoints(paths.service_status)["redis"] == endpoint
    room.close_machine_room()
    assert not psutil.pid_exists(ours.pid)
    assert not paths.service_status.exists()
    assert not endpoints_path(paths.service_status).exists()
    assert room.services() == ()


@redis_wanted
def test_settings_are_followed_while_it_runs(
    room: MachineRoom, settings: Settings, wait_until: WaitUntil
) -> None:
    room.open_machine_room()
    room.need_documents()
    wait_until(lambda: state(room, "redis") is ServiceState.READY, 20)
    settings.services.redis.port = some_port()
    room.servers_changed()
    wait_until(
        lambda: any(
            s.port == settings.services.redis.port and s.state is ServiceState.READY
            for s in room.services()
        ),
        20,
    )
    settings.services.redis.mode = "embedded"
    room.servers_changed()
    wait_until(lambda: any(s.mode is ServiceMode.EMBEDDED for s in room.services()[:1]), 20)
    settings.services.redis.mode = "managed"
    room.servers_changed()
    wait_until(lambda: state(room, "redis") is ServiceState.READY, 20)
    room.stop_service("redis")
    room.replan(["redis"])
    room.replan(["qdrant"])
    wait_until(room._orders._work_queue.empty)
    assert state(room, "redis") is ServiceState.STOPPED, "what a person stopped stays stopped"
    room.start_service("redis")
    wait_until(lambda: state(room, "redis") is ServiceState.READY, 20)


@redis_wanted
def test_servers_of_another_process_are_used_then_taken_over(
    room: MachineRoom,
    home: Path,
    settings: Settings,
    wait_until: WaitUntil,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(machine_room, "_LOOK_S", 0.1)
    save(settings, home / "settings.json")
    command = [sys.executable, "-m", "desktop", "services", "run", "redis", "--quiet"]
    with subprocess.Popen(command) as other:
        try:
            wait_until(lambda: "redis" in read_endpoints(Paths(home).service_status), 30)
            room.open_machine_room()
            wait_until(lambda: state(room, "redis") is ServiceState.READY, 20)
            assert room.endpoint("redis") == read_endpoints(Paths(home).service_status)["redis"]
            assert room.service_log("redis")
            with pytest.raises(ServiceError, match=str(other.pid)):
                room.stop_service("redis")
        finally:
            other.terminate()
            other.wait(20)
    wait_until(lambda: state(room, "redis") is ServiceState.STOPPED, 20)
    published = read_status(Paths(home).service_status)
    assert published is not None
    assert published.writer.pid != other.pid


def test_closing_before_it_began_or_while_it_begins(room: MachineRoom, home: Path) -> None:
    """faults: P19"""
    room.open_machine_room()
    room.close_machine_room()
    assert room.services() == ()
    room.open_machine_room()  # too late: nothing happens
    room.need_documents()
    assert not Paths(home).service_status.exists()


def test_what_failed_is_not_started_again_by_other_changes(
    room: MachineRoom,
    settings: Settings,
    heard: list[Event],
    wait_until: WaitUntil,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """faults: P9; a person or another plan brings it back, not that something else changed"""
    once = RestartPolicy(max_failures=1)
    plans: tuple[ServicePlan, ...] = (
        misbehaving("redis", "--exit-at-once", "1", restart=once),
        EmbeddedPlan("qdrant", "Qdrant", "the qdrant program was not found"),
    )
    monkeypatch.setattr(machine_room, "plan_services", lambda *_, **__: plans)
    room.open_machine_room()
    room.need_documents()
    wait_until(
        lambda: any(
            isinstance(e, ServiceChanged) and e.status.state is ServiceState.FAILED for e in heard
        ),
        20,
    )
    before = len(heard)
    room.replan(["qdrant"])
    room.servers_changed()
    room._orders.submit(lambda: None).result(20)
    changed = [e.status.name for e in heard[before:] if isinstance(e, ServiceChanged)]
    assert "redis" not in changed
    room.replan(["redis"])
    wait_until(lambda: len([e for e in heard[before:] if isinstance(e, ServiceChanged)]) > 1, 20)


def test_measurements_come_only_while_wanted(
    room: MachineRoom, heard: list[Event], wait_until: WaitUntil
) -> None:
    room.open_machine_room()
    room.heard(LagMeasured(Track.MIC, 1.5, 0.4, time.time()))
    room.measure_machine(1.0)
    room.measure_machine(1.0)
    wait_until(lambda: len([e for e in heard if isinstance(e, MachineMeasured)]) >= 2, 10)
    room.measure_machine(0)
    measured = [e for e in heard if isinstance(e, MachineMeasured)]
    assert not [t for t in threading.enumerate() if t.name == "machine-sampler"]
    last = measured[-1]
    assert last.processes[0].name == "malgeul"
    assert last.processes[0].memory_bytes > 1 << 20
    assert (last.lag_s, last.real_time_factor) == (1.5, 0.4)
    assert 0 <= last.cpu <= 1
    assert last.gpus or last.gpu_reason.endswith(".")


def test_an_order_that_fails_for_a_reason_nobody_foresaw_is_told(
    room: MachineRoom,
    heard: list[Event],
    wait_until: WaitUntil,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def plan(*_: object, **__: object) -> tuple[ServicePlan, ...]:
        raise OSError("a driver's fault")

    monkeypatch.setattr(machine_room, "plan_services", plan)
    room.open_machine_room()
    room.need_documents()
    wait_until(lambda: any(isinstance(e, NoticeRaised) for e in heard))
    told = [event for event in heard if isinstance(event, NoticeRaised)]
    assert "a driver's fault" in told[0].message
