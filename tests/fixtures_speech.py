"""Pytest plugin: the Whisper fixture model and synthetic speech (`tests.speech`)."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.speech import EspeakMissingError, SpeechMaker, espeak_version

_MODEL = Path(__file__).parent / "models" / "whisper-fixture"


@pytest.fixture(scope="session")
def whisper_fixture_path() -> Path:
    """Folder of the small Whisper model (CTranslate2) that understands `tests.speech.grammar`."""
    return _MODEL


@pytest.fixture(scope="session")
def speech() -> SpeechMaker:
    """Synthetic speech; skips the test where libespeak-ng is not installed."""
    try:
        espeak_version()
    except EspeakMissingError as error:
        pytest.skip(str(error))
    return SpeechMaker()
