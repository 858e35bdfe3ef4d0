"""What the running supervisor tells other processes: two small files, replaced atomically.

``services.json`` has the states; ``endpoints.json`` beside it the addresses with their keys, so
that ``malgeul record --keywords`` can use the servers of a running Malgeul.  Both are for their
owner alone (mode 0600).  A file whose writer no longer runs, by process id and start mark, counts
as absent (faults: P12).
"""

from __future__ import annotations

import dataclasses
import json
import logging
import os
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from desktop.events import ServiceMode, ServiceState, ServiceStatus
from desktop.services.supervisor.identity import ProcessIdentity
from desktop.services.supervisor.spec import Endpoint, Secret, Terms

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
    _replace(path, json.dumps(content, ensure_ascii=False))


def write_endpoints(status_path: Path, endpoints: Mapping[str, Endpoint]) -> None:
    """Publishes where the ready services are and with which keys."""
    me = ProcessIdentity.of(os.getpid())
    content = {
        "version": _VERSION,
        "pid": os.getpid(),
        "mark": me.mark if me else "",
        "endpoints": {
            name: {
                "url": each.url,
                "key": each.key.reveal() if each.key is not None else None,
                "model": each.model,
                "terms": dataclasses.asdict(each.terms),
            }
            for name, each in endpoints.items()
        },
    }
    _replace(endpoints_path(status_path), json.dumps(content, ensure_ascii=False))


def endpoints_path(status_path: Path) -> Path:
    return status_path.with_name("endpoints.json")


def _replace(path: Path, text: str) -> None:
    """Writes a file that only its owner may read; a disk that refuses costs the file only."""
    temporary = path.with_name(path.name + ".new")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary.unlink(missing_ok=True)
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(text)
        os.replace(temporary, path)
    except OSError as error:
        _log.warning("the services' status could not be written: %s", error)


def remove_status(path: Path) -> None:
    """Nothing runs any more: no status, and no keys lie about."""
    path.unlink(missing_ok=True)
    endpoints_path(path).unlink(missing_ok=True)


def read_endpoints(status_path: Path) -> dict[str, Endpoint]:
    """The ready services of a running supervisor, by name; empty when none runs."""
    try:
        content = json.loads(endpoints_path(status_path).read_text(encoding="utf-8"))
        if content["version"] != _VERSION:
            return {}
        if not ProcessIdentity(int(content["pid"]), str(content["mark"])).alive():
            return {}
        return {str(name): _read_endpoint(each) for name, each in content["endpoints"].items()}
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return {}


def _read_endpoint(entry: dict[str, Any]) -> Endpoint:
    key, terms = entry["key"], entry["terms"]
    return Endpoint(
        str(entry["url"]),
        None if key is None else Secret(str(key)),
        entry["model"],
        Terms(bool(terms["priorities"]), int(terms["rerank_depth"])),
    )


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
