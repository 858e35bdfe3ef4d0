"""Who else is there: addresses of others' servers, and whether others may use ours.  Any thread."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from desktop.errors import SettingsError
from desktop.services.stack.keys import read_key
from desktop.services.supervisor.http_probe import HttpProbe
from desktop.services.supervisor.spec import ExternalPlan

_WEB = {"http": 80, "https": 443}


@dataclass(frozen=True, slots=True)
class Address:
    """Where an external server is; `path` has no slash at its end."""

    url: str
    host: str
    port: int
    tls: bool
    path: str


def open_to_all() -> bool:
    """``MALGEUL_OPEN_API=1``: our servers answer any program on this machine without a key.

    Only from this machine and never to web pages; for scripts of the original system.
    """
    return os.environ.get("MALGEUL_OPEN_API", "") == "1"


def parse(url: str, *, service: str, schemes: Mapping[str, int]) -> Address:
    """Reads `url`; `schemes` maps each allowed scheme to its usual port.

    Raises:
        SettingsError: it is no such address, or it carries a password.
    """
    example = f"{next(iter(schemes))}://host:{next(iter(schemes.values()))}"
    hint = f"In settings.json, set services.{service}.url to something like {example}."
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise SettingsError(
            f"The address of {service} is wrong: {error}.", hint=hint, code="settings.service_url"
        ) from error
    if parts.scheme not in schemes or not parts.hostname:
        raise SettingsError(
            f"The address of the external {service} is missing or of the wrong kind.",
            hint=hint,
            code="settings.service_url",
        )
    if parts.password is not None or parts.username is not None:
        raise SettingsError(
            f"The address of {service} carries a password.",
            hint=f"Keep the key in the data directory's keys/{service} file instead.",
            code="settings.service_url",
        )
    tls = parts.scheme.endswith("s") and parts.scheme != "redis"
    return Address(url, parts.hostname, port or schemes[parts.scheme], tls, parts.path.rstrip("/"))


def http_plan(
    url: str,
    root: Path,
    *,
    service: str,
    label: str,
    health: str,
    schemes: Mapping[str, int] = _WEB,
    key_header: str = "Authorization",
) -> ExternalPlan:
    """Somebody else's server that is there when it answers `health`, a path below its address.

    Raises:
        SettingsError: the address is wrong.
    """
    address = parse(url, service=service, schemes=schemes)
    key = read_key(root, service)
    probe = HttpProbe(f"{address.path}{health}", key, key_header, tls=address.tls)
    return ExternalPlan(service, label, address.url, probe, address.port, address.host, key)
