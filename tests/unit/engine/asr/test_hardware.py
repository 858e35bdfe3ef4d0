"""Looking at this machine."""

from __future__ import annotations

import os
import subprocess
import sys

import psutil
import pytest

from desktop.engine.asr.hardware import CudaDevice, Hardware, allowed, detect


def test_detect_agrees_with_the_system() -> None:
    found = detect()
    assert 1 <= found.physical_cores <= found.logical_cores <= (os.cpu_count() or 1)
    assert found.ram_total_bytes == psutil.virtual_memory().total
    assert 0 < found.ram_free_bytes <= found.ram_total_bytes
    assert "int8" in found.cpu_compute_types
    assert (found.card is None) == (not found.cuda or not found.cuda_usable)


@pytest.mark.parametrize(("cores", "threads"), [(1, 1), (2, 2), (4, 4), (64, 4)])
def test_threads_leave_room_for_others(cores: int, threads: int) -> None:
    assert Hardware(cores, cores * 2, 1, 1).threads == threads


@pytest.mark.parametrize(
    ("chosen", "left"),
    [("", [0, 1, 2]), ("1", [1]), ("2, 0", [2, 0]), ("7", []), ("GPU-1a2b", [0, 1, 2])],
)
def test_only_cards_that_a_person_left_to_cuda_count(chosen: str, left: list[int]) -> None:
    """Else a model would be sized by the memory of a card that it is not loaded on."""
    cards = tuple(CudaDevice(index, "L4", 24 << 30, 20 << 30) for index in range(3))
    assert [card.index for card in allowed(cards, chosen)] == left


def test_missing_packages_never_raise() -> None:
    code = (
        "import sys; sys.modules['pynvml'] = None; sys.modules['ctranslate2'] = None\n"
        "from desktop.engine.asr.hardware import detect\n"
        "found = detect(); print(found.cuda, found.cuda_usable, found.cpu_compute_types)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "() 0 ()"


def test_no_torch() -> None:
    code = (
        "import sys; from desktop.engine.asr.hardware import detect; detect()\n"
        "print('torch' in sys.modules, 'PySide6' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False False"
