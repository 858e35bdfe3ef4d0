"""A machine room of the test's own, closed after it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from fakes.misbehaving_specs import some_port

from desktop.app.machine_room import MachineRoom
from desktop.events import Event
from desktop.paths import Paths
from desktop.settings import Settings


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
