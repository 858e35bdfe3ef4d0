"""What the tests of recognition share."""

from __future__ import annotations

from pathlib import Path

import pytest

from desktop.engine.asr.hardware import Hardware
from desktop.engine.asr.modelstore import ModelStore
from desktop.engine.asr.whisper import WhisperOptions, WhisperRecogniser


@pytest.fixture
def store(tmp_path: Path) -> ModelStore:
    machine = Hardware(2, 2, 8 * 10**9, 500_000_000)  # tiny is recommended
    return ModelStore(tmp_path / "models", hardware=lambda: machine)


@pytest.fixture(scope="module")
def whisper(whisper_fixture_path: Path) -> WhisperRecogniser:
    options = WhisperOptions(short_windows=True, threads=1)
    return WhisperRecogniser.load(whisper_fixture_path, compute_type="float32", options=options)
