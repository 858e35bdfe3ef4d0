"""From the card, the settings and what is installed to the plan of its memory.  Any thread.

Asks the driver; the decision itself is `desktop.services.gpu.plan`'s.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from desktop.services.gpu import lessons
from desktop.services.gpu.models import candidates, folder_of
from desktop.services.gpu.plan import (
    OVERHEAD_BYTES,
    RESERVE_BYTES,
    GpuPlan,
    Wish,
    plan,
)
from desktop.services.gpu.telemetry import Card, GpuTelemetry, Reading
from desktop.services.runtimes import marker
from desktop.services.runtimes.catalogue import python_of
from desktop.settings import ServicesSettings


@dataclass(frozen=True, slots=True)
class RecogniserNeed:
    """What the recogniser takes: `bytes` is 0 off the card."""

    detail: str = ""
    device: str = "cpu"
    bytes: int = 0


@dataclass(frozen=True, slots=True)
class Held:
    """What our processes hold of the card already."""

    recogniser: int = 0
    embedding: int = 0
    language_model: int = 0

    @property
    def all(self) -> int:
        return self.recogniser + self.embedding + self.language_model


@dataclass(frozen=True, slots=True)
class CardPlan:
    """A card, what was wished of it, and who gets what."""

    card: Card
    wish: Wish
    plan: GpuPlan


Ask = Callable[[], Reading]


def ask_driver() -> Reading:
    """The cards now."""
    telemetry = GpuTelemetry()
    try:
        return telemetry.read()
    finally:
        telemetry.close()


def plan_card(
    settings: ServicesSettings,
    root: Path,
    card: Card,
    recogniser: RecogniserNeed | None = None,
    held: Held | None = None,
    *,
    on_disk: bool = False,
    only: bool = False,
) -> CardPlan:
    """Plans the memory of `card`.

    Args:
        root: the data directory.
        held: what of it is ours already; the language model's is given back before its next start.
        on_disk: only models that are on this machine may be served.
        only: the language model has the card for itself.
    """
    need = recogniser or RecogniserNeed()
    ours = held or Held()
    lesson = lessons.read(root, card.name)
    vllm, embedding = settings.vllm, settings.embedding
    embeds = not only and embedding.mode == "managed" and embedding.device != "cpu"
    on_card = embeds and _embeds(root)
    models = candidates(vllm.model) if vllm.mode == "managed" else ()
    if on_disk:
        models = tuple(each for each in models if folder_of(each.name) is not None)
    most = lesson.most / card.total_bytes if lesson.most and card.total_bytes else 1.0
    wish = Wish(
        total=card.total_bytes,
        free=min(card.total_bytes, card.free_bytes + ours.language_model),
        recogniser=need.bytes,
        recogniser_held=min(ours.recogniser, need.bytes),
        embedding=on_card,
        embedding_held=ours.embedding,
        rerank=on_card and bool(embedding.reranker),
        models=models,
        tokens=vllm.max_model_len,
        most_share=min(vllm.gpu_memory_utilization, most),
        reserve=RESERVE_BYTES + lesson.reserve,
        overhead=OVERHEAD_BYTES + lesson.overhead,
    )
    return CardPlan(card, wish, plan(wish))


def _embeds(root: Path) -> bool:
    """The embedding server's environment is there."""
    folder = root / "runtimes" / "embedding"
    return python_of(folder).exists() and not marker.unfinished(folder)
