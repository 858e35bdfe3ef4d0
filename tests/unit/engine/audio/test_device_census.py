"""Which devices the system has."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from desktop.engine.audio import device_census

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="reads ALSA's files")


def test_a_card_more_is_another_census(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    cards, pcm = tmp_path / "cards", tmp_path / "pcm"
    monkeypatch.setattr(device_census, "_ALSA", (cards, pcm))
    assert device_census.census() == ""
    cards.write_text(" 0 [PCH            ]: HDA-Intel - HDA Intel PCH\n")
    pcm.write_text("00-00: ALC257 Analog : ALC257 Analog : playback 1 : capture 1\n")
    one = device_census.census()
    cards.write_text(cards.read_text() + " 1 [USB            ]: USB-Audio - USB microphone\n")
    assert device_census.census() not in ("", one)
