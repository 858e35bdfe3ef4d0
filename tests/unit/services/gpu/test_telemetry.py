"""What the driver tells, and what it does not; NVML in the form of its Python module."""

from __future__ import annotations

from types import SimpleNamespace as Some
from typing import Any

import pytest

from desktop.services.gpu.telemetry import Card, CardProcess, GpuTelemetry, card_present

GIB = 1 << 30


class NvmlError(Exception):
    pass


class NoLibraryError(NvmlError):
    pass


class Driver:
    """One card with our process, somebody's game, and a figure that it keeps to itself."""

    NVMLError = NvmlError
    NVMLError_LibraryNotFound = NoLibraryError
    NVML_TEMPERATURE_GPU = 0

    def __init__(self) -> None:
        self.opened = 0
        self.fails: Exception | None = None

    def nvmlInit(self) -> None:  # noqa: N802
        self.opened += 1
        if self.fails is not None:
            raise self.fails

    def nvmlShutdown(self) -> None:  # noqa: N802
        self.opened -= 1

    def nvmlDeviceGetCount(self) -> int:  # noqa: N802
        if self.fails is not None:
            raise self.fails
        return 1

    def nvmlDeviceGetHandleByIndex(self, index: int) -> int:  # noqa: N802
        return index

    def nvmlDeviceGetName(self, _: int) -> bytes:  # noqa: N802
        return b"NVIDIA GeForce RTX 5090"

    def nvmlDeviceGetMemoryInfo(self, _: int) -> Some:  # noqa: N802
        return Some(total=32 * GIB, free=20 * GIB, used=12 * GIB)

    def nvmlDeviceGetUtilizationRates(self, _: int) -> Some:  # noqa: N802
        return Some(gpu=37)

    def nvmlDeviceGetPowerUsage(self, _: int) -> int:  # noqa: N802
        raise NvmlError("Not Supported")

    def nvmlDeviceGetTemperature(self, _: int, kind: int) -> int:  # noqa: N802
        return 61 + kind

    def nvmlDeviceGetComputeRunningProcesses(self, _: int) -> list[Some]:  # noqa: N802
        return [Some(pid=10, usedGpuMemory=5 * GIB), Some(pid=11, usedGpuMemory=None)]

    def nvmlDeviceGetGraphicsRunningProcesses(self, _: int) -> list[Some]:  # noqa: N802
        return [Some(pid=10, usedGpuMemory=4 * GIB), Some(pid=99, usedGpuMemory=6 * GIB)]


def telemetry(driver: Any, now_s: list[float] | None = None) -> GpuTelemetry:
    clock = now_s or [100.0]
    return GpuTelemetry(load=lambda: driver, clock=lambda: clock[0])


def test_a_card_with_foreign_programs() -> None:
    driver = Driver()
    found = telemetry(driver)
    reading = found.read()
    assert reading.reason == ""
    (card,) = reading.cards
    assert card == Card(
        0, "NVIDIA GeForce RTX 5090", 32 * GIB, 20 * GIB, 0.37, 61.0, None,
        (CardProcess(10, 5 * GIB), CardProcess(11, 0), CardProcess(99, 6 * GIB)),
    )  # fmt: skip
    assert card.used_bytes == 12 * GIB
    assert card.foreign_bytes({10}) == 7 * GIB
    found.read()
    assert driver.opened == 1, "opened once"
    found.close()
    found.close()
    assert driver.opened == 0


def test_a_driver_that_goes_away_and_comes_back() -> None:
    driver, now_s = Driver(), [0.0]
    found = telemetry(driver, now_s)
    assert found.read().cards
    driver.fails = NvmlError("GPU is lost")
    assert found.read().reason == "the NVIDIA driver does not answer: GPU is lost"
    driver.fails = None
    assert not found.read().cards, "it is left alone for a while"
    now_s[0] = 61.0
    assert found.read().cards


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (NoLibraryError(), "there is no NVIDIA driver"),
        (NvmlError("Driver/library version mismatch"), "does not answer: Driver/library version"),
    ],
)
def test_no_driver(error: Exception, reason: str) -> None:
    driver = Driver()
    driver.fails = error
    assert reason in telemetry(driver).read().reason


def test_no_package() -> None:
    def load() -> Any:
        raise ImportError

    assert "nvidia-ml-py" in GpuTelemetry(load=load).read().reason


def test_this_machine_answers_one_way_or_the_other() -> None:
    found = GpuTelemetry()
    reading = found.read()
    found.close()
    assert bool(reading.cards) != bool(reading.reason)
    assert card_present() is bool(reading.cards)
