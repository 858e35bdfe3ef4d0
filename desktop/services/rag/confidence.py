"""How likely the passages found answer a question.  Pure; any thread.

By words: the share of the question's words, rare ones more, that stand in one of the best
passages.  The curve was fitted on half of 1,200 questions of SQuAD and KorQuAD.  It decides whether
other wordings are tried; whether a question is answered, `desktop.services.rag.evidence`.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from desktop.services.keywords.background import background
from desktop.services.rag import matching
from desktop.services.rag.matching import Needle

BEST = 3  # passages looked at
_STEEPNESS, _MIDDLE = 12.8, 0.553
# Cosines: 0.53 is the 95th percentile of what has no answer (MiniLM on SQuAD).
_COSINE_STEEPNESS, _COSINE_MIDDLE = 20.0, 0.58


def by_words(wanted: Sequence[Needle], texts: Sequence[str]) -> float:
    """0..1, for the passage with most of the words `wanted`."""
    return _curve(share(wanted, texts), _STEEPNESS, _MIDDLE) if texts and wanted else 0.0


def share(wanted: Sequence[Needle], texts: Sequence[str]) -> float:
    """How much of `wanted`, 0..1, rare words more, stands in the text that has most of it."""
    rarity = {needle.name: _rarity(needle) for needle in wanted}
    total = sum(rarity.values())
    if not texts or total <= 0.0:
        return 0.0
    most = max(sum(rarity[name] for name in matching.names(text, wanted)) for text in texts)
    return most / total


def by_meaning(cosine: float) -> float:
    """0..1, for the nearest passage's cosine."""
    return _curve(cosine, _COSINE_STEEPNESS, _COSINE_MIDDLE)


def _rarity(needle: Needle) -> float:
    if needle.stem:
        return background("en").rarity(needle.name.casefold())
    return background("ko").rarity(needle.name)


def _curve(value: float, steepness: float, middle: float) -> float:
    return 1.0 / (1.0 + math.exp(-steepness * (value - middle)))
