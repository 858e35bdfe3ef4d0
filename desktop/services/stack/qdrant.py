"""The vector store: Qdrant's server when its binary is here, else Qdrant Edge in process."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

from desktop.paths import RESOURCES
from desktop.services.runtimes import marker
from desktop.services.stack import external
from desktop.services.stack.keys import read_key
from desktop.services.supervisor.http_probe import HttpProbe, VersionProbe
from desktop.services.supervisor.probes import AllOf
from desktop.services.supervisor.spec import (
    LOOPBACK,
    EmbeddedPlan,
    ManagedPlan,
    Secret,
    ServicePlan,
    ServiceSpec,
    Timing,
)
from desktop.settings import QdrantSettings

NAME = "qdrant"
LABEL = "Qdrant (vectors)"
MINIMUM = (1, 10)
_KEY_HEADER = "api-key"
_EMBEDDED = "the vectors are kept by Qdrant Edge inside Malgeul"


def find_server(root: Path) -> Path | None:
    """Qdrant's binary: downloaded by the application, shipped with it, or on PATH."""
    name = "qdrant.exe" if sys.platform == "win32" else "qdrant"
    for folder in (root / "runtimes" / "qdrant", RESOURCES.joinpath("bin")):
        program = folder / name
        if os.access(program, os.X_OK) and program.is_file() and not marker.unfinished(folder):
            return program
    found = shutil.which("qdrant")
    return Path(found) if found else None


def plan(settings: QdrantSettings, root: Path) -> ServicePlan:
    """How the vector store is there; `root` is the data directory.

    Raises:
        SettingsError: the external address is wrong.
    """
    if settings.mode == "external":
        return external.http_plan(
            settings.url,
            root,
            service=NAME,
            label=LABEL,
            health="/collections",
            schemes={"http": 6333, "https": 6333},
            key_header=_KEY_HEADER,
        )
    if settings.mode == "embedded":
        return EmbeddedPlan(NAME, LABEL, f"chosen in the settings: {_EMBEDDED}")
    server = find_server(root)
    if server is None:
        return EmbeddedPlan(
            NAME,
            LABEL,
            f"the qdrant program was not found: {_EMBEDDED}",
            hint="malgeul runtimes install qdrant. It is worth it from about 100,000 passages on.",
        )
    return ManagedPlan(spec(settings, root, server, Secret.random()))


def spec(settings: QdrantSettings, root: Path, server: Path, key: Secret) -> ServiceSpec:
    """A Qdrant of our own: loopback only, no telemetry, a key for everything."""
    data = root / "services" / NAME
    theirs = read_key(root, NAME)
    return ServiceSpec(
        name=NAME,
        label=LABEL,
        argv=(str(server),),
        port=settings.port,
        port_count=2,
        key=key,
        readiness=AllOf((HttpProbe("/readyz"), HttpProbe("/collections", key, _KEY_HEADER))),
        liveness=HttpProbe("/readyz"),
        adoption=AllOf(
            (
                VersionProbe("/", MINIMUM, "Qdrant", title="qdrant"),
                HttpProbe("/collections", theirs, _KEY_HEADER),
                VersionProbe("/", MINIMUM, "Qdrant", title="qdrant"),
            )
        ),
        adoption_key=theirs,
        environment={
            "QDRANT__SERVICE__HOST": LOOPBACK,
            "QDRANT__SERVICE__HTTP_PORT": "{port}",
            "QDRANT__SERVICE__GRPC_PORT": "{port+1}",
            "QDRANT__SERVICE__ENABLE_CORS": "false",
            "QDRANT__STORAGE__STORAGE_PATH": str(data / "storage"),
            "QDRANT__STORAGE__SNAPSHOTS_PATH": str(data / "snapshots"),
            "QDRANT__TELEMETRY_DISABLED": "true",
            "QDRANT__LOG_LEVEL": "INFO",
        },
        secret_environment={"QDRANT__SERVICE__API_KEY": key},
        directories=(data,),
        cwd=data,
        timing=Timing(start_s=120.0),
    )
