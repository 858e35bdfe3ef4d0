"""The embedding server's routes (:8002).  Runs in the embedding environment; no torch here.

FastAPI behind `HttpGuard`.  The original's fields (``text``, ``texts``, ``embedding``,
``embeddings``, ``dimension``) stay as they were; ``sparse`` and the rest come beside them.
"""

from __future__ import annotations

import asyncio
import time
from concurrent.futures import Future
from typing import Annotated, Any, Literal

from fastapi import FastAPI, Request, Response
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field

from desktop.services.embedding.batching import (
    Batcher,
    BusyError,
    EndingError,
    OutOfMemory,
    Priority,
)
from desktop.services.embedding.encoder import Encoded, Encoder, PairScorer
from desktop.services.http_guard import App, GuardRules, HttpGuard
from desktop.services.http_refusals import describe, refusals

SERVICE = "malgeul-embedding"
MAX_TEXTS = 256
MAX_TEXT_CHARS = 100_000
MAX_PASSAGES = 200

Text = Annotated[str, Field(min_length=1, max_length=MAX_TEXT_CHARS)]
_OF_BODIES = refusals(413, 415, 422)
Urgency = Literal["query", "ingest"]


class EmbedRequest(BaseModel):
    text: Text
    priority: Urgency = "query"


class BatchRequest(BaseModel):
    texts: Annotated[list[Text], Field(min_length=1, max_length=MAX_TEXTS)]
    priority: Urgency = "ingest"


class RerankRequest(BaseModel):
    query: Text
    passages: Annotated[list[Text], Field(min_length=1, max_length=MAX_PASSAGES)]
    top_k: Annotated[int, Field(ge=0, le=MAX_PASSAGES)] = 0


class HealthReply(BaseModel):
    """`waiting` texts are in the queue; `batch_size` is the one in force."""

    status: Literal["healthy"]
    service: str
    model: str
    device: str
    dimension: int
    sparse: bool
    reranker: str
    batch_size: int
    waiting: int


class _Made(BaseModel):
    model: str
    dimension: int
    processing_time: float  # seconds


class EmbedReply(_Made):
    """A unit vector, and weights by token id where the model has them."""

    embedding: list[float]
    sparse: dict[str, float]


class BatchReply(_Made):
    """The same of each text, in order."""

    embeddings: list[list[float]]
    sparse: list[dict[str, float]]
    count: int


class Ranked(BaseModel):
    index: int
    score: float


class RerankReply(BaseModel):
    """`scores` in the passages' order, `results` best first."""

    scores: list[float]
    results: list[Ranked]
    model: str


class EmbeddingService:
    """The models with their queues.

    Args:
        encoder: makes vectors.
        scorer: reranks; None where there is no such model.
        batch_size, budget: see `Batcher`.
    """

    def __init__(
        self,
        encoder: Encoder,
        scorer: PairScorer | None = None,
        *,
        batch_size: int = 32,
        budget: int = 16_384,
    ) -> None:
        self.encoder = encoder
        self.scorer = scorer
        self.texts: Batcher[str, Encoded] = Batcher(
            encoder.encode, _tokens, batch_size=batch_size, budget=budget
        )
        self.pairs: Batcher[tuple[str, str], float] | None = None
        if scorer is not None:
            self.pairs = Batcher(scorer.score, _pair_tokens, batch_size=batch_size, budget=budget)

    def close(self) -> None:
        self.texts.close()
        if self.pairs is not None:
            self.pairs.close()


def _tokens(text: str) -> int:
    """About how many tokens; only to put like with like."""
    return len(text.encode()) // 4 + 2


def _pair_tokens(pair: tuple[str, str]) -> int:
    return _tokens(pair[0]) + _tokens(pair[1])


def create_app(service: EmbeddingService, rules: GuardRules) -> App:
    """The server as an ASGI application, guarded."""
    return HttpGuard(create_api(service), rules)


def create_api(service: EmbeddingService) -> FastAPI:
    """The routes alone."""
    api = describe(SERVICE, "1")
    _add_routes(api, service)
    api.add_exception_handler(BusyError, _busy)
    api.add_exception_handler(OutOfMemory, _too_large)
    api.add_exception_handler(EndingError, _ending)
    return api


def _add_routes(api: FastAPI, service: EmbeddingService) -> None:
    encoder = service.encoder

    @api.get("/health", response_model=HealthReply)
    async def health() -> dict[str, Any]:
        return {
            "status": "healthy",
            "service": SERVICE,
            "model": encoder.model,
            "device": encoder.device,
            "dimension": encoder.dimension,
            "sparse": encoder.has_sparse,
            "reranker": service.scorer.model if service.scorer is not None else "",
            "batch_size": service.texts.batch_size,
            "waiting": service.texts.waiting,
        }

    @api.post("/embed", response_model=EmbedReply, responses=_OF_BODIES)
    async def embed(asked: EmbedRequest) -> dict[str, Any]:
        began_s = time.monotonic()
        (made,) = await _all(service.texts.submit([asked.text], _urgency(asked.priority)))
        return {
            "embedding": made.dense,
            "sparse": {str(token): weight for token, weight in made.sparse.items()},
            **_about(encoder, began_s),
        }

    @api.post("/embed/batch", response_model=BatchReply, responses=_OF_BODIES)
    async def embed_batch(asked: BatchRequest) -> dict[str, Any]:
        began_s = time.monotonic()
        made = await _all(service.texts.submit(asked.texts, _urgency(asked.priority)))
        return {
            "embeddings": [each.dense for each in made],
            "sparse": [{str(t): w for t, w in each.sparse.items()} for each in made],
            "count": len(made),
            **_about(encoder, began_s),
        }

    @api.post("/rerank", response_model=RerankReply, responses=_OF_BODIES | refusals(501))
    async def rerank(asked: RerankRequest) -> Any:
        if service.pairs is None or service.scorer is None:
            return JSONResponse({"detail": "There is no reranker here."}, 501)
        pairs = [(asked.query, passage) for passage in asked.passages]
        scores = await _all(service.pairs.submit(pairs, Priority.QUERY))
        best = sorted(range(len(scores)), key=lambda at: -scores[at])
        results = [{"index": at, "score": scores[at]} for at in best[: asked.top_k or None]]
        return {"scores": scores, "results": results, "model": service.scorer.model}


def _urgency(priority: Urgency) -> Priority:
    return Priority.QUERY if priority == "query" else Priority.INGEST


def _about(encoder: Encoder, began_s: float) -> dict[str, Any]:
    return {
        "model": encoder.model,
        "dimension": encoder.dimension,
        "processing_time": round(time.monotonic() - began_s, 4),
    }


async def _all(futures: list[Future[Any]]) -> list[Any]:
    """The results; whoever goes away takes what still waits along."""
    try:
        return list(await asyncio.gather(*(asyncio.wrap_future(each) for each in futures)))
    except BaseException:
        for each in futures:
            each.cancel()
        raise


async def _busy(request: Request, error: Exception) -> Response:
    return JSONResponse({"detail": "Too many texts wait already."}, 503, {"Retry-After": "2"})


async def _too_large(request: Request, error: Exception) -> Response:
    return JSONResponse(
        {"detail": "The device's memory is not enough even for one text at a time."}, 503
    )


async def _ending(request: Request, error: Exception) -> Response:
    return JSONResponse({"detail": "The server is ending."}, 503)
