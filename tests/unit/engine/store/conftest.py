"""A store in a fresh folder."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from desktop.engine.store import TranscriptStore


@pytest.fixture
def database_path(tmp_path: Path) -> Path:
    return tmp_path / "data" / "transcripts.db"


@pytest.fixture
def store(database_path: Path) -> Iterator[TranscriptStore]:
    with TranscriptStore.open(database_path) as opened:
        yield opened
