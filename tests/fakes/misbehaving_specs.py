"""Plans for `misbehaving_service.py`, and free ports for them."""

from __future__ import annotations

import random
import sys
from pathlib import Path
from typing import Any

from desktop.services.supervisor.http_probe import HttpProbe
from desktop.services.supervisor.ports import free_port
from desktop.services.supervisor.spec import ManagedPlan, RestartPolicy, ServiceSpec, Timing

PROGRAM = Path(__file__).with_name("misbehaving_service.py")
QUICK = Timing(
    start_s=10.0, stop_s=0.5, probe_interval_s=0.1, probe_timeout_s=1.0, hang_s=1.5
)  # fmt: skip
SOON = RestartPolicy(first_delay_s=0.05, max_delay_s=0.1)


def some_port() -> int:
    """A port that is free now and that other tests are unlikely to choose."""
    return free_port(random.randrange(20_000, 32_000), 4)


def misbehaving(name: str, *flags: str, **fields: Any) -> ManagedPlan:
    """A service that behaves as `flags` say; `fields` change its spec."""
    given = {
        "name": name,
        "label": name.title(),
        "argv": (sys.executable, "-I", str(PROGRAM), "--port", "{port}", *flags),
        "port": some_port(),
        "readiness": HttpProbe("/health"),
        "timing": QUICK,
        "restart": SOON,
        **fields,
    }
    return ManagedPlan(ServiceSpec(**given))
