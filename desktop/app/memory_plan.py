"""The plan of the graphics card's memory in words for people, and the recogniser's part in it."""

from __future__ import annotations

import os
from collections.abc import Collection, Mapping

from desktop.engine.asr.catalogue import compute_type_for, find_spec, recommend
from desktop.engine.asr.hardware import detect
from desktop.errors import NotFoundError
from desktop.events import RecogniserChanged, RecogniserState
from desktop.records import MemoryPlanRecord, MemoryShare
from desktop.services.gpu.models import LanguageModelFacts
from desktop.services.gpu.placing import Placement
from desktop.services.gpu.plan import GIB, GpuPlan, Sacrifice
from desktop.services.gpu.planning import Held, RecogniserNeed
from desktop.services.gpu.telemetry import Card
from desktop.services.stack import needs
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


def held(card: Card, owners: Mapping[str, Collection[int]]) -> Held:
    """What of a card is ours already; `owners` are the processes of each service."""

    def by(members: Collection[int]) -> int:
        return sum(each.memory_bytes for each in card.processes if each.pid in members)

    language = sum(by(owners.get(name, ())) for name in needs.LANGUAGE)
    return Held(by({os.getpid()}), by(owners.get("embedding", ())), language)


def record(placed: Placement, recogniser: RecogniserNeed, foreign: int) -> MemoryPlanRecord:
    """The plan as the window shows it; `foreign` is what others hold of the captions' card."""
    found, language = placed.captions, placed.language
    plan, wish = found.plan, found.wish
    shares = [
        MemoryShare("others", "", "cuda", foreign),
        MemoryShare("recogniser", recogniser.detail, recogniser.device, plan.recogniser),
    ]
    if wish.embedding:
        shares.append(MemoryShare("embedding", "", _device(plan.embedding), plan.embedding))
    if wish.rerank:
        shares.append(MemoryShare("reranker", "", _device(plan.reranker), plan.reranker))
    if language.wish.models:
        shares.append(_language_share(placed))
    shares.append(MemoryShare("reserve", "", "cuda", wish.reserve))
    sacrifices = dict.fromkeys((*plan.sacrifices, *language.plan.sacrifices))
    given_up = tuple(_GIVEN_UP[sacrifice] for sacrifice in sorted(sacrifices))
    fits = language.plan.fits or not language.wish.models
    hint = _hint(language.plan, language.wish.models)
    name = f"{found.card.index}: {found.card.name}" if placed.several else found.card.name
    return MemoryPlanRecord(name, wish.total, tuple(shares), given_up, fits, hint)


def _language_share(placed: Placement) -> MemoryShare:
    plan, card = placed.language.plan, placed.language.card
    if plan.model is None:
        return MemoryShare("language model", "", "-", 0)
    detail = f"{plan.model.name}, {plan.tokens:,}"
    if not placed.apart:
        return MemoryShare("language model", detail, "cuda", plan.language_model)
    detail = f"{detail} · {card.index}: {card.name}"
    return MemoryShare("language model", detail, f"cuda:{card.index}", plan.language_model)


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
