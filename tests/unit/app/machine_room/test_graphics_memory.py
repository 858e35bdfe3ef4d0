"""The graphics memory: a server that ran out of it is a lesson for the next plan."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from fakes.misbehaving_specs import misbehaving
from unit.app.machine_room.room_states import state

from desktop.app import machine_room
from desktop.app.machine_room import MachineRoom
from desktop.events import Event, NoticeRaised, ServiceChanged, ServiceState
from desktop.services.gpu import lessons
from desktop.services.gpu.planning import ask_driver
from desktop.services.gpu.telemetry import Card, Reading
from desktop.services.stack.openai_server import OUT_OF_GPU_MEMORY
from desktop.services.supervisor.spec import ServicePlan

WaitUntil = Callable[..., None]


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
