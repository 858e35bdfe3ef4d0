"""How a server of the machine room is at the moment, for tests that wait for it."""

from __future__ import annotations

from collections.abc import Callable

from desktop.app.machine_room import MachineRoom
from desktop.events import ServiceState

WaitUntil = Callable[..., None]


def state(room: MachineRoom, name: str) -> ServiceState | None:
    return next((s.state for s in room.services() if s.name == name), None)
