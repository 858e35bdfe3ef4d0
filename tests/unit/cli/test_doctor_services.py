"""What the doctor says of the local servers and the graphics cards they use."""

from __future__ import annotations

from pathlib import Path

import pytest

from desktop.cli import doctor_services
from desktop.engine.doctor import State
from desktop.paths import Paths
from desktop.services.gpu.planning import RecogniserNeed
from desktop.services.gpu.telemetry import Card, Reading

GIB = 1 << 30
NEED = RecogniserNeed("Whisper turbo, float16", "cuda", 3 * GIB)


def _cards(monkeypatch: pytest.MonkeyPatch, home: Path, *cards: Card) -> list[str]:
    reading = Reading(cards)
    monkeypatch.setattr("desktop.services.gpu.planning.ask_driver", lambda: reading)
    monkeypatch.setattr("desktop.app.memory_plan.recogniser_need", lambda *_: NEED)
    found = list(doctor_services._cards(Paths(home)))
    assert all(finding.state is State.OK for finding in found)
    return [finding.detail for finding in found]


def test_with_several_cards_each_says_what_it_is_for(
    monkeypatch: pytest.MonkeyPatch, home: Path
) -> None:
    small = Card(0, "NVIDIA A", 12 * GIB, 11 * GIB)
    large = Card(1, "NVIDIA B", 80 * GIB, 79 * GIB)
    (detail,) = _cards(monkeypatch, home, small, large)
    first, second = detail.split("; ")[:2]
    assert first.startswith("0: NVIDIA A: captions (Whisper turbo, float16)")
    assert second.startswith("1: NVIDIA B: language model (")
    assert "services.vllm.gpu" in detail


def test_a_card_that_nothing_uses_is_called_so(monkeypatch: pytest.MonkeyPatch, home: Path) -> None:
    cards = [Card(i, f"NVIDIA {i}", 80 * GIB, 79 * GIB) for i in range(3)]
    (detail,) = _cards(monkeypatch, home, *cards)
    assert detail.count("not used") == 1


def test_one_card_leaves_no_choice_to_tell(monkeypatch: pytest.MonkeyPatch, home: Path) -> None:
    assert _cards(monkeypatch, home, Card(0, "NVIDIA A", 24 * GIB, 20 * GIB)) == []
    assert _cards(monkeypatch, home) == []
