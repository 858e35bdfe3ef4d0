"""The local servers."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class ServiceState(StrEnum):
    STOPPED = "stopped"
    STARTING = "starting"
    READY = "ready"
    DEGRADED = "degraded"  # runs, but does not answer as it should
    BACKOFF = "backoff"  # failed; waits before the next try
    FAILED = "failed"  # given up until a person asks again
    STOPPING = "stopping"


class ServiceMode(StrEnum):
    MANAGED = "managed"  # a child process of ours
    EMBEDDED = "embedded"  # the simpler form inside the application
    EXTERNAL = "external"  # somebody else's server; never stopped by us


@dataclass(frozen=True, slots=True)
class ServiceStatus:
    """One local service at one moment.  `pid` and `port` are 0 where there is none."""

    name: str  # "redis", "vllm", ...
    label: str  # shown to people
    state: ServiceState
    mode: ServiceMode
    reason: str = ""  # why it is in this state or mode, in words
    hint: str = ""  # what a person can do about it
    pid: int = 0
    port: int = 0
    url: str = ""
    uptime_s: float = 0.0  # since it became ready
    restarts: int = 0


@dataclass(frozen=True, slots=True)
class ServiceChanged:
    """A service's state, mode, reason, process or port changed.  Lossless, in order."""

    status: ServiceStatus
    previous: ServiceState
    wall_s: float
