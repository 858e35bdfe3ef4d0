"""The servers behind the window: started when needed, followed, used by others, stopped."""

from __future__ import annotations

import stat
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest
from fakes.misbehaving_specs import misbehaving, some_port

from desktop.app import machine_room
from desktop.app.machine_room import MachineRoom
from desktop.errors import NotFoundError, ServiceError
from desktop.events import Event, ServiceChanged, ServiceMode, ServiceState
from desktop.paths import Paths
from desktop.services.stack import needs, redis
from desktop.services.supervisor.spec import Endpoint, Secret, ServicePlan
from desktop.services.supervisor.status_file import endpoints_path, read_endpoints, read_status
from desktop.settings import ServicesSettings, Settings, save

WaitUntil = Callable[..., None]
redis_wanted = pytest.mark.skipif(redis.find_server() is None, reason="no redis-server")


@pytest.fixture
def settings() -> Settings:
    settings = Settings()
    settings.services.redis.port = some_port()
    settings.services.llama.mode = "embedded"
    settings.services.vllm.mode = "embedded"
    return settings


@pytest.fixture
def heard() -> list[Event]:
    return []


@pytest.fixture
def room(home: Path, settings: Settings, heard: list[Event]) -> Iterator[MachineRoom]:
    room = MachineRoom(Paths(home), settings, heard.append)
    yield room
    room.close_machine_room()


def state(room: MachineRoom, name: str) -> ServiceState | None:
    return next((s.state for s in room.services() if s.name == name), None)


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
    told = [e.status for e in heard if isinstance(e, ServiceChanged)]
    assert [s.state for s in told if s.name == "redis"][-1] is ServiceState.READY
    assert any("Ready to accept" in line for line in room.service_log("redis"))
    endpoint = room.endpoint("redis")
    assert endpoint is not None
    assert endpoint.key is not None
    paths = Paths(home)
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


def test_a_language_model_is_found(
    room: MachineRoom, monkeypatch: pytest.MonkeyPatch, wait_until: WaitUntil
) -> None:
    plans: tuple[ServicePlan, ...] = (
        misbehaving("llama", key=Secret("k" * 32), model="small"),
        misbehaving("redis"),
    )
    monkeypatch.setattr(machine_room, "plan_services", lambda settings, root: plans)
    room.open_machine_room()
    wait_until(room.language_endpoint, 20)
    found = room.language_endpoint()
    assert found is not None
    assert (found.key, found.model) == (Secret("k" * 32), "small")
    assert state(room, "redis") is ServiceState.STOPPED


@pytest.mark.parametrize(
    ("keywords", "documents", "expected"),
    [
        (True, False, {"vllm", "llama"}),
        (False, False, set()),
        (False, True, {"vllm", "llama", "redis", "qdrant", "embedding", "rag"}),
    ],
)
def test_what_is_needed(keywords: bool, documents: bool, expected: set[str]) -> None:
    settings = Settings()
    settings.keywords.enabled = keywords
    assert needs.needed(settings, documents=documents) == expected
    settings.services.redis.autostart = False
    settings.services.llama.autostart = False
    assert needs.needed(settings, documents=documents) == expected - {"redis", "llama"}
    settings.services.vllm.mode = "external"
    assert "vllm" in needs.needed(settings, documents=documents)


def test_every_server_has_its_settings() -> None:
    assert {*needs.LANGUAGE, *needs.DOCUMENTS} == set(ServicesSettings.model_fields)


@pytest.mark.parametrize("url", ["http://h:8000", "http://h:8000/v1", "http://h:8000/v1/"])
def test_addresses_lose_their_v1(url: str) -> None:
    there = {"llama": Endpoint(url, None, "m")}
    assert needs.language_endpoint(there.get) == Endpoint("http://h:8000", None, "m")
    assert needs.language_endpoint({}.get) is None
