"""Finds the passages that answer a question or tell of keywords.  Any thread.

Words, meanings and learned words are searched at once, fused by weights that depend on the query,
then judged by a reranker where there is one.  Whatever is missing (embedder, reranker, Korean
analyser) makes the result poorer, never an error; only the store has to be there.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from desktop.errors import ServiceError
from desktop.events import Passage, PassageKind
from desktop.services.clients.embedder import Embedder, Reranker
from desktop.services.clients.vectors import Filter, Hit, Leg, VectorStore
from desktop.services.rag import expansion, fusion, matching
from desktop.services.rag.retrieval import Found, Retrieved
from desktop.services.rag.terms import TermVectors
from desktop.settings import RetrievalSettings

_log = logging.getLogger(__name__)

VERSION = "fusion-1"
_KEYWORD_CHARS = 100
_REST = 0.15  # of the fused score beside the reranker's

Vectors = dict[Leg, NDArray[np.float32] | Mapping[int, float]]
Paraphrase = Callable[[str], Sequence[str]]


@dataclass(slots=True)
class _Step:
    """Where the time goes."""

    timings_s: list[tuple[str, float]]
    since: float

    def done(self, name: str) -> None:
        now = time.perf_counter()
        self.timings_s.append((name, now - self.since))
        self.since = now


class HybridRetriever:
    """A `Retriever` over one vector store.

    Args:
        store: where the points are.
        terms: makes the query's term vector.
        is_live: whether a hit's document and version may be shown.
        embedder: vectors of meaning; None: words alone.
        reranker: judges the best; None: the fused scores stand.
        settings: read at every query, so changes apply at once.
        paraphrase: other wordings of a question, asked for only when little was found.
    """

    def __init__(
        self,
        store: VectorStore,
        terms: TermVectors,
        is_live: Callable[[str, int], bool],
        *,
        embedder: Embedder | None = None,
        reranker: Reranker | None = None,
        settings: Callable[[], RetrievalSettings] = RetrievalSettings,
        paraphrase: Paraphrase | None = None,
    ) -> None:
        self._store = store
        self._terms = terms
        self._is_live = is_live
        self._embedder = embedder
        self._reranker = reranker
        self._settings = settings
        self._paraphrase = paraphrase

    @property
    def version(self) -> str:
        """See `Retriever.version`."""
        models = [part.model for part in (self._embedder, self._reranker) if part is not None]
        return "|".join([VERSION, self._terms.version, *models])

    def retrieve(
        self,
        query: str,
        *,
        keywords: Sequence[str] = (),
        limit: int = 10,
        only: Filter | None = None,
    ) -> Retrieved:
        """See `Retriever.retrieve`.

        Raises:
            ServiceError: the vector store failed.
        """
        settings = self._settings()
        step = _Step([], time.perf_counter())
        keywords = [word[:_KEYWORD_CHARS] for word in keywords[: expansion.MAX_KEYWORDS]]
        vectors = self._vectors(query, keywords, step)
        legs = self._store.search_legs(vectors, settings.prefetch, only)
        step.done("search")
        fused = fusion.fuse(legs, fusion.WEIGHTS[fusion.kind_of(query)])
        if self._reranks(query, settings):
            fused = fusion.candidates(legs, fused, max(settings.rerank_depth, limit))
        else:
            fused = fused[: max(settings.rerank_depth, 3 * limit)]
        hits = self._live_hits(fused)
        step.done("read")
        used = [str(leg) for leg in legs if legs[leg]]
        scores = self._reranked(query, hits, settings)
        if scores is not None:
            hits = _resorted(hits, scores)
            used.append("rerank")
            step.done("rerank")
        picked = _capped(hits, limit, settings.per_document)
        found = self._found(query, keywords, picked)
        step.done("match")
        return Retrieved(
            found,
            confidence=self._confidence(scores),
            legs=tuple(used),
            timings_s=tuple(step.timings_s),
        )

    def _vectors(self, query: str, keywords: Sequence[str], step: _Step) -> Vectors:
        terms = expansion.widened(
            self._terms.query(query), [self._terms.query(word) for word in keywords]
        )
        step.done("terms")
        vectors: Vectors = {Leg.TERMS: terms}
        if self._embedder is None:
            return vectors
        try:
            (embedding,) = self._embedder.embed([query.strip() or ", ".join(keywords)], query=True)
        except ServiceError as error:
            _log.warning("searching by words alone: %s", error)
            return vectors
        step.done("embed")
        vectors[Leg.DENSE] = embedding.dense
        if embedding.sparse:
            vectors[Leg.LEARNED] = embedding.sparse
        return vectors

    def _live_hits(self, fused: Sequence[tuple[str, float]]) -> list[Hit]:
        """Those that may be shown, each text once."""
        scores = dict(fused)
        hits: list[Hit] = []
        seen: set[str] = set()
        for hit in self._store.get(list(scores)):
            payload = hit.payload
            text = " ".join(str(payload.get("text", "")).split())
            known = (str(payload.get("document_id", "")), _int(payload.get("version")))
            if text and text not in seen and self._is_live(*known):
                seen.add(text)
                hits.append(Hit(hit.point_id, scores[hit.point_id], payload))
        return hits

    def _reranks(self, query: str, settings: RetrievalSettings) -> bool:
        return self._reranker is not None and settings.rerank and bool(query.strip())

    def _reranked(
        self, query: str, hits: Sequence[Hit], settings: RetrievalSettings
    ) -> list[float] | None:
        if self._reranker is None or not hits or not self._reranks(query, settings):
            return None
        best = hits[: settings.rerank_depth]
        try:
            return self._reranker.score(query, [_headed(hit.payload) for hit in best])
        except ServiceError as error:
            _log.warning("not reranked: %s", error)
            return None

    def _confidence(self, scores: Sequence[float] | None) -> float | None:
        return max(scores) if scores else None

    def _found(self, query: str, keywords: Sequence[str], hits: Sequence[Hit]) -> tuple[Found, ...]:
        wanted = matching.needles(query, self._terms.read(query))
        for keyword in keywords:
            wanted += matching.needles(keyword, self._terms.read(keyword))
        return tuple(
            _as_found(hit, matching.find(str(hit.payload["text"]), wanted)) for hit in hits
        )


def _resorted(hits: Sequence[Hit], scores: Sequence[float]) -> list[Hit]:
    """By the reranker's scores; what it has not seen stays behind."""
    judged = [
        Hit(hit.point_id, (1.0 - _REST) * score + _REST * hit.score, hit.payload)
        for hit, score in zip(hits, scores, strict=False)
    ]
    judged.sort(key=lambda hit: -hit.score)
    lowest = judged[-1].score if judged else 1.0
    return judged + [
        Hit(hit.point_id, min(_REST * hit.score, lowest), hit.payload)
        for hit in hits[len(judged) :]
    ]


