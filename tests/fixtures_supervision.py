"""Pytest plugin: a supervisor over given plans, and what it published."""

from __future__ import annotations

import contextlib
import socket
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from desktop.events import Event, ServiceChanged
from desktop.events import ServiceState as S
from desktop.services.supervisor.spec import (
    ServicePlan,
)
from desktop.services.supervisor.supervisor import Supervisor

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
