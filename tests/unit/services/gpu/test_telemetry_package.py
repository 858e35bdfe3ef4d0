"""The package nvidia-ml-py as it is installed, over a library with the driver's C interface."""

from __future__ import annotations

import ctypes
import importlib
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from desktop.services.gpu.telemetry import Card, CardProcess, GpuTelemetry

SOURCE = Path(__file__).parents[3] / "fakes" / "nvml_library.c"
GIB = 1 << 30


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> ctypes.CDLL:
    compiler = shutil.which("cc")
    if compiler is None or sys.platform != "linux":
        pytest.skip("no C compiler")
    made = tmp_path_factory.mktemp("nvml") / "libnvidia-ml.so.1"
    command = [compiler, "-shared", "-fPIC", "-o", str(made), str(SOURCE)]
    subprocess.run(command, check=True, timeout=60)
    return ctypes.CDLL(str(made))


@pytest.fixture
def pynvml(library: ctypes.CDLL, monkeypatch: pytest.MonkeyPatch) -> Any:
    """The package with that library loaded, as it does with the driver's."""
    module = importlib.import_module("pynvml")
    monkeypatch.setattr(module, "nvmlLib", library)
    monkeypatch.setattr(module, "_nvmlGetFunctionPointer_cache", {})
    return module


def test_cards_are_read_through_the_real_package(pynvml: Any, library: ctypes.CDLL) -> None:
    telemetry = GpuTelemetry()
    reading = telemetry.read()
    assert reading.reason == ""
    assert reading.cards == (
        Card(
            0, "NVIDIA RTX 5090", 32 * GIB, 20 * GIB, 0.37, 61.0, 187.5,
            (CardProcess(10, 5 * GIB), CardProcess(11, 0), CardProcess(99, 2 * GIB)),
        ),
        Card(1, "NVIDIA T400", 4 * GIB, 3 * GIB, 0.37, 61.0, None, ()),
    )  # fmt: skip
    assert library.opened_times() == 1
    telemetry.close()
    assert library.opened_times() == 0


def test_without_a_driver_the_real_package_says_so() -> None:
    telemetry = GpuTelemetry()
    reading = telemetry.read()
    telemetry.close()
    if reading.cards:
        pytest.skip("there is a graphics card")
    assert reading.reason == "there is no NVIDIA driver"


def test_what_a_later_package_drops_is_not_told(pynvml: Any) -> None:
    """nvmlDeviceGetTemperature is announced to go; a card without it is still a card."""
    without = type(sys)("pynvml")
    without.__dict__.update(pynvml.__dict__)
    del without.nvmlDeviceGetTemperature
    telemetry = GpuTelemetry(load=lambda: without)
    first, _ = telemetry.read().cards
    telemetry.close()
    assert first.temperature_c is None
    assert first.power_w == 187.5
