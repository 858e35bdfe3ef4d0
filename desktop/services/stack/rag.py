"""The RAG server: our own program in a process of its own, or somebody else's."""

from __future__ import annotations

from pathlib import Path

from desktop.interpreter import python_command
from desktop.services.stack import external
from desktop.services.stack.keys import read_key
from desktop.services.supervisor.http_probe import HttpProbe
from desktop.services.supervisor.spec import (
    ManagedPlan,
    Secret,
    ServicePlan,
    ServiceSpec,
    Timing,
)
from desktop.settings import RagSettings

NAME = "rag"
LABEL = "Documents and answers"
KEY_VARIABLE = "MALGEUL_RAG_KEY"
# The store has to be known from the beginning.  Cache, vectors and language model are used once
# they are there: words are searched without them.
_AFTER = ("qdrant",)
_IMPORTABLE = Path(__file__).resolve().parents[3]  # the folder that `desktop` is in


def plan(settings: RagSettings, root: Path) -> ServicePlan:
    """How documents are answered from; `root` is the data directory.

    Raises:
        SettingsError: the external address is wrong.
    """
    if settings.mode == "external":
        return external.http_plan(settings.url, root, service=NAME, label=LABEL, health="/health")
    return ManagedPlan(spec(settings, root, read_key(root, NAME) or Secret.random()))


def spec(settings: RagSettings, root: Path, key: Secret) -> ServiceSpec:
    """Our RAG server: loopback only, the key in the environment."""
    data = root / "services" / NAME
    options = ("--open",) if settings.open or external.open_to_all() else ()
    return ServiceSpec(
        name=NAME,
        label=LABEL,
        argv=(*python_command(), "-m", "desktop", "rag-server", "--port", "{port}", *options),
        port=settings.port,
        key=key,
        readiness=HttpProbe("/health", key, contains='"malgeul-rag"'),
        environment={"MALGEUL_HOME": str(root), "PYTHONPATH": str(_IMPORTABLE)},
        secret_environment={KEY_VARIABLE: key},
        directories=(data,),
        cwd=data,
        dependencies=_AFTER,
        timing=Timing(start_s=120.0, probe_timeout_s=5.0, hang_s=10.0),
    )
