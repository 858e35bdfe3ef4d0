"""All services of one installation, planned from its settings.  Any thread; may look at disk."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from desktop.errors import MalgeulError
from desktop.services.gpu.planning import Held, RecogniserNeed
from desktop.services.stack import embedding, llama, qdrant, redis, vllm
from desktop.services.supervisor.spec import EmbeddedPlan, ManagedPlan, ServicePlan
from desktop.settings import ServicesSettings

NAMES = (redis.NAME, qdrant.NAME, vllm.NAME, llama.NAME, embedding.NAME)


def plan_services(
    settings: ServicesSettings,
    root: Path,
    *,
    recogniser: RecogniserNeed | None = None,
    held: Held | None = None,
) -> tuple[ServicePlan, ...]:
    """A plan for each service; `root` is the data directory.

    Args:
        recogniser: what it needs of the graphics card, before anybody else.
        held: what our processes hold of it already.

    A setting that cannot work makes that one service embedded, with the reason.
    """
    language = _safely(
        vllm.NAME,
        vllm.LABEL,
        lambda: vllm.plan(settings, root, recogniser=recogniser, held=held),
    )
    if isinstance(language, EmbeddedPlan):
        light = _safely(llama.NAME, llama.LABEL, lambda: llama.plan(settings.llama, root))
    else:
        light = EmbeddedPlan(llama.NAME, llama.LABEL, "not needed: vLLM has the language model")
    if isinstance(language, EmbeddedPlan) and isinstance(light, ManagedPlan):
        language = EmbeddedPlan(
            vllm.NAME,
            vllm.LABEL,
            f"{language.reason}; llama.cpp has the language model",
            language.hint,
        )
    return (
        _safely(redis.NAME, redis.LABEL, lambda: redis.plan(settings.redis, root)),
        _safely(qdrant.NAME, qdrant.LABEL, lambda: qdrant.plan(settings.qdrant, root)),
        language,
        light,
        _safely(embedding.NAME, embedding.LABEL, lambda: embedding.plan(settings.embedding, root)),
    )


def _safely(name: str, label: str, make: Callable[[], ServicePlan]) -> ServicePlan:
    try:
        return make()
    except MalgeulError as error:
        return EmbeddedPlan(name, label, error.message, error.hint)
