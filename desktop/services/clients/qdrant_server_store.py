"""The vector store in a Qdrant server: ours, or a cluster that others run.  Any thread.

Collection ``documents``: dense (cosine, as long as the embedder's), ``learned`` and ``terms``
sparse, the latter multiplied by IDF.  Every change waits until it is applied.
"""

from __future__ import annotations

import contextlib
import logging
import threading
import time
import warnings
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from desktop.errors import ServiceError
from desktop.services.clients.vectors import AWAY, COLLECTION, Filter, Hit, Leg, Point

_log = logging.getLogger(__name__)

DIMENSION = 1024  # of a collection begun without an embedder: bge-m3's
TIMEOUT_S = 30
_BATCH = 128
_PAGE = 5_000
_AGAIN_AFTER_S = (0.2, 1.0)
_COMING = (502, 503, 504)  # answers of a server that is on its way, or of what stands before it
_INDEXED = ("document_id", "kind", "session_id")

Vector = NDArray[np.float32] | Mapping[int, float]


def connect(url: str, api_key: str = "", *, grpc_port: int | None = None) -> Any:
    """A client for the server at `url`; gRPC where its port is known.  Does not connect yet."""
    from qdrant_client import QdrantClient

    with warnings.catch_warnings():
        # Its warning about a key without TLS: the loopback interface needs none.
        warnings.simplefilter("ignore", UserWarning)
        return QdrantClient(
            url=url,
            api_key=api_key or None,
            grpc_port=grpc_port or 6334,
            prefer_grpc=grpc_port is not None,
            timeout=TIMEOUT_S,
            check_compatibility=False,
        )


class QdrantServerStore:
    """A `VectorStore` behind qdrant-client.

    Args:
        client: see `connect`.
        dimension: of the embedder's vectors; None takes what is there.  A collection with
            another is begun anew, and `was_emptied` says so.

    Raises:
        ServiceError: the server cannot be reached or refuses.
    """

    def __init__(self, client: Any, dimension: int | None = None) -> None:
        self._client = client
        self.was_emptied = False
        self._prepare(dimension)

    def upsert(self, points: Sequence[Point]) -> None:
        from qdrant_client import models

        for first in range(0, len(points), _BATCH):
            batch = [
                models.PointStruct(
                    id=point.point_id, vector=_vectors(point), payload=dict(point.payload)
                )
                for point in points[first : first + _BATCH]
            ]
            self._do(self._client.upsert, COLLECTION, batch, wait=True)

    def delete(self, point_ids: Sequence[str]) -> None:
        if point_ids:
            self._do(self._client.delete, COLLECTION, list(point_ids), wait=True)

    def delete_document(self, document_id: str, *, keep_version: int | None = None) -> None:
        from qdrant_client import models

        but = None if keep_version is None else [_equals("version", keep_version)]
        which = models.FilterSelector(
            filter=models.Filter(must=[_equals("document_id", document_id)], must_not=but)
        )
        self._do(self._client.delete, COLLECTION, which, wait=True)

    def search(self, leg: Leg, vector: Vector, limit: int, only: Filter | None = None) -> list[Hit]:
        found = self.search_legs({leg: vector}, limit, only)[leg]
        payloads = {hit.point_id: hit.payload for hit in self.get([i for i, _ in found])}
        return [Hit(i, score, payloads[i]) for i, score in found if i in payloads]

    def search_legs(
        self, vectors: Mapping[Leg, Vector], limit: int, only: Filter | None = None
    ) -> dict[Leg, list[tuple[str, float]]]:
        from qdrant_client import models

        asked = {leg: vector for leg, vector in vectors.items() if len(vector)}
        found: dict[Leg, list[tuple[str, float]]] = {leg: [] for leg in vectors}
        if not asked:
            return found
        requests = [
            models.QueryRequest(
                query=_vector(vector),
                using=str(leg),
                limit=limit,
                filter=_conditions(only),
                with_payload=False,
            )
            for leg, vector in asked.items()
        ]
        answers = self._do(self._client.query_batch_points, COLLECTION, requests)
        for leg, answer in zip(asked, answers, strict=True):
            found[leg] = [(str(point.id), float(point.score)) for point in answer.points]
        return found

    def get(self, point_ids: Sequence[str]) -> list[Hit]:
        if not point_ids:
            return []
        points = self._do(self._client.retrieve, COLLECTION, list(point_ids), with_payload=True)
        found = {str(point.id): point.payload or {} for point in points}
        return [Hit(i, 0.0, found[i]) for i in point_ids if i in found]

    def ids(self, document_id: str | None = None) -> set[str]:
        only = _conditions(Filter(document_ids=(document_id,)) if document_id is not None else None)
        found: set[str] = set()
        offset: Any = None
        while True:
            points, offset = self._do(
                self._client.scroll,
                COLLECTION,
                only,
                limit=_PAGE,
                offset=offset,
                with_payload=False,
            )
            found.update(str(point.id) for point in points)
            if offset is None:
                return found

    def count(self) -> int:
        return int(self._do(self._client.count, COLLECTION, exact=True).count)

    def optimize(self, stop: threading.Event | None = None) -> bool:
        """The server does so by itself."""
        return True

    def close(self) -> None:
        with contextlib.suppress(Exception):  # a connection that is gone is closed
            self._client.close()

    def _prepare(self, dimension: int | None) -> None:
        if self._do(self._client.collection_exists, COLLECTION):
            info = self._do(self._client.get_collection, COLLECTION)
            there = info.config.params.vectors[str(Leg.DENSE)].size
            if dimension in (None, there):
                return
            _log.warning("the collection has vectors of %d numbers, not %d", there, dimension)
            self._do(self._client.delete_collection, COLLECTION)
            self.was_emptied = True
        self._do(_create, self._client, dimension or DIMENSION)
        for name in _INDEXED:
            self._do(self._client.create_payload_index, COLLECTION, name, "keyword", wait=True)

    def _do(self, call: Callable[..., Any], *arguments: Any, **named: Any) -> Any:
        """Calls; a connection that breaks is tried again, as every call may be repeated.

        Raises:
            ServiceError: in words for people.
        """
        from qdrant_client.http.exceptions import ResponseHandlingException, UnexpectedResponse

        for pause_s in (*_AGAIN_AFTER_S, None):
            try:
                return call(*arguments, **named)
            except UnexpectedResponse as error:
                if error.status_code in (401, 403):
                    raise _refused() from error
                away = error.status_code in _COMING
                raise _failed(f"it answered {error.status_code}", away=away) from error
            except (ResponseHandlingException, OSError, _grpc_error()) as error:
                if _status(error) in ("UNAUTHENTICATED", "PERMISSION_DENIED"):
                    raise _refused() from error
                if _status(error) not in ("", "UNAVAILABLE", "DEADLINE_EXCEEDED"):
                    raise _failed(f"it answered {_status(error)}") from error
                if pause_s is None:
                    raise _failed("it cannot be reached", away=True) from error
                time.sleep(pause_s)
            except (ValueError, AssertionError) as error:  # nonsense instead of an answer
                raise _failed("its answer makes no sense") from error
        raise AssertionError("not reached")


