"""The embedding server: our own code, run by the interpreter of the embedding runtime."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from desktop.services.gpu.models import folder_of
from desktop.services.runtimes import marker
from desktop.services.runtimes.catalogue import python_of
from desktop.services.stack import external
from desktop.services.stack.keys import read_key
from desktop.services.stack.openai_server import OUT_OF_GPU_MEMORY, missing_hint
from desktop.services.supervisor.http_probe import HttpProbe
from desktop.services.supervisor.spec import (
    EmbeddedPlan,
    ManagedPlan,
    Secret,
    ServicePlan,
    ServiceSpec,
    Terms,
    Timing,
)
from desktop.settings import EmbeddingSettings

NAME = "embedding"
LABEL = "BGE-M3 (embedding)"
KEY_VARIABLE = "MALGEUL_EMBEDDING_KEY"
PROGRAM = Path(__file__).resolve().parents[1] / "embedding" / "program.py"
_EMBEDDED = "documents are searched by words alone"


def find_python(root: Path) -> Path | None:
    """The interpreter of the embedding runtime; None when it is not installed."""
    folder = root / "runtimes" / NAME
    python = python_of(folder)
    return python if python.exists() and not marker.unfinished(folder) else None


def find_model(name: str, root: Path) -> Path | None:
    """The folder of a model: given as one, fetched by name, or put into ``models/embedding``."""
    if not name:
        return None
    own = root / "models" / NAME / name.rsplit("/", 1)[-1]
    return own if (own / "config.json").is_file() else folder_of(name)


def plan(
    settings: EmbeddingSettings,
    root: Path,
    *,
    rerank_depth: int = 0,
    devices: Mapping[str, str] | None = None,
) -> ServicePlan:
    """How vectors of meaning are made.

    Args:
        root: the data directory.
        rerank_depth: at most so many passages may be judged at once; 0 for no limit.
        devices: the environment that shows it its graphics card, where there are several.

    Raises:
        SettingsError: the external address is wrong.
    """
    if settings.mode == "external":
        return external.http_plan(settings.url, root, service=NAME, label=LABEL, health="/health")
    if settings.mode == "embedded":
        return EmbeddedPlan(NAME, LABEL, f"chosen in the settings: {_EMBEDDED}")
    python = find_python(root)
    if python is None:
        return EmbeddedPlan(
            NAME,
            LABEL,
            f"its environment is not installed: {_EMBEDDED}",
            hint="malgeul runtimes install embedding",
        )
    model = find_model(settings.model, root)
    if model is None:
        return EmbeddedPlan(
            NAME,
            LABEL,
            f"the model {settings.model} is not on this machine: {_EMBEDDED}",
            hint=missing_hint(settings.model, "services.embedding.model"),
        )
    reranker = find_model(settings.reranker, root)
    key = read_key(root, NAME) or Secret.random()
    made = spec(settings, root, python, key, model=model, reranker=reranker)
    environment = {**made.environment, **(devices or {})}
    terms = Terms(rerank_depth=rerank_depth)
    return ManagedPlan(replace(made, environment=environment, terms=terms))


def spec(
    settings: EmbeddingSettings,
    root: Path,
    python: Path,
    key: Secret,
    *,
    model: Path,
    reranker: Path | None = None,
) -> ServiceSpec:
    """Our embedding server: loopback only, the key in the environment, nothing fetched."""
    data = root / "services" / NAME
    options = ["--model", str(model), "--name", settings.model, "--port", "{port}"]
    if reranker is not None:
        options += ["--reranker", str(reranker), "--reranker-name", settings.reranker]
    options += ["--device", settings.device, "--batch", str(settings.batch_size)]
    options += ["--max-tokens", str(settings.max_tokens)]
    if settings.open or external.open_to_all():
        options.append("--open")
    probe = HttpProbe("/health", key, contains='"malgeul-embedding"')
    return ServiceSpec(
        name=NAME,
        label=LABEL,
        argv=(str(python), "-I", str(PROGRAM), *options),
        port=settings.port,
        key=key,
        model=settings.model,
        readiness=probe,
        environment={"HF_HUB_OFFLINE": "1", "TRANSFORMERS_OFFLINE": "1",
                     "TOKENIZERS_PARALLELISM": "false"},
        secret_environment={KEY_VARIABLE: key},
        directories=(data,),
        cwd=data,
        timing=Timing(start_s=300.0, probe_timeout_s=5.0, hang_s=10.0),
        fatal_signs=OUT_OF_GPU_MEMORY,
    )  # fmt: skip


def placed(plan: ServicePlan | None) -> tuple[object, ...]:
    """What a plan leaves to the memory plan: two that differ here are not to be mixed up."""
    if not isinstance(plan, ManagedPlan):
        return ()
    argv = plan.spec.argv
    return argv[argv.index("--device") + 1], plan.spec.environment, plan.spec.terms
