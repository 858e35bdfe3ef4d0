"""Stopping a service while it is still being found out who holds its port."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from fakes.misbehaving_specs import misbehaving

from desktop.events import ServiceState
from desktop.services.supervisor.probes import ProbeResult
from desktop.services.supervisor.process import LaunchedProcess
from desktop.services.supervisor.supervisor import Supervisor


@dataclass(frozen=True)
class SlowProbe:
    """Recognises the server after a while."""

    asked: threading.Event = field(default_factory=threading.Event)
    let_go: threading.Event = field(default_factory=threading.Event)

    async def ask(self, host: str, port: int) -> ProbeResult:
        self.asked.set()
        while not self.let_go.is_set():
            await asyncio.sleep(0.01)
        return ProbeResult(True, "the right server")


def test_a_server_found_after_the_stop_is_not_adopted(
    tmp_path: Path, wait_until: Callable[..., None], caplog: pytest.LogCaptureFixture
) -> None:
    """faults: P8, P19"""
    with socket.create_server(("127.0.0.1", 0)) as theirs:
        probe = SlowProbe()
        plan = misbehaving("one", port=theirs.getsockname()[1], adoption=probe)
        with Supervisor([plan], logs=tmp_path) as supervisor:
            supervisor.start()
            assert probe.asked.wait(10)
            stopping = threading.Thread(target=supervisor.stop)
            stopping.start()
            wait_until(lambda: supervisor.status("one")[0].state is ServiceState.STOPPING)
            probe.let_go.set()
            stopping.join()
            assert "did not end by itself" not in caplog.text
            assert supervisor.status("one")[0].state is ServiceState.STOPPED
            supervisor.start()  # and it can be asked for again
            assert supervisor.wait_for("one", ServiceState.READY).state is ServiceState.READY


def test_a_process_that_cannot_be_killed_does_not_hold_up_the_stop(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    with Supervisor([misbehaving("one")], logs=tmp_path) as supervisor:
        supervisor.start()
        assert supervisor.wait_for("one", ServiceState.READY).state is ServiceState.READY
        with monkeypatch.context() as unkillable:
            unkillable.setattr(LaunchedProcess, "terminate", lambda self: None)
            unkillable.setattr(LaunchedProcess, "kill", lambda self: None)
            stopping = threading.Thread(
                target=supervisor.stop, kwargs={"timeout_s": 2.0}, daemon=True
            )
            stopping.start()
            stopping.join(30.0)
            returned = not stopping.is_alive()
        assert returned
        assert "one could not be killed" in caplog.text
