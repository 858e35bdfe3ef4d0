"""What NVIDIA's driver tells about its cards: memory by process, load, temperature, power.

NVML is loaded at the first question and kept; one thread at a time.  Without a card every reading
is empty and says why, and the driver is looked for again once a minute (a card may be passed
through or a driver installed while Malgeul runs).
"""

from __future__ import annotations

import contextlib
import importlib
import logging
import time
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from typing import Any

_log = logging.getLogger(__name__)
_LOOK_AGAIN_S = 60.0


@dataclass(frozen=True, slots=True)
class CardProcess:
    """A program that holds memory of a card; what the driver does not tell counts as 0."""

    pid: int
    memory_bytes: int


@dataclass(frozen=True, slots=True)
class Card:
    """One graphics card at one moment.  What the driver does not tell is None."""

    index: int
    name: str
    total_bytes: int
    free_bytes: int
    utilisation: float = 0.0  # 0..1
    temperature_c: float | None = None
    power_w: float | None = None
    processes: tuple[CardProcess, ...] = ()

    @property
    def used_bytes(self) -> int:
        return self.total_bytes - self.free_bytes

    def foreign_bytes(self, ours: Collection[int]) -> int:
        """What others hold: everything in use that is not our processes', the driver's too."""
        own = sum(each.memory_bytes for each in self.processes if each.pid in ours)
        return max(0, self.used_bytes - own)


@dataclass(frozen=True, slots=True)
class Reading:
    """All cards, or why there is none, in words for people."""

    cards: tuple[Card, ...] = ()
    reason: str = ""


@dataclass
class GpuTelemetry:
    """Asks the driver.  `load` gives the module pynvml; another one in tests."""

    load: Callable[[], Any] = field(default=lambda: importlib.import_module("pynvml"))
    clock: Callable[[], float] = time.monotonic
    _nvml: Any = None
    _reason: str = ""
    _again_s: float = 0.0

    def read(self) -> Reading:
        """The cards now; never raises."""
        nvml = self._opened()
        if nvml is None:
            return Reading(reason=self._reason)
        try:
            cards = tuple(_card(nvml, index) for index in range(nvml.nvmlDeviceGetCount()))
        except nvml.NVMLError as error:
            _log.warning("the NVIDIA driver does not answer: %s", error)
            self.close()
            self._reason = f"the NVIDIA driver does not answer: {error}"
            self._again_s = self.clock() + _LOOK_AGAIN_S
            return Reading(reason=self._reason)
        return Reading(cards, "" if cards else "there is no NVIDIA graphics card")

    def close(self) -> None:
        """Lets go of the driver."""
        nvml, self._nvml = self._nvml, None
        if nvml is not None:
            with contextlib.suppress(nvml.NVMLError):
                nvml.nvmlShutdown()

    def _opened(self) -> Any:
        if self._nvml is not None or self.clock() < self._again_s:
            return self._nvml
        self._again_s = self.clock() + _LOOK_AGAIN_S
        try:
            nvml = self.load()
        except ImportError:
            self._reason = "the package nvidia-ml-py is not installed"
            return None
        try:
            nvml.nvmlInit()
        except nvml.NVMLError_LibraryNotFound:
            self._reason = "there is no NVIDIA driver"
        except (nvml.NVMLError, OSError) as error:
            self._reason = f"the NVIDIA driver does not answer: {error}"
        else:
            self._nvml, self._again_s = nvml, 0.0
        return self._nvml


def card_present() -> bool:
    """Whether NVIDIA's driver reports a card."""
    telemetry = GpuTelemetry()
    try:
        return bool(telemetry.read().cards)
    finally:
        telemetry.close()


def _card(nvml: Any, index: int) -> Card:
    handle = nvml.nvmlDeviceGetHandleByIndex(index)
    memory = nvml.nvmlDeviceGetMemoryInfo(handle)
    name = nvml.nvmlDeviceGetName(handle)
    rates = _told(nvml, lambda: nvml.nvmlDeviceGetUtilizationRates(handle).gpu)
    power_mw = _told(nvml, lambda: nvml.nvmlDeviceGetPowerUsage(handle))
    celsius = _told(nvml, lambda: nvml.nvmlDeviceGetTemperature(handle, nvml.NVML_TEMPERATURE_GPU))
    return Card(
        index=index,
        name=name.decode() if isinstance(name, bytes) else str(name),
        total_bytes=int(memory.total),
        free_bytes=int(memory.free),
        utilisation=0.0 if rates is None else min(1.0, rates / 100.0),
        temperature_c=celsius,
        power_w=None if power_mw is None else power_mw / 1000.0,
        processes=_processes(nvml, handle),
    )


def _processes(nvml: Any, handle: Any) -> tuple[CardProcess, ...]:
    """Programs on a card, those that compute and those that draw; each once."""
    found: dict[int, int] = {}
    for ask in (
        nvml.nvmlDeviceGetComputeRunningProcesses,
        nvml.nvmlDeviceGetGraphicsRunningProcesses,
    ):
        try:
            programs = ask(handle)
        except nvml.NVMLError:
            continue
        for program in programs:
            used = int(program.usedGpuMemory or 0)
            found[int(program.pid)] = max(found.get(int(program.pid), 0), used)
    return tuple(CardProcess(pid, used) for pid, used in sorted(found.items()))


def _told(nvml: Any, ask: Callable[[], float]) -> float | None:
    """A figure that not every card tells, nor every version of the package asks for."""
    try:
        return float(ask())
    except (nvml.NVMLError, AttributeError):
        return None
