"""Finds the passages that answer a question or tell of keywords.  Any thread.

Words, meanings and learned words are searched at once, fused by weights that depend on the query,
then judged by a reranker where there is one.  Whatever is missing (embedder, reranker, Korean
analyser) makes the result poorer, never an error; only the store has to be there.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from desktop.errors import ServiceError
from desktop.events import Passage, PassageKind
from desktop.services.clients.embedder import Embedder, Reranker
from desktop.services.clients.vectors import Filter, Hit, Leg, VectorStore
from desktop.services.rag import confidence, expansion, fusion, matching
from desktop.services.rag.retrieval import Found, Retrieved
from desktop.services.rag.terms import TermVectors
from desktop.settings import RetrievalSettings

_log = logging.getLogger(__name__)

VERSION = "fusion-2"
_KEYWORD_CHARS = 100
_UNSURE = 0.4  # confidence below which other wordings are tried
_MAX_OTHERS = 3
_REST = 0.15  # of the fused score beside the reranker's

Vectors = dict[Leg, NDArray[np.float32] | Mapping[int, float]]
Legs = Mapping[Leg, Sequence[fusion.Scored]]
Paraphrase = Callable[[str], Sequence[str]]


@dataclass(slots=True)
class _Run:
    """One search: what it goes by, and where its time goes."""

    settings: RetrievalSettings
    limit: int
    only: Filter | None
    timings_s: list[tuple[str, float]]
    since: float
    wordings: list[str] = field(default_factory=list)
    whole: bool = True

    def done(self, name: str) -> None:
        now = time.perf_counter()
        self.timings_s.append((name, now - self.since))
        self.since = now


@dataclass(slots=True)
class _Judged:
    """What may be shown, best first, and how surely it answers."""

    hits: list[Hit]
    confidence: float
    reranked: bool


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
        reword: bool = False,
    ) -> Retrieved:
        """See `Retriever.retrieve`.

        Raises:
            ServiceError: the vector store failed.
        """
        run = _Run(self._settings(), limit, only, [], time.perf_counter())
        keywords = [word[:_KEYWORD_CHARS] for word in keywords[: expansion.MAX_KEYWORDS]]
        wanted = matching.needles(query, self._terms.read(query))
        legs = self._legs(query, keywords, run)
        judged = self._judged(query, wanted, legs, run)
        if reword and judged.confidence < _UNSURE and query.strip():
            legs, judged = self._reworded(query, wanted, legs, judged, run)
        wanted += self._keyword_needles(keywords)
        if not query.strip():
            judged.confidence = _confidence(wanted, judged.hits, legs)
        found = tuple(
            _as_found(hit, matching.find(str(hit.payload["text"]), wanted))
            for hit in _capped(judged.hits, limit, run.settings.per_document)
        )
        run.done("match")
        used = [str(leg) for leg in legs if legs[leg]] + ["rerank"] * judged.reranked
        meant = judged.confidence if judged.reranked else _meaning(legs)
        return Retrieved(
            found,
            judged.confidence,
            tuple(used),
            tuple(run.timings_s),
            meant,
            tuple(run.wordings),
            run.whole,
        )

    def _legs(
        self,
        query: str,
        keywords: Sequence[str],
        run: _Run,
    ) -> Legs:
        vectors = self._vectors(query, keywords, run)
        legs = self._store.search_legs(vectors, run.settings.prefetch, run.only)
        run.done("search")
        return legs

    def _reworded(
        self,
        query: str,
        wanted: Sequence[matching.Needle],
        legs: Legs,
        judged: _Judged,
        run: _Run,
    ) -> tuple[Legs, _Judged]:
        """What other wordings find too, judged by the wording that fits best."""
        others = self._others(query, run)
        if not others:
            return legs, judged
        run.wordings += others
        for other in others:
            legs = fusion.united(legs, self._legs(other, (), run))
        judged = self._judged(query, wanted, legs, run)
        if not judged.reranked:
            for other in others:
                needles = matching.needles(other, self._terms.read(other))
                judged.confidence = max(judged.confidence, _confidence(needles, judged.hits, legs))
        return legs, judged

    def _others(self, query: str, run: _Run) -> list[str]:
        """Other wordings; none where whatever words them does not work."""
        if self._paraphrase is None:
            return []
        try:
            others = self._paraphrase(query)
        except ServiceError as error:
            _log.warning("searching with the question's own words only: %s", error)
            return []
        run.done("paraphrase")
        return [other for other in others if other.strip() and other != query][:_MAX_OTHERS]

    def _judged(
        self,
        query: str,
        wanted: Sequence[matching.Needle],
        legs: Legs,
        run: _Run,
    ) -> _Judged:
        """The best of the legs with their payloads, in their final order."""
        settings, limit = run.settings, run.limit
        fused = fusion.fuse(legs, fusion.WEIGHTS[fusion.kind_of(query)])
        if self._reranks(query, settings):
            fused = fusion.candidates(legs, fused, max(settings.rerank_depth, limit))
        else:
            fused = fused[: max(settings.rerank_depth, 3 * limit)]
        hits = self._live_hits(fused)
        run.done("read")
        scores = self._reranked(query, hits, run)
        if scores is None:
            return _Judged(hits, _confidence(wanted, hits, legs), reranked=False)
        run.done("rerank")
        return _Judged(_resorted(hits, scores), max(scores, default=0.0), reranked=True)

    def _vectors(self, query: str, keywords: Sequence[str], run: _Run) -> Vectors:
        terms = expansion.widened(
            self._terms.query(query), [self._terms.query(word) for word in keywords]
        )
        run.done("terms")
        vectors: Vectors = {Leg.TERMS: terms}
        text = query.strip() or ", ".join(keywords)
        if self._embedder is None or not text:
            return vectors
        try:
            (embedding,) = self._embedder.embed([text], query=True)
        except ServiceError as error:
            _log.warning("searching by words alone: %s", error)
            run.whole = False
            return vectors
        run.done("embed")
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

    def _reranked(self, query: str, hits: Sequence[Hit], run: _Run) -> list[float] | None:
        if self._reranker is None or not hits or not self._reranks(query, run.settings):
            return None
        best = hits[: run.settings.rerank_depth]
        try:
            return self._reranker.score(query, [_headed(hit.payload) for hit in best])
        except ServiceError as error:
            _log.warning("not reranked: %s", error)
            run.whole = False
            return None

    def _keyword_needles(self, keywords: Sequence[str]) -> list[matching.Needle]:
        return [
            needle
            for keyword in keywords
            for needle in matching.needles(keyword, self._terms.read(keyword))
        ]


def _confidence(
    wanted: Sequence[matching.Needle],
    hits: Sequence[Hit],
    legs: Legs,
) -> float:
    """By words, or by meaning where that is surer; 0 when nothing was found."""
    if not hits:
        return 0.0
    texts = [str(hit.payload["text"]) for hit in hits[: confidence.BEST]]
    return max(confidence.by_words(wanted, texts), _meaning(legs) or 0.0)


def _meaning(legs: Legs) -> float | None:
    dense = legs.get(Leg.DENSE)
    return confidence.by_meaning(dense[0][1]) if dense else None


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
