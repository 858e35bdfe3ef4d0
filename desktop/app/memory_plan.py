"""The plan of the graphics card's memory in words for people, and the recogniser's part in it."""

from __future__ import annotations

from desktop.engine.asr.catalogue import compute_type_for, find_spec, recommend
from desktop.engine.asr.hardware import detect
from desktop.errors import NotFoundError
from desktop.events import RecogniserChanged, RecogniserState
from desktop.records import MemoryPlanRecord, MemoryShare
from desktop.services.gpu.models import LanguageModelFacts
from desktop.services.gpu.plan import GIB, GpuPlan, Sacrifice
from desktop.services.gpu.planning import CardPlan, RecogniserNeed
from desktop.settings import Settings

_CUDA_BYTES = int(0.7 * GIB)  # what CUDA and cuDNN take beside the model
_UNKNOWN_BYTES = 5 * GIB  # of a model of a person's own

_GIVEN_UP = {
    Sacrifice.RERANK: "Fewer passages are judged a second time.",
    Sacrifice.CONTEXT: "The language model reads less text at once.",
    Sacrifice.QUANTISED: "The language model is the quantised one (AWQ).",
    Sacrifice.EMBEDDING_ON_CPU: "The embedding model runs on the processor.",
    Sacrifice.SMALLER_MODEL: "The language model is a smaller one.",
    Sacrifice.LANGUAGE_MODEL: "There is no language model on the graphics card.",
}


def recogniser_need(settings: Settings, loaded: RecogniserChanged | None) -> RecogniserNeed:
    """What the recogniser takes of the card: the loaded one, else the one that will be loaded.

    Loads the recogniser's library; call it where there is a card, off the GUI's thread.
    """
    if loaded is not None and loaded.state is RecogniserState.READY:
        name, device, kind = loaded.model, loaded.device, loaded.compute_type
    else:
        hardware = detect()
        wanted = settings.recognition.model
        name = recommend(hardware) if wanted == "auto" else wanted
        device, kind = compute_type_for(hardware, name)
        if settings.recognition.device == "cpu":
            device = "cpu"
    if device != "cuda":
        return RecogniserNeed(f"Whisper {name}", "cpu")
    try:
        size = find_spec(name).memory_bytes(kind) + _CUDA_BYTES
    except NotFoundError:
        size = _UNKNOWN_BYTES
    return RecogniserNeed(f"Whisper {name}, {kind}", "cuda", size)


def no_card(reason: str) -> MemoryPlanRecord:
    """There is nothing to share out."""
    return MemoryPlanRecord("", 0, (), (), False, f"{reason[:1].upper()}{reason[1:]}.")


def record(found: CardPlan, recogniser: RecogniserNeed, foreign: int) -> MemoryPlanRecord:
    """The plan as the window shows it; `foreign` is what other programs hold."""
    plan, wish = found.plan, found.wish
    shares = [
        MemoryShare("others", "", "cuda", foreign),
        MemoryShare("recogniser", recogniser.detail, recogniser.device, plan.recogniser),
    ]
    if wish.embedding:
        shares.append(MemoryShare("embedding", "", _device(plan.embedding), plan.embedding))
    if wish.rerank:
        shares.append(MemoryShare("reranker", "", _device(plan.reranker), plan.reranker))
    if wish.models:
        detail = f"{plan.model.name}, {plan.tokens:,}" if plan.model is not None else ""
        shares.append(
            MemoryShare(
                "language model", detail, "cuda" if plan.model else "-", plan.language_model
            )
        )
    shares.append(MemoryShare("reserve", "", "cuda", wish.reserve))
    given_up = tuple(_GIVEN_UP[sacrifice] for sacrifice in plan.sacrifices)
    fits = plan.fits or not wish.models
    return MemoryPlanRecord(
        found.card.name, wish.total, tuple(shares), given_up, fits, _hint(plan, wish.models)
    )


def _hint(plan: GpuPlan, models: tuple[LanguageModelFacts, ...]) -> str:
    """What a person can do for a better plan."""
    if not models:
        return ""
    if not plan.fits:
        return (
            f"{plan.missing / GIB:.1f} GiB are missing: close programs that use the graphics card, "
            "or choose a smaller model."
        )
    if plan.model is not None and plan.model.name != models[0].name:
        return f"Closing programs that use the graphics card leaves more room for {models[0].name}."
    return ""


def _device(size: int) -> str:
    return "cuda" if size else "cpu"
