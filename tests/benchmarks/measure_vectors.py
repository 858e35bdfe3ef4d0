"""How fast passages are found: Qdrant Edge with 10,000 and 100,000, the cache, the whole way.

Vectors are clustered, as those of texts are: 400 topics, 1,024 numbers.  Terms are drawn by
Zipf's law.  The figures hold everything from the caller's view, the child process included.
"""

from __future__ import annotations

import json
import sys
import tempfile
import time
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import psutil
from benchmarks.figures import Figure, percentile
from benchmarks.retrieval_sets import SHARED, korquad
from numpy.typing import NDArray

from desktop.services.clients.memory_cache import MemoryCache
from desktop.services.clients.qdrant_edge_store import QdrantEdgeStore
from desktop.services.clients.vectors import Leg, Point
from desktop.services.rag import fusion
from desktop.services.rag.retriever import HybridRetriever
from desktop.services.rag.terms import TermVectors

TITLE = "Speed of search"
_DIMENSION, _TOPICS, _TERMS, _VOCABULARY = 1024, 400, 120, 60_000
_BATCH = 1_000
_QUERIES = 300
_WARM = 30
_HYBRID_GOALS_MS = {10_000: 5.0, 100_000: 15.0}
_CACHED_ANSWER_BYTES = 12_000


class Material:
    """Points and queries that look like those of texts."""

    def __init__(self) -> None:
        self._chance = np.random.default_rng(7)
        self._topics = self._chance.normal(size=(_TOPICS, _DIMENSION)).astype(np.float32)

    def dense(self, count: int) -> NDArray[np.float32]:
        topics = self._topics[self._chance.integers(0, _TOPICS, count)]
        noise = self._chance.normal(size=(count, _DIMENSION)).astype(np.float32)
        vectors: NDArray[np.float32] = topics + 0.8 * noise
        return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)

    def terms(self, size: int, exponent: float = 1.15) -> dict[int, float]:
        drawn = np.unique(self._chance.zipf(exponent, 3 * size) % _VOCABULARY)
        chosen = self._chance.permutation(drawn)[:size].tolist()
        weights = self._chance.uniform(0.5, 2.2, len(chosen)).tolist()
        return dict(zip(chosen, weights, strict=True))

    def points(self, count: int) -> Iterator[list[Point]]:
        for first in range(0, count, _BATCH):
            dense = self.dense(min(_BATCH, count - first))
            yield [
                Point(
                    str(uuid.UUID(int=first + i)),
                    {"document_id": f"d{(first + i) // 40}", "text": "본문 " * 110, "version": 1},
                    self.terms(_TERMS),
                    dense=vector,
                )
                for i, vector in enumerate(dense)
            ]


def measure(*, quick: bool = False) -> list[Figure]:
    """10,000 and 100,000 points; 2,000 in the quick version."""
    figures: list[Figure] = []
    for count in (2_000,) if quick else (10_000, 100_000):
        print(f"  {count} points …", file=sys.stderr, flush=True)
        with tempfile.TemporaryDirectory(prefix="malgeul-vectors-") as folder:
            figures += _edge(Path(folder), count)
    figures += _cache()
    if SHARED.is_dir():
        figures += _whole_way(300 if quick else 2_000)
    return figures


def _edge(folder: Path, count: int) -> list[Figure]:
    material = Material()
    store = QdrantEdgeStore(folder, _DIMENSION)
    try:
        took_s = 0.0
        for points in material.points(count):
            began = time.perf_counter()
            store.upsert(points)
            took_s += time.perf_counter() - began
        began = time.perf_counter()
        store.optimize()
        optimising_s = time.perf_counter() - began
        queries = [
            {Leg.DENSE: vector, Leg.TERMS: material.terms(14)}
            for vector in material.dense(_QUERIES)
        ]

        def hybrid(i: int) -> None:
            legs = store.search_legs(queries[i], 100)
            fused = fusion.fuse(legs, fusion.WEIGHTS[fusion.QueryKind.QUESTION])
            store.get([identity for identity, _ in fused[:30]])

        used_before_s = _processor_s()
        rounds = [
            _timed_ms(lambda i: store.search_legs(queries[i], 100), _QUERIES) for _ in range(3)
        ]
        processor_ms = 1000 * (_processor_s() - used_before_s) / (3 * (_QUERIES + _WARM))
        searched = min(rounds, key=lambda times: percentile(times, 0.95))
        whole = _timed_ms(hybrid, _QUERIES)
        words = _timed_ms(
            lambda i: store.search_legs({Leg.TERMS: queries[i][Leg.TERMS]}, 100), _QUERIES
        )
    finally:
        store.close()
    name = f"{count} passages"
    goal = _HYBRID_GOALS_MS.get(count)
    return [
        Figure(f"{name}: hybrid search, p50", percentile(searched, 0.5), "ms"),
        Figure(
            f"{name}: hybrid search, p95",
            percentile(searched, 0.95),
            "ms",
            goal,
            note="the quietest of three rounds",
        ),
        Figure(
            f"{name}: hybrid search, processor time",
            processor_ms,
            "ms",
            note="of both processes: what the search itself costs on a busy machine",
        ),
        Figure(f"{name}: fused and 30 passages read, p95", percentile(whole, 0.95), "ms"),
        Figure(f"{name}: words alone, p95", percentile(words, 0.95), "ms"),
        Figure(f"{name}: upsert, passages a second", count / took_s),
        Figure(f"{name}: building the index beside it", optimising_s, "s"),
    ]


def _cache() -> list[Figure]:
    cache = MemoryCache()
    answer = {"text": "가" * (_CACHED_ANSWER_BYTES // 3)}
    cache.set("answer", json.dumps(answer).encode(), 60)
    found = _timed_ms(lambda _: json.loads(cache.get("answer") or b"{}"), 200)
    return [Figure("a kept answer from memory, p95", percentile(found, 0.95), "ms", 10.0)]


def _whole_way(count: int) -> list[Figure]:
    """From the question's text to passages with their matches, words alone."""
    chosen = korquad()
    terms = TermVectors()
    with tempfile.TemporaryDirectory(prefix="malgeul-lexical-") as folder:
        store = QdrantEdgeStore(Path(folder), _DIMENSION)
        try:
            texts = chosen.texts[:count]
            began = time.perf_counter()
            vectors = terms.documents(texts)
            encoding_s = time.perf_counter() - began
            store.upsert(
                [
                    Point(str(uuid.UUID(int=i)), {"document_id": f"{i}", "text": text}, vectors[i])
                    for i, text in enumerate(texts)
                ]
            )
            store.optimize()
            retriever = HybridRetriever(store, terms, lambda document, version: True)
            found = _timed_ms(lambda i: retriever.retrieve(chosen.questions[i]), 200)
        finally:
            store.close()
            terms.close()
    characters = sum(map(len, texts)) / encoding_s
    return [
        Figure("Korean question to passages by words, p50", percentile(found, 0.5), "ms"),
        Figure("Korean question to passages by words, p95", percentile(found, 0.95), "ms", 150.0),
        Figure("Korean term vectors, characters a second", characters),
    ]


def _processor_s() -> float:
    """Seconds of processor time of this process and its children so far."""
    used = 0.0
    for process in (psutil.Process(), *psutil.Process().children()):
        times = process.cpu_times()
        used += times.user + times.system
    return used


def _timed_ms(call: Callable[[int], object], count: int) -> list[float]:
    for i in range(_WARM):
        call(i)
    times = []
    for i in range(count):
        began = time.perf_counter()
        call(i)
        times.append(1000 * (time.perf_counter() - began))
    return times
