"""Several legs' results to one ranking.  Pure; any thread.

Each leg's scores are brought to the same mean and spread, and added with weights: a convex
combination (Bruch, Gai and Ingber, "An Analysis of Fusion Functions for Hybrid Retrieval", 2023)
of z-scores.  Ranks alone, as in reciprocal rank fusion, would let a weak leg outvote a strong one.
How far another leg is believed goes by how much of its best the words found too: measured on
SQuAD, even a leg of random vectors costs nothing then.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from enum import StrEnum

from desktop.services.clients.vectors import Leg

Scored = tuple[str, float]

_SHORT_WORDS = 3  # searching by words, not asking
_CODE = re.compile(r"[\"“”「」]|\b(?=[\w-]*\d)(?=[\w-]*[A-Za-z])[A-Za-z0-9]")
_WORD = re.compile(r"\w+")
_BEST = 10  # of a leg, looked for among what the words found
_AGREED = 0.5  # share of them from which a leg is fully believed
_UNAGREED = 0.4  # belief in a leg the words say nothing of


class QueryKind(StrEnum):
    """What a query wants: an answer, or the place where words stand."""

    QUESTION = "question"
    EXACT = "exact"


WEIGHTS: Mapping[QueryKind, Mapping[Leg, float]] = {
    QueryKind.QUESTION: {Leg.TERMS: 0.6, Leg.DENSE: 0.4, Leg.LEARNED: 0.2},
    QueryKind.EXACT: {Leg.TERMS: 0.7, Leg.DENSE: 0.3, Leg.LEARNED: 0.2},
}


def kind_of(query: str) -> QueryKind:
    """Short queries, quotes and codes go by the words as they stand."""
    words = _WORD.findall(query)
    exact = len(words) <= _SHORT_WORDS or _CODE.search(query) is not None
    return QueryKind.EXACT if exact else QueryKind.QUESTION


def fuse(legs: Mapping[Leg, Sequence[Scored]], weights: Mapping[Leg, float]) -> list[Scored]:
    """One ranking, best first; its scores go from 1 down to 0 at worst.

    Args:
        legs: of each its best, best first; one that found nothing has no say.
        weights: of the legs; they need not add up to one.
    """
    believed = {
        leg: weights.get(leg, 0.0) * belief(leg, legs) for leg, hits in legs.items() if hits
    }
    identities = {identity for leg in believed for identity, _ in legs[leg]}
    sums = dict.fromkeys(sorted(identities), 0.0)
    for leg, weight in believed.items():
        scores = _standardised(legs[leg])
        absent = min(scores.values())
        for identity in sums:
            sums[identity] += weight * scores.get(identity, absent)
    if not sums:
        return []
    best, worst = max(sums.values()), min(sums.values())
    width = best - worst
    ranked = sorted(sums.items(), key=lambda item: -item[1])
    return [(i, (score - worst) / width if width > 0.0 else 1.0) for i, score in ranked]


def belief(leg: Leg, legs: Mapping[Leg, Sequence[Scored]]) -> float:
    """0..1, how far a leg is believed by what the words found.  Few words found say nothing."""
    words = legs.get(Leg.TERMS, ())
    if leg is Leg.TERMS or len(words) < _BEST:
        return 1.0
    known = {identity for identity, _ in words}
    best = [identity for identity, _ in legs[leg][:_BEST]]
    share = sum(identity in known for identity in best) / len(best)
    return min(1.0, _UNAGREED + (1.0 - _UNAGREED) * share / _AGREED)


def united(
    legs: Mapping[Leg, Sequence[Scored]], more: Mapping[Leg, Sequence[Scored]]
) -> dict[Leg, list[Scored]]:
    """The legs of two wordings of one question: of each passage its better score."""
    together: dict[Leg, list[Scored]] = {}
    for leg in dict.fromkeys([*legs, *more]):
        best: dict[str, float] = {}
        for identity, score in (*legs.get(leg, ()), *more.get(leg, ())):
            best[identity] = max(score, best.get(identity, score))
        together[leg] = sorted(best.items(), key=lambda item: -item[1])
    return together


def candidates(
    legs: Mapping[Leg, Sequence[Scored]], fused: Sequence[Scored], count: int
) -> list[Scored]:
    """What a reranker should see: the best of the fused, and of each leg its own best few."""
    scores = dict(fused)
    own = [identity for hits in legs.values() for identity, _ in hits[: count // 4]]
    chosen = dict.fromkeys([*own, *(identity for identity, _ in fused)])
    kept = list(chosen)[: max(count, len(set(own)))]
    return sorted(((identity, scores[identity]) for identity in kept), key=lambda item: -item[1])


def _standardised(hits: Sequence[Scored]) -> dict[str, float]:
    mean = sum(score for _, score in hits) / len(hits)
    spread = (sum((score - mean) ** 2 for _, score in hits) / len(hits)) ** 0.5
    if spread <= 1e-9:
        return {identity: 0.0 for identity, _ in hits}
    return {identity: (score - mean) / spread for identity, score in hits}