def _capped(hits: Sequence[Hit], limit: int, per_document: int) -> list[Hit]:
    """The best, at most so many of one document unless there is nothing else."""
    counts: dict[str, int] = {}
    first: list[Hit] = []
    over: list[Hit] = []
    for hit in hits:
        document = str(hit.payload.get("document_id", ""))
        counts[document] = counts.get(document, 0) + 1
        (first if counts[document] <= per_document else over).append(hit)
    return (first + over)[:limit]


def _headed(payload: Mapping[str, Any]) -> str:
    heading, text = str(payload.get("heading", "")), str(payload.get("text", ""))
    return f"{heading}\n{text}" if heading else text


def _as_found(hit: Hit, matches: matching.Matches) -> Found:
    payload = hit.payload
    transcript = payload.get("kind") == PassageKind.TRANSCRIPT
    passage = Passage(
        passage_id=hit.point_id,
        document_id=str(payload.get("document_id", "")),
        source=str(payload.get("source", "")),
        kind=PassageKind.TRANSCRIPT if transcript else PassageKind.DOCUMENT,
        text=str(payload["text"]),
        heading=str(payload.get("heading", "")),
        page=_int(payload.get("page")),
        start=_int(payload.get("start")),
        end=_int(payload.get("end")),
        score=round(min(max(hit.score, 0.0), 1.0), 4),
        matches=matches.spans,
        reasons=matches.reasons,
        session_id=str(payload.get("session_id") or ""),
        start_s=float(payload.get("start_s") or 0.0),
    )
    return Found(passage, _int(payload.get("section_start")), _int(payload.get("section_end")))


def _int(value: Any) -> int:
    return int(value) if isinstance(value, (int, float)) else 0
