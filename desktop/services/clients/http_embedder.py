"""The embedding server's clients: vectors and reranking over its HTTP.  Any thread.

The address is asked for anew with every request, since a restarted server may be on another port
with another key.  Connections are kept; what fails to connect is tried once more (faults: N79).
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from desktop.errors import ServiceError
from desktop.services.clients.embedder import Embedding
from desktop.services.supervisor.spec import Endpoint

if TYPE_CHECKING:
    import httpx

BATCH = 32
_QUERY_WITHIN_S = 10.0
_DOCUMENTS_WITHIN_S = 180.0  # 32 long chunks on a processor
_CONNECT_WITHIN_S = 2.0
_MAX_ANSWER_BYTES = 64 << 20

EndpointProvider = Callable[[], Endpoint | None]


class EmbeddingServer:
    """Requests to the embedding server.

    Args:
        endpoint: where it is now; None while it is not there.
    """

    def __init__(self, endpoint: EndpointProvider) -> None:
        self._endpoint = endpoint
        self._lock = threading.Lock()
        self._client: httpx.Client | None = None

    def health(self) -> dict[str, Any]:
        """Its models, device and dimension.  Raises ServiceError."""
        return self._ask("GET", "/health", None, _QUERY_WITHIN_S)

    def post(self, path: str, body: dict[str, Any], within_s: float) -> dict[str, Any]:
        """One request.  Raises ServiceError."""
        return self._ask("POST", path, body, within_s)

    def close(self) -> None:
        with self._lock:
            client, self._client = self._client, None
        if client is not None:
            client.close()

    def _ask(
        self, method: str, path: str, body: dict[str, Any] | None, within_s: float
    ) -> dict[str, Any]:
        import httpx

        endpoint = self._endpoint()
        if endpoint is None:
            raise _unusable("it is not running")
        headers = {} if endpoint.key is None else {
            "Authorization": f"Bearer {endpoint.key.reveal()}"
        }  # fmt: skip
        timeout = httpx.Timeout(within_s, connect=_CONNECT_WITHIN_S)
        url = endpoint.url.rstrip("/") + path
        try:
            response = self._http().request(
                method, url, json=body, headers=headers, timeout=timeout
            )
        except httpx.HTTPError as error:
            raise _unusable(str(error) or type(error).__name__) from error
        return _body(response)

    def _http(self) -> httpx.Client:
        import httpx

        with self._lock:
            if self._client is None:
                transport = httpx.HTTPTransport(retries=1)
                self._client = httpx.Client(transport=transport, trust_env=False)
            return self._client


def _body(response: httpx.Response) -> dict[str, Any]:
    try:
        value = response.json() if len(response.content) <= _MAX_ANSWER_BYTES else None
    except ValueError:
        value = None
    if response.status_code == 200 and isinstance(value, dict):
        return value
    detail = value.get("detail") if isinstance(value, dict) else None
    reason = detail if isinstance(detail, str) else f"it answers {response.status_code}"
    raise _unusable(reason[:200])


def _unusable(reason: str) -> ServiceError:
    return ServiceError(
        f"The embedding server cannot be used: {reason.removesuffix('.')}.",
        hint="See `malgeul services status`; words alone are searched meanwhile.",
        code="service.embedding",
    )


class HttpEmbedder:
    """An `Embedder`.  Make one with `connect`.

    Args:
        server: where to ask.
        model: name and revision as the server tells them.
        dimension: of its dense vectors.
    """

    def __init__(self, server: EmbeddingServer, model: str, dimension: int) -> None:
        self._server = server
        self._model = model
        self._dimension = dimension

    @property
    def model(self) -> str:
        return self._model

    @property
    def dimension(self) -> int:
        return self._dimension

    def embed(self, texts: Sequence[str], *, query: bool = False) -> list[Embedding]:
        """See `Embedder.embed`."""
        found: list[Embedding] = []
        within_s = _QUERY_WITHIN_S if query else _DOCUMENTS_WITHIN_S
        for first in range(0, len(texts), BATCH):
            batch = list(texts[first : first + BATCH])
            body = {"texts": batch, "priority": "query" if query else "ingest"}
            found += self._read(self._server.post("/embed/batch", body, within_s), len(batch))
        return found

    def _read(self, body: dict[str, Any], count: int) -> list[Embedding]:
        try:
            dense = np.asarray(body["embeddings"], dtype=np.float32)
            sparse = body.get("sparse") or [{}] * count
            if dense.shape != (count, self._dimension) or len(sparse) != count:
                raise ValueError(f"vectors of shape {dense.shape}")
            if not np.isfinite(dense).all():
                raise ValueError("vectors that are no numbers")
            weights = [{int(k): float(v) for k, v in each.items()} for each in sparse]
        except (KeyError, ValueError, TypeError, AttributeError) as error:
            raise _unusable(f"its answer makes no sense ({error})") from error
        norms = np.linalg.norm(dense, axis=1, keepdims=True)
        dense /= np.where(norms > 0.0, norms, np.float32(1.0))
        return [Embedding(row, weight) for row, weight in zip(dense, weights, strict=True)]


class HttpReranker:
    """A `Reranker`.  Make one with `connect`."""

    def __init__(self, server: EmbeddingServer, model: str) -> None:
        self._server = server
        self._model = model

    @property
    def model(self) -> str:
        return self._model

    def score(self, query: str, passages: Sequence[str]) -> list[float]:
        """See `Reranker.score`."""
        if not passages:
            return []
        body = self._server.post(
            "/rerank", {"query": query, "passages": list(passages)}, _QUERY_WITHIN_S
        )
        try:
            scores = [float(score) for score in body["scores"]]
        except (KeyError, ValueError, TypeError) as error:
            raise _unusable(f"its answer makes no sense ({error})") from error
        if len(scores) != len(passages) or not all(0.0 <= score <= 1.0 for score in scores):
            raise _unusable("its answer makes no sense (scores)")
        return scores


def connect(server: EmbeddingServer) -> tuple[HttpEmbedder, HttpReranker | None]:
    """What the server can do now.

    Raises:
        ServiceError: it is not there, or it is something else.
    """
    health = server.health()
    try:
        model, dimension = str(health["model"]), int(health["dimension"])
        reranker = str(health.get("reranker") or "")
    except (KeyError, ValueError, TypeError) as error:
        raise _unusable("it is not an embedding server of Malgeul's kind") from error
    embedder = HttpEmbedder(server, model, dimension)
    return embedder, HttpReranker(server, reranker) if reranker else None
