"""The doctor's look at the local servers: their environments and programs, the memory plan."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from desktop.cli.console import size
from desktop.engine.doctor.finding import Finding, State
from desktop.paths import Paths
from desktop.records import RuntimeRecord

if TYPE_CHECKING:
    from desktop.services.gpu.placing import Placement
    from desktop.services.gpu.planning import RecogniserNeed
    from desktop.services.gpu.telemetry import Card


def check(paths: Paths) -> Iterator[Finding]:
    """What is installed beside Malgeul, and how each server would be there."""
    from desktop.services.runtimes.shelf import shelf

    for record in shelf(paths.root).records():
        yield _runtime(record)
    yield from _servers(paths)
    yield from _cards(paths)


def _runtime(record: RuntimeRecord) -> Finding:
    name, title = f"runtime_{record.name}", record.label
    if record.installed:
        detail = f"{record.version or 'made by hand'}, {size(record.size_bytes)}"
        if not record.reason:
            return Finding(name, title, State.OK, detail)
        return Finding(name, title, State.WARN, f"{detail}; {record.reason}", record.hint)
    if "interrupted" in record.reason:
        fix = f"malgeul runtimes install {record.name}"
        return Finding(name, title, State.WARN, record.reason, fix)
    return Finding(name, title, State.OK, record.reason or "not installed; Malgeul works without")


def _servers(paths: Paths) -> Iterator[Finding]:
    """A server that is embedded says why; that is fine, so nothing here is a failure."""
    from desktop.cli.services import planned
    from desktop.services.supervisor.spec import EmbeddedPlan, ExternalPlan

    for plan in planned(paths):
        if isinstance(plan, EmbeddedPlan):
            hint = f" ({plan.hint})" if plan.hint else ""
            detail = f"embedded: {plan.reason}{hint}"
        elif isinstance(plan, ExternalPlan):
            detail = f"external: {plan.url}"
        else:
            detail = f"can run, on port {plan.spec.port}"
        yield Finding(f"service_{plan.name}", plan.label, State.OK, detail)


def _cards(paths: Paths) -> Iterator[Finding]:
    """Which graphics card is used for what, where there is a choice of cards."""
    from desktop import settings
    from desktop.app.memory_plan import recogniser_need
    from desktop.services.gpu.placing import place, visible
    from desktop.services.gpu.planning import ask_driver

    cards = visible(ask_driver()).cards
    if len(cards) < 2:
        return
    found = settings.load(paths.settings)
    need = recogniser_need(found, None)
    placed = place(found.services, paths.root, cards, need)
    uses = "; ".join(f"{card.index}: {card.name}: {_use(card, placed, need)}" for card in cards)
    note = "the setting services.vllm.gpu chooses the language model's card"
    yield Finding("gpu_cards", "Graphics cards", State.OK, f"{uses} ({note})")


def _use(card: Card, placed: Placement, need: RecogniserNeed) -> str:
    captions, language = placed.captions, placed.language
    uses = []
    if card.index == captions.card.index:
        uses.append(f"captions ({need.detail})" if need.device == "cuda" else "")
        uses.append("embedding model" if captions.plan.embedding else "")
        uses.append("reranker" if captions.plan.reranker else "")
    if card.index == language.card.index and language.plan.model is not None:
        uses.append(f"language model ({language.plan.model.name})")
    return ", ".join(filter(None, uses)) or "not used"
