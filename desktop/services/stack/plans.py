"""All services of one installation, planned from its settings.  Any thread; may look at disk."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from desktop.errors import MalgeulError
from desktop.services.gpu.placing import Placement, place, visible
from desktop.services.gpu.plan import SHALLOW_RERANK_DEPTH, GpuPlan, Sacrifice
from desktop.services.gpu.planning import Held, RecogniserNeed, ask_driver
from desktop.services.gpu.telemetry import Reading
from desktop.services.stack import embedding, llama, qdrant, rag, redis, vllm
from desktop.services.supervisor.spec import EmbeddedPlan, ManagedPlan, ServicePlan
from desktop.settings import EmbeddingSettings, ServicesSettings

NAMES = (redis.NAME, qdrant.NAME, vllm.NAME, llama.NAME, embedding.NAME, rag.NAME)


def plan_services(
    settings: ServicesSettings,
    root: Path,
    *,
    reading: Reading | None = None,
    recogniser: RecogniserNeed | None = None,
    held: Mapping[int, Held] | None = None,
) -> tuple[ServicePlan, ...]:
    """A plan for each service; `root` is the data directory.

    Args:
        reading: the graphics cards; None asks the driver.
        recogniser: what it needs of the card, before anybody else.
        held: what our processes hold of each card already, by its index.

    A setting that cannot work makes that one service embedded, with the reason.
    """
    seen = visible(ask_driver() if reading is None else reading)
    heavy = _safely(
        vllm.NAME,
        vllm.LABEL,
        lambda: vllm.plan(settings, root, reading=seen, recogniser=recogniser, held=held),
    )
    placed = (
        place(settings, root, seen.cards, recogniser, held, on_disk=True) if seen.cards else None
    )
    return (
        _safely(redis.NAME, redis.LABEL, lambda: redis.plan(settings.redis, root)),
        _safely(qdrant.NAME, qdrant.LABEL, lambda: qdrant.plan(settings.qdrant, root)),
        *_language_models(heavy, settings, root),
        _safely(
            embedding.NAME,
            embedding.LABEL,
            lambda: _embedding_plan(settings.embedding, root, placed),
        ),
        _safely(rag.NAME, rag.LABEL, lambda: rag.plan(settings.rag, root)),
    )


def _language_models(
    language: ServicePlan, settings: ServicesSettings, root: Path
) -> tuple[ServicePlan, ServicePlan]:
    """vLLM's plan, and that of llama.cpp, which has the language model where vLLM cannot."""
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
    return language, light


def _embedding_plan(
    settings: EmbeddingSettings, root: Path, placed: Placement | None
) -> ServicePlan:
    """On the card, or off it, as `placed` says; without a card as the settings say."""
    if placed is None:
        return embedding.plan(settings, root)
    captions = placed.captions
    return embedding.plan(
        _placed(settings, captions.plan),
        root,
        rerank_depth=_rerank_depth(captions.plan),
        devices=placed.devices(captions.card),
    )


def _placed(wished: EmbeddingSettings, plan: GpuPlan) -> EmbeddingSettings:
    """Where the embedding model runs when the settings leave it open: as the memory plan says."""
    if wished.device != "auto":
        return wished
    return wished.model_copy(update={"device": "cuda" if plan.embedding else "cpu"})


def _rerank_depth(plan: GpuPlan) -> int:
    """How many passages may be judged at once by the memory plan; 0 for no limit."""
    return SHALLOW_RERANK_DEPTH if Sacrifice.RERANK in plan.sacrifices else 0


def _safely(name: str, label: str, make: Callable[[], ServicePlan]) -> ServicePlan:
    try:
        return make()
    except MalgeulError as error:
        return EmbeddedPlan(name, label, error.message, error.hint)
