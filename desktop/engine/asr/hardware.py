"""What the machine offers to recognition: cores, memory and NVIDIA cards, without torch.

Thread: any; `detect` takes some milliseconds and never raises.
"""

from __future__ import annotations

import logging
import os
from dataclasses import dataclass

import psutil

_log = logging.getLogger(__name__)

_DEVICES = "CUDA_VISIBLE_DEVICES"
_ORDER = "CUDA_DEVICE_ORDER"
_BY_BUS = "PCI_BUS_ID"  # as the driver counts; CUDA's own order is by speed
_THREAD_CAP = 4  # as many threads as cores collapse on a machine that does other work


@dataclass(frozen=True, slots=True)
class CudaDevice:
    """One NVIDIA card."""

    index: int
    name: str
    total_bytes: int
    free_bytes: int


@dataclass(frozen=True, slots=True)
class Hardware:
    """The machine at the moment of asking.

    Args:
        physical_cores, logical_cores: at least 1 each.
        ram_total_bytes, ram_free_bytes: what can be used without swapping.
        cuda: cards that CUDA may use, its first one first.
        cuda_usable: cards that CTranslate2 sees (0 when it was built without CUDA).
        cpu_compute_types, cuda_compute_types: what CTranslate2 supports on each.
    """

    physical_cores: int
    logical_cores: int
    ram_total_bytes: int
    ram_free_bytes: int
    cuda: tuple[CudaDevice, ...] = ()
    cuda_usable: int = 0
    cpu_compute_types: tuple[str, ...] = ()
    cuda_compute_types: tuple[str, ...] = ()

    @property
    def threads(self) -> int:
        """Threads for decoding on the CPU."""
        return max(1, min(self.physical_cores, _THREAD_CAP))

    @property
    def card(self) -> CudaDevice | None:
        """The card that decoding would use."""
        return self.cuda[0] if self.cuda and self.cuda_usable else None


def detect() -> Hardware:
    """Looks at the machine.  What cannot be found out counts as absent."""
    logical = _available_cores()
    physical = psutil.cpu_count(logical=False) or logical
    memory = psutil.virtual_memory()
    os.environ.setdefault(_ORDER, _BY_BUS)  # CUDA's first card is then the driver's first
    usable, cpu_types, cuda_types = _ctranslate2()
    return Hardware(
        physical_cores=max(1, min(physical, logical)),
        logical_cores=logical,
        ram_total_bytes=int(memory.total),
        ram_free_bytes=int(memory.available),
        cuda=allowed(_cards(), os.environ.get(_DEVICES, "")),
        cuda_usable=usable,
        cpu_compute_types=cpu_types,
        cuda_compute_types=cuda_types,
    )


def allowed(cards: tuple[CudaDevice, ...], chosen: str) -> tuple[CudaDevice, ...]:
    """The cards that a person left to CUDA, in that order.

    Args:
        chosen: as CUDA_VISIBLE_DEVICES has it: "1" or "1,0".  Names other than plain numbers are
            not understood and change nothing.
    """
    words = chosen.split(",")
    if not all(word.strip().isdigit() for word in words):
        return cards
    by_index = {card.index: card for card in cards}
    return tuple(by_index[int(word)] for word in words if int(word) in by_index)


def _available_cores() -> int:
    if hasattr(os, "sched_getaffinity"):
        return max(1, len(os.sched_getaffinity(0)))
    return max(1, os.cpu_count() or 1)


def _cards() -> tuple[CudaDevice, ...]:
    try:
        import pynvml
    except ImportError:
        return ()
    try:
        pynvml.nvmlInit()
    except (pynvml.NVMLError, OSError) as error:
        _log.debug("no NVIDIA driver: %s", error)
        return ()
    try:
        return tuple(_card(index) for index in range(pynvml.nvmlDeviceGetCount()))
    except pynvml.NVMLError as error:
        _log.warning("the NVIDIA driver does not answer: %s", error)
        return ()
    finally:
        pynvml.nvmlShutdown()


def _card(index: int) -> CudaDevice:
    from pynvml import nvmlDeviceGetHandleByIndex, nvmlDeviceGetMemoryInfo, nvmlDeviceGetName

    handle = nvmlDeviceGetHandleByIndex(index)
    memory = nvmlDeviceGetMemoryInfo(handle)
    name = nvmlDeviceGetName(handle)
    return CudaDevice(
        index=index,
        name=name.decode() if isinstance(name, bytes) else str(name),
        total_bytes=int(memory.total),
        free_bytes=int(memory.free),
    )


def _ctranslate2() -> tuple[int, tuple[str, ...], tuple[str, ...]]:
    try:
        import ctranslate2

        cpu = tuple(sorted(ctranslate2.get_supported_compute_types("cpu")))
        usable = int(ctranslate2.get_cuda_device_count())
        cuda = tuple(sorted(ctranslate2.get_supported_compute_types("cuda"))) if usable else ()
    except (ImportError, OSError, RuntimeError, ValueError) as error:
        _log.warning("CTranslate2 cannot be asked: %s", error)
        return 0, (), ()
    return usable, cpu, cuda
