"""Which card gets what, where there are several.  Any thread.

The recogniser loads on CUDA's first card, and the embedding model beside it.  The language model
goes where the better one fits; if both are as good it takes the other card, so that captions need
not share theirs.  The setting ``services.vllm.gpu`` decides it by hand.
"""

from __future__ import annotations

import itertools
import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from desktop.services.gpu.plan import GpuPlan
from desktop.services.gpu.planning import CardPlan, Held, RecogniserNeed, plan_card
from desktop.services.gpu.telemetry import Card, Reading
from desktop.settings import ServicesSettings

DEVICES = "CUDA_VISIBLE_DEVICES"
ORDER = "CUDA_DEVICE_ORDER"
BY_BUS = "PCI_BUS_ID"  # as NVML counts them; CUDA's own order is by speed
_NUMBER = re.compile(r"-?\d+|")


@dataclass(frozen=True, slots=True)
class Placement:
    """Who gets what of which card; one plan twice where they share a card.

    Args:
        captions: the card of the recogniser, the embedding model and the reranker.
        language: the card of the language model.
        several: there is a choice of cards.
    """

    captions: CardPlan
    language: CardPlan
    several: bool = False

    @property
    def apart(self) -> bool:
        """The language model has a card of its own."""
        return self.captions.card.index != self.language.card.index

    def devices(self, card: Card) -> dict[str, str]:
        """The environment in which a program sees `card` alone; empty where it is the only one."""
        return {DEVICES: str(card.index), ORDER: BY_BUS} if self.several else {}


def place(
    settings: ServicesSettings,
    root: Path,
    cards: Sequence[Card],
    recogniser: RecogniserNeed | None = None,
    held: Mapping[int, Held] | None = None,
    *,
    on_disk: bool = False,
) -> Placement:
    """Plans the memory of at least one card.

    Args:
        cards: those that may be used, CUDA's first one first.
        held: what our processes hold already, by a card's index.
        on_disk: only models that are on this machine may be served.
    """
    ours, first = held or {}, cards[0]
    asked = settings.vllm.gpu
    together = plan_card(settings, root, first, recogniser, ours.get(first.index), on_disk=on_disk)
    others = [card for card in cards[1:] if asked in (-1, card.index)]
    if not others or asked == first.index:
        return Placement(together, together, len(cards) > 1)
    alone = [
        plan_card(settings, root, card, None, ours.get(card.index), on_disk=on_disk, only=True)
        for card in others
    ]
    language = max(alone, key=lambda each: (_worth(each), each.card.free_bytes, -each.card.index))
    without = settings.model_copy(deep=True)
    without.vllm.mode = "embedded"
    rest = plan_card(without, root, first, recogniser, ours.get(first.index), on_disk=on_disk)
    apart = Placement(rest, language, True)
    if asked == -1 and _whole(together, together) > _whole(rest, language):
        return Placement(together, together, True)
    return apart


def visible(reading: Reading, chosen: str | None = None) -> Reading:
    """The cards that CUDA may use, in its order: a person may have left some of them out.

    Args:
        chosen: as CUDA_VISIBLE_DEVICES has it; None reads the environment.  Names other than
            plain numbers are not understood and change nothing.  As for CUDA, an empty list
            means no card, and the list ends before the first number that is none of a card.
    """
    told = os.environ.get(DEVICES) if chosen is None else chosen
    if told is None:
        return reading
    words = [word.strip() for word in told.split(",")]
    if not all(_NUMBER.fullmatch(word) for word in words):
        return reading
    by_index = {str(card.index): card for card in reading.cards}
    known = itertools.takewhile(by_index.__contains__, words)
    cards = tuple(by_index[word] for word in dict.fromkeys(known))
    reason = reading.reason or ("" if cards else f"{DEVICES} leaves no graphics card")
    return Reading(cards, reason)


def _worth(found: CardPlan) -> tuple[int, int]:
    """How good the language model of a plan is: its rank, then how much it reads."""
    plan, models = found.plan, found.wish.models
    return (-models.index(plan.model), plan.tokens) if plan.model is not None else (-len(models), 0)


def _whole(captions: CardPlan, language: CardPlan) -> tuple[object, ...]:
    """How good a placement is, the most important first."""
    beside: GpuPlan = captions.plan
    return (*_worth(language), bool(beside.embedding), beside.deep_rerank)