def _grpc_error() -> type[Exception]:
    import grpc  # type: ignore[import-untyped]  # it has none

    error: type[Exception] = grpc.RpcError
    return error


def _status(error: Exception) -> str:
    """Of a gRPC error the name of its status; empty for others."""
    code = getattr(error, "code", None)
    return str(getattr(code(), "name", "")) if callable(code) else ""


def _failed(why: str, *, away: bool = False) -> ServiceError:
    return ServiceError(
        f"The vector store (Qdrant) does not work: {why}.",
        hint="See `malgeul services status`, or choose the built-in way in the settings.",
        code=AWAY if away else "service.vectors",
    )


def _refused() -> ServiceError:
    return ServiceError(
        "The vector store (Qdrant) refuses the key.",
        hint="Give Malgeul the key of this server.",
        code="service.vectors_key",
    )


def _create(client: Any, dimension: int) -> None:
    from qdrant_client import models

    client.create_collection(
        COLLECTION,
        vectors_config={
            str(Leg.DENSE): models.VectorParams(size=dimension, distance=models.Distance.COSINE)
        },
        sparse_vectors_config={
            str(Leg.LEARNED): models.SparseVectorParams(),
            str(Leg.TERMS): models.SparseVectorParams(modifier=models.Modifier.IDF),
        },
    )


def _equals(field: str, value: str | int) -> Any:
    from qdrant_client import models

    return models.FieldCondition(key=field, match=models.MatchValue(value=value))


def _conditions(only: Filter | None) -> Any:
    from qdrant_client import models

    if only is None:
        return None
    fields = {
        "document_id": only.document_ids,
        "kind": only.kinds,
        "session_id": only.session_ids,
    }
    must = [
        models.FieldCondition(key=name, match=models.MatchAny(any=list(values)))
        for name, values in fields.items()
        if values
    ]
    return models.Filter(must=must) if must else None


def _vector(vector: Vector) -> Any:
    from qdrant_client import models

    if isinstance(vector, Mapping):
        return models.SparseVector(indices=list(vector), values=list(vector.values()))
    return np.asarray(vector, dtype=np.float32).tolist()


def _vectors(point: Point) -> dict[str, Any]:
    vectors: dict[str, Any] = {}
    if point.dense is not None:
        vectors[str(Leg.DENSE)] = _vector(point.dense)
    if point.terms:
        vectors[str(Leg.TERMS)] = _vector(point.terms)
    if point.learned:
        vectors[str(Leg.LEARNED)] = _vector(point.learned)
    return vectors
