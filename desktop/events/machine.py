"""What the machine does: graphics cards, processes, language model, recogniser."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ProcessLoad:
    """One of our processes, or everybody else's together ("other").

    `cpu` is in cores (1.0 = one core busy); `gpu_memory_bytes` is over all cards.
    """

    name: str  # "malgeul", a service's name, or "other"
    pid: int  # 0 for "other"
    cpu: float
    memory_bytes: int
    gpu_memory_bytes: int = 0


@dataclass(frozen=True, slots=True)
class GpuLoad:
    """One graphics card.  What the driver does not tell is None."""

    index: int
    name: str
    utilisation: float  # 0..1
    memory_used_bytes: int
    memory_total_bytes: int
    temperature_c: float | None = None
    power_w: float | None = None


@dataclass(frozen=True, slots=True)
class LlmLoad:
    """The language model over the last interval.  None: nothing happened, or not told.

    `source` is "vllm" (its /metrics) or "client" (counted by our own client).
    """

    source: str
    tokens_in_per_s: float
    tokens_out_per_s: float
    running: int
    waiting: int
    first_token_s: float | None = None
    inter_token_s: float | None = None
    kv_cache: float | None = None  # 0..1
    prefix_hits: float | None = None  # 0..1 of the queried prefix tokens


@dataclass(frozen=True, slots=True)
class MachineMeasured:
    """One look at the machine, about once a second.  Latest wins.

    `real_time_factor` and `lag_s` are the recogniser's worst track; None while nothing is
    recognised.  `keyword_latency_s` is the last request's.
    """

    wall_s: float
    cpu: float  # 0..1 of all cores
    memory_used_bytes: int
    memory_total_bytes: int
    processes: tuple[ProcessLoad, ...]
    gpus: tuple[GpuLoad, ...] = ()
    gpu_reason: str = ""  # why there is no card, for people
    llm: LlmLoad | None = None
    real_time_factor: float | None = None
    lag_s: float | None = None
    keyword_latency_s: float | None = None
