"""Which of several graphics cards gets what."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from desktop.services.gpu.models import QWEN_7B, QWEN_7B_AWQ
from desktop.services.gpu.placing import DEVICES, ORDER, Placement, place, visible
from desktop.services.gpu.plan import GIB, RESERVE_BYTES
from desktop.services.gpu.planning import Held, RecogniserNeed, plan_card
from desktop.services.gpu.telemetry import Card, Reading
from desktop.services.runtimes.catalogue import python_of
from desktop.settings import ServicesSettings, VllmSettings

NEED = RecogniserNeed("Whisper medium", "cuda", round(2.6 * GIB))
SIZES_GIB = (4, 6, 8, 12, 16, 24, 32, 48, 80)


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data directory in which the embedding server's environment is there."""
    found = tmp_path_factory.mktemp("home")
    python = python_of(found / "runtimes" / "embedding")
    python.parent.mkdir(parents=True)
    python.touch()
    return found


def cards(*gib: float, used_gib: float = 0.5) -> tuple[Card, ...]:
    return tuple(
        Card(number, f"RTX {size:g}", round(size * GIB), round((size - used_gib) * GIB))
        for number, size in enumerate(gib)
    )


def placed(root: Path, found: tuple[Card, ...], gpu: int = -1) -> Placement:
    return place(ServicesSettings(vllm=VllmSettings(gpu=gpu)), root, found, NEED)


def test_one_card_is_shared(root: Path) -> None:
    (card,) = cards(24)
    found = placed(root, (card,))
    assert found.captions is found.language
    assert found.language == plan_card(ServicesSettings(), root, card, NEED)
    assert found.devices(card) == {}, "the only card needs no naming"


def test_two_cards_hold_what_one_cannot(root: Path) -> None:
    """24 GiB for everybody means a quantised model; a card of its own holds the whole one."""
    alone = placed(root, cards(24))
    found = placed(root, cards(24, 32))
    assert alone.language.plan.model == QWEN_7B_AWQ
    assert found.apart
    assert found.language.plan.model == QWEN_7B
    assert found.captions.plan.language_model == 0
    assert found.captions.plan.sacrifices == ()
    card = found.language.card
    assert found.devices(card) == {DEVICES: "1", ORDER: "PCI_BUS_ID"}


def test_a_second_card_that_is_too_small_is_left_alone(root: Path) -> None:
    found = placed(root, cards(48, 4))
    assert not found.apart
    assert found.language.plan.model == QWEN_7B


def test_of_equals_the_one_without_captions_is_taken(root: Path) -> None:
    assert placed(root, cards(80, 80)).language.card.index == 1
    crowded = (*cards(80, 80), Card(2, "RTX 80", 80 * GIB, 79 * GIB + GIB // 2 + 1))
    assert placed(root, crowded).language.card.index == 2, "the emptiest of the others"


@pytest.mark.parametrize(("gpu", "expected"), [(0, 0), (1, 1), (2, 2), (7, 0)])
def test_a_person_may_decide(root: Path, gpu: int, expected: int) -> None:
    """A card that is not there leaves the first one."""
    assert placed(root, cards(80, 24, 8), gpu).language.card.index == expected


def test_the_language_models_memory_counts_as_free_for_its_next_start(root: Path) -> None:
    first, second = cards(24, 32)
    running = Card(1, second.name, second.total_bytes, second.free_bytes - 18 * GIB)
    held = {0: Held(), 1: Held(language_model=18 * GIB)}
    found = place(ServicesSettings(), root, (first, running), NEED, held)
    assert found.language.plan == placed(root, (first, second)).language.plan


@given(sizes=st.lists(st.sampled_from(SIZES_GIB), min_size=1, max_size=4), gpu=st.integers(-1, 4))
@hypothesis_settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_no_card_is_promised_more_than_it_has(root: Path, sizes: list[int], gpu: int) -> None:
    there = cards(*sizes)
    found = placed(root, there, gpu)
    assert found.captions.card == there[0], "the recogniser loads on CUDA's first card"
    assert found.captions.plan.recogniser == NEED.bytes, "captions are never given up"
    for each in {
        found.captions.card.index: found.captions,
        found.language.card.index: found.language,
    }.values():
        room = max(0, each.card.free_bytes - RESERVE_BYTES)
        need = NEED.bytes if each.card.index == 0 else 0
        assert each.plan.new_bytes <= max(room, need)
    if found.apart:
        assert found.captions.plan.model is None
        assert found.language.plan.recogniser == found.language.plan.embedding == 0


@given(
    sizes=st.lists(st.sampled_from(SIZES_GIB), min_size=1, max_size=3),
    more=st.sampled_from(SIZES_GIB),
)
@hypothesis_settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_one_more_card_never_makes_it_worse(root: Path, sizes: list[int], more: int) -> None:
    before = placed(root, cards(*sizes)).language
    after = placed(root, cards(*sizes, more)).language
    if before.plan.model is None:
        return
    assert after.plan.model is not None
    models = before.wish.models
    ranks = [models.index(each.plan.model) for each in (before, after) if each.plan.model]
    assert ranks[1] <= ranks[0]
    if ranks[1] == ranks[0]:
        assert after.plan.tokens >= before.plan.tokens


@pytest.mark.parametrize(
    ("chosen", "indexes"),
    [
        ("1", [1]), ("2,0", [2, 0]), ("0,0", [0]), ("GPU-8f6a", [0, 1, 2]),
        ("", []), ("-1", []), ("9", []), ("0,-1,1", [0]), ("2, 9, 0", [2]),
    ],
)  # fmt: skip
def test_cards_that_were_left_out_are_not_planned_with(chosen: str, indexes: list[int]) -> None:
    found = visible(Reading(cards(8, 8, 8)), chosen)
    assert [card.index for card in found.cards] == indexes
    assert bool(found.reason) is not bool(indexes)
