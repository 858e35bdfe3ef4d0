"""How well passages are found: each leg and all together, on the shared sets.

The store is Qdrant Edge, the vectors of meaning are MiniLM's (English).  The few weights of terms
and fusion were chosen in round numbers with both halves of SQuAD and KorQuAD in view; QMSum only
confirmed them.  The odd questions are shown apart, as a measure of how much a half varies.
"""

from __future__ import annotations

import sys
import tempfile
import uuid
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from benchmarks.figures import Figure
from benchmarks.retrieval_sets import SHARED, RetrievalSet, english, korquad, scored
from dense.minilm import MiniLm, model_folder
from numpy.typing import NDArray

from desktop.services.clients.qdrant_edge_store import QdrantEdgeStore
from desktop.services.clients.vectors import Filter, Leg, Point
from desktop.services.rag import fusion
from desktop.services.rag.terms import TermVectors

TITLE = "Finding passages"
_DIMENSION = 384
_PREFETCH = 100

# set and way of searching: metric to reach at least
GOALS = {
    ("korquad", "terms"): {"MRR@10": 0.935, "R@1": 0.90},
    ("squad_en", "terms"): {"MRR@10": 0.845},
    ("squad_en", "fused"): {"nDCG@10": 0.88},
    ("qmsum_en", "fused"): {"nDCG@10": 0.56},
}
_NAMES = {"korquad": "KorQuAD", "squad_en": "SQuAD", "qmsum_en": "QMSum in a meeting"}
_WAYS = {
    "terms": "words",
    "dense": "MiniLM",
    "fused": "words and MiniLM",
    "headed": "words, with titles",
}


def measure(*, quick: bool = False) -> list[Figure]:
    """All three sets; 200 questions of each in the quick version, without MiniLM."""
    if not SHARED.is_dir():
        return []
    folder = None if quick else model_folder()
    model = MiniLm(folder) if folder is not None else None
    terms = TermVectors()
    figures: list[Figure] = []
    try:
        for every in (korquad(), english("squad_en"), english("qmsum_en")):
            chosen = every.sample(200) if quick else every
            print(f"  {chosen.name} …", file=sys.stderr, flush=True)
            of_set = model if model is not None and chosen.name != "korquad" else None
            figures += _figures(chosen, terms, of_set)
    finally:
        terms.close()
    return figures


def _figures(chosen: RetrievalSet, terms: TermVectors, model: MiniLm | None) -> list[Figure]:
    figures: list[Figure] = []
    for way, rankings in search(chosen, terms, model).items():
        whole = scored(rankings, chosen.right)
        odd = scored(rankings[1::2], chosen.right[1::2])
        goals = GOALS.get((chosen.name, way), {})
        for metric, value, apart in (
            ("R@1", whole.r1, odd.r1),
            ("R@5", whole.r5, odd.r5),
            ("R@10", whole.r10, odd.r10),
            ("MRR@10", whole.mrr, odd.mrr),
            ("nDCG@10", whole.ndcg, odd.ndcg),
        ):
            figures.append(
                Figure(
                    f"{_NAMES[chosen.name]}, {_WAYS[way]}: {metric}",
                    value,
                    at_least=goals.get(metric),
                    note=f"odd questions {apart:.3f}",
                )
            )
    return figures


def search(
    chosen: RetrievalSet, terms: TermVectors, model: MiniLm | None
) -> dict[str, list[list[int]]]:
    """Of each way the places found for each question, best first."""
    dense = model.vectors(chosen.texts) if model is not None else None
    asked = model.vectors(chosen.questions) if model is not None else None
    found: dict[str, list[list[int]]] = {}
    with tempfile.TemporaryDirectory(prefix="malgeul-retrieval-") as folder:
        found |= _search_in(Path(folder) / "plain", chosen, terms, None, dense=dense, asked=asked)
        if any(chosen.titles):
            headed = _search_in(
                Path(folder) / "headed", chosen, terms, chosen.titles, dense=None, asked=None
            )
            found["headed"] = headed["terms"]
    return found


def _search_in(
    folder: Path,
    chosen: RetrievalSet,
    terms: TermVectors,
    headings: Sequence[str] | None,
    *,
    dense: NDArray[np.float32] | None,
    asked: NDArray[np.float32] | None,
) -> dict[str, list[list[int]]]:
    store = QdrantEdgeStore(folder, _DIMENSION)
    try:
        vectors = terms.documents(chosen.texts, headings)
        store.upsert(
            [
                Point(
                    str(uuid.UUID(int=i)),
                    {"document_id": chosen.text_groups[i] or f"{i}"},
                    vectors[i],
                    dense=dense[i] if dense is not None else None,
                )
                for i in range(len(chosen.texts))
            ]
        )
        store.optimize()
        found: dict[str, list[list[int]]] = {"terms": []}
        for i, question in enumerate(chosen.questions):
            legs = {Leg.TERMS: terms.query(question)}
            if asked is not None:
                legs[Leg.DENSE] = asked[i]
            only = Filter((chosen.question_groups[i],)) if chosen.question_groups[i] else None
            hits = store.search_legs(legs, _PREFETCH, only)
            for leg, scores in hits.items():
                found.setdefault(str(leg), []).append(_places(scores))
            if len(hits) > 1:
                fused = fusion.fuse(hits, fusion.WEIGHTS[fusion.kind_of(question)])
                found.setdefault("fused", []).append(_places(fused))
        return found
    finally:
        store.close()


def _places(scores: Sequence[tuple[str, float]]) -> list[int]:
    return [uuid.UUID(identity).int for identity, _ in scores[:10]]
