"""The vector store: its protocol and what goes in and out.  Adapters: Qdrant server, Qdrant Edge.

One collection, ``documents``.  A point is a chunk with up to three vectors: ``dense`` (cosine),
``learned`` (bge-m3 sparse) and ``terms`` (morphemes; the store multiplies by IDF).
"""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

COLLECTION = "documents"
AWAY = "service.vectors_away"  # code of the ServiceError while the store may come back by itself


class Leg(StrEnum):
    """A way of searching, and the name of its vector."""

    DENSE = "dense"
    LEARNED = "learned"
    TERMS = "terms"


@dataclass(frozen=True, slots=True)
class Point:
    """What is stored of one chunk.

    `payload` has text, source, kind, document_id, version, ordinal, page, start, end, heading,
    section_start, section_end, start_s, session_id and the caller's metadata.
    """

    point_id: str  # a UUID
    payload: Mapping[str, Any]
    terms: Mapping[int, float]
    learned: Mapping[int, float] = field(default_factory=dict)
    dense: NDArray[np.float32] | None = None


@dataclass(frozen=True, slots=True)
class Hit:
    point_id: str
    score: float  # the leg's own: cosine, or a sum of products
    payload: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Filter:
    """What may be found.  Empty means everything."""

    document_ids: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()
    session_ids: tuple[str, ...] = ()


class VectorStore(Protocol):
    """Keeps points.  A change that returned survives the death of any process.  Any thread."""

    def upsert(self, points: Sequence[Point]) -> None: ...

    def delete(self, point_ids: Sequence[str]) -> None: ...

    def delete_document(self, document_id: str, *, keep_version: int | None = None) -> None:
        """Deletes all points of a document, or all but those of one version."""
        ...

    def search(
        self,
        leg: Leg,
        vector: NDArray[np.float32] | Mapping[int, float],
        limit: int,
        only: Filter | None = None,
    ) -> list[Hit]:
        """The best points of one leg, best first."""
        ...

    def search_legs(
        self,
        vectors: Mapping[Leg, NDArray[np.float32] | Mapping[int, float]],
        limit: int,
        only: Filter | None = None,
    ) -> dict[Leg, list[tuple[str, float]]]:
        """Several legs at once, ids and scores only: what fuses them reads few payloads."""
        ...

    def get(self, point_ids: Sequence[str]) -> list[Hit]:
        """The points that are there, in the order asked for; their score is 0."""
        ...

    def ids(self, document_id: str | None = None) -> set[str]:
        """Every stored point's id (of one document), for reconciling and verifying."""
        ...

    def count(self) -> int: ...

    def optimize(self, stop: threading.Event | None = None) -> bool:
        """Brings the index into its fast form after many changes; whether it has that now.

        Args:
            stop: ends it early, without a result.
        """
        ...

    def close(self) -> None: ...
