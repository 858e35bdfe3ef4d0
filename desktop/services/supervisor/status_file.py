"""What the running supervisor tells other processes: one small file, replaced atomically.

A file whose writer no longer runs, by process id and start mark, counts as absent (faults: P12).
"""

from __future__ import annotations

import dataclasses
import json
import logging
import os
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from desktop.events import ServiceMode, ServiceState, ServiceStatus
from desktop.services.supervisor.identity import ProcessIdentity

_log = logging.getLogger(__name__)
_VERSION = 1


@dataclass(frozen=True, slots=True)
class PublishedStatus:
    """The services as another process last wrote them."""

    writer: ProcessIdentity
    services: tuple[ServiceStatus, ...]


def write_status(path: Path, statuses: Sequence[ServiceStatus]) -> None:
    """Publishes `statuses` as this process's; a disk that refuses costs the file only."""
    me = ProcessIdentity.of(os.getpid())
    content = {
        "version": _VERSION,
        "pid": os.getpid(),
        "mark": me.mark if me else "",
        "monotonic_s": time.monotonic(),
        "services": [dataclasses.asdict(status) for status in statuses],
    }
    temporary = path.with_name(path.name + ".new")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary.write_text(json.dumps(content, ensure_ascii=False), encoding="utf-8")
        os.replace(temporary, path)
    except OSError as error:
        _log.warning("the services' status could not be written: %s", error)


def remove_status(path: Path) -> None:
    path.unlink(missing_ok=True)


def read_status(path: Path) -> PublishedStatus | None:
    """What a running supervisor published; None when none runs or the file is damaged."""
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        writer = ProcessIdentity(int(content["pid"]), str(content["mark"]))
        if content["version"] != _VERSION or not writer.alive():
            return None
        age_s = max(0.0, time.monotonic() - float(content["monotonic_s"]))
        services = tuple(_status(entry, age_s) for entry in content["services"])
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return PublishedStatus(writer, services)


def _status(entry: dict[str, Any], age_s: float) -> ServiceStatus:
    values = {
        **entry,
        "state": ServiceState(entry["state"]),
        "mode": ServiceMode(entry["mode"]),
    }
    if values["uptime_s"] > 0:
        values["uptime_s"] += age_s
    return ServiceStatus(**values)
