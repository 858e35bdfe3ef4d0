"""The known models and the choice among them."""

from __future__ import annotations

import re

import pytest

from desktop.engine.asr.catalogue import CATALOGUE, compute_type_for, find_spec, recommend
from desktop.engine.asr.hardware import CudaDevice, Hardware
from desktop.errors import NotFoundError

GB = 10**9
CUDA_TYPES = ("float16", "float32", "int8", "int8_float16", "int8_float32")


def machine(
    *, cores: int = 8, free_gb: float = 16, card_gb: float = 0, types: tuple[str, ...] = CUDA_TYPES
) -> Hardware:
    cards = (CudaDevice(0, "Card", int(card_gb * GB), int(card_gb * GB)),) if card_gb else ()
    return Hardware(
        cores, cores * 2, 32 * GB, int(free_gb * GB), cards, len(cards), ("int8", "float32"), types
    )


def test_every_entry_is_whole_and_the_one_faster_whisper_uses() -> None:
    from faster_whisper.utils import _MODELS

    assert len({spec.name for spec in CATALOGUE}) == len(CATALOGUE)
    for spec in CATALOGUE:
        assert _MODELS[spec.name] == spec.repo_id
        assert spec.revision is None or re.fullmatch(r"[0-9a-f]{40}", spec.revision)
        assert not spec.weights_sha256 or re.fullmatch(r"[0-9a-f]{64}", spec.weights_sha256)
        assert (spec.revision is None) == (not spec.weights_sha256)
        # two bytes a parameter on the hub
        assert spec.download_bytes == pytest.approx(spec.parameters_m * 2_000_000, rel=0.05)


def test_names_and_aliases() -> None:
    assert find_spec("large-v3-turbo") is find_spec("turbo")
    assert find_spec("large").name == "large-v3"
    with pytest.raises(NotFoundError) as caught:
        find_spec("huge")
    assert "turbo" in caught.value.hint


def test_memory_agrees_with_published_measurements() -> None:
    large, turbo = find_spec("large-v3"), find_spec("turbo")
    assert large.memory_bytes("float16") == pytest.approx(4.52 * GB, rel=0.05)
    assert large.memory_bytes("int8_float16") == pytest.approx(2.95 * GB, rel=0.05)
    assert turbo.memory_bytes("float16") == pytest.approx(2.54 * GB, rel=0.05)


@pytest.mark.parametrize(
    ("hardware", "name", "runs_as"),
    [
        (machine(card_gb=32), "turbo", ("cuda", "float16")),
        (machine(card_gb=6), "turbo", ("cuda", "float16")),
        (machine(card_gb=4), "turbo", ("cuda", "float16")),
        (machine(card_gb=2.2), "small", ("cuda", "float16")),
        (machine(card_gb=0.5), "small", ("cpu", "int8")),
        (machine(card_gb=16, types=("float32", "int8")), "turbo", ("cuda", "int8")),
        (machine(cores=8), "small", ("cpu", "int8")),
        (machine(cores=2), "base", ("cpu", "int8")),
        (machine(cores=8, free_gb=2), "base", ("cpu", "int8")),
        (machine(cores=1, free_gb=0.7), "tiny", ("cpu", "int8")),
    ],
)
def test_recommendation(hardware: Hardware, name: str, runs_as: tuple[str, str]) -> None:
    assert recommend(hardware) == name
    assert compute_type_for(hardware, name) == runs_as


def test_what_does_not_fit_the_card_runs_in_int8_or_on_the_cpu() -> None:
    assert compute_type_for(machine(card_gb=4), "large-v3") == ("cuda", "int8_float16")
    assert compute_type_for(machine(card_gb=2), "large-v3") == ("cpu", "int8")


def test_an_imported_model_gets_a_precision_too() -> None:
    assert compute_type_for(machine(card_gb=16), "my model") == ("cuda", "float16")
    assert compute_type_for(machine(), "my model") == ("cpu", "int8")


def test_a_card_that_cuda_does_not_see_counts_for_nothing() -> None:
    card = CudaDevice(0, "Card", 32 * GB, 32 * GB)
    hardware = Hardware(8, 16, 32 * GB, 16 * GB, (card,), 0)
    assert recommend(hardware) == "small"
