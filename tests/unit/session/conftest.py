"""A data directory for a session."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))
from session_parts import Home

from desktop.engine.store.store import TranscriptStore


@pytest.fixture
def data(tmp_path: Path) -> Iterator[Home]:
    with TranscriptStore.open(tmp_path / "transcripts.db") as store:
        home = Home(tmp_path, store)
        home.settings.recognition.language = "en"
        home.settings.interface.language = "en"
        yield home
