"""The RAG server's routes (:8003): questions, searching, indexing, the documents and their events.

FastAPI behind `HttpGuard`.  Routes that work run on the server's pool of threads, the streams on
its loop.  `desktop.services.rag.program` is the process around it.
"""

from __future__ import annotations

import base64
import dataclasses
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

from fastapi import APIRouter, FastAPI, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import JSONResponse, StreamingResponse

from desktop import __version__
from desktop.errors import MalgeulError, NotFoundError, ServiceError, StorageError
from desktop.services.clients.vectors import Filter
from desktop.services.documents.library import Spoken
from desktop.services.documents.transcripts import transcript_id
from desktop.services.http_guard import App, GuardRules, HttpGuard
from desktop.services.http_refusals import describe, refusals
from desktop.services.rag import replies as rp
from desktop.services.rag import requests as rq
from desktop.services.rag.opening import Documents
from desktop.services.rag.streaming import answer_stream

SERVICE = "malgeul-rag"
_INDEXED_WITHIN_S = 30.0
_SSE = "text/event-stream"
_SSE_EVENT = {
    "type": "object",
    "properties": {"event": {"type": "string"}, "data": {"type": "string"}},
    "required": ["event", "data"],
}
_STREAMED: dict[int | str, dict[str, Any]] = {
    200: {"content": {_SSE: {"schema": _SSE_EVENT}}, "description": "Server-sent events."}
}
_OF_ONE = refusals(404, 422, 507)  # of a document by its id
_STATUS: tuple[tuple[type[MalgeulError], int], ...] = (
    (NotFoundError, 404),
    (ServiceError, 503),
    (StorageError, 507),
)


def create_app(documents: Documents, rules: GuardRules) -> App:
    """The server as an ASGI application, guarded."""
    return HttpGuard(create_api(documents), rules)


def create_api(documents: Documents) -> FastAPI:
    """The routes alone."""
    api = describe(SERVICE, __version__)
    for routes in (_questions, _indexing, _meetings, _keeping, _steering, _telling):
        api.include_router(routes(documents))
    api.add_exception_handler(MalgeulError, _refused)
    return api


async def _refused(request: Request, error: Exception) -> Response:
    assert isinstance(error, MalgeulError)
    status = next((status for kind, status in _STATUS if isinstance(error, kind)), 422)
    if error.code == "service.busy":
        status = 429
    headers = {"Retry-After": "2"} if status in (429, 503) else None
    body = {"detail": error.message, "hint": error.hint, "code": error.code}
    return JSONResponse(body, status, headers)


def _questions(documents: Documents) -> APIRouter:
    router = APIRouter()

    @router.post(
        "/query",
        response_model=rp.AnswerReply,
        responses=_STREAMED | refusals(413, 415, 422, 429, 507),
    )
    async def query(asked: rq.QueryRequest, request: Request) -> Any:
        """Answers; as server-sent events when ``Accept`` or ``stream`` asks for them."""
        if asked.stream or _SSE in request.headers.get("accept", ""):
            return _streamed(documents, asked)
        answer = await run_in_threadpool(documents.desk.answer, asked.question())
        return rq.answer_body(asked.query, asked.session_id, answer)

    @router.post(
        "/query/stream",
        response_class=StreamingResponse,
        responses=_STREAMED | refusals(413, 415, 422, 429),
    )
    async def query_stream(asked: rq.QueryRequest) -> Response:
        return _streamed(documents, asked)

    @router.post(
        "/answers/{answer_id}/stop", response_model=rp.StoppedReply, responses=refusals(422)
    )
    def stop(answer_id: rq.Id) -> dict[str, Any]:
        return {"stopped": documents.desk.stop(answer_id)}

    @router.post("/search", response_model=rp.SearchReply, responses=refusals(413, 415, 422))
    def search(asked: rq.SearchRequest) -> dict[str, Any]:
        only = Filter(tuple(asked.document_ids), (), tuple(asked.session_ids))
        retrieved = documents.retriever.retrieve(
            asked.query,
            keywords=asked.keywords,
            limit=asked.top_k,
            only=only if only != Filter() else None,
        )
        results = [rq.passage_body(each.passage) for each in retrieved.found]
        return {
            "query": asked.query,
            "results": results,
            "total": len(results),
            "legs": list(retrieved.legs),
            "timings_s": dict(retrieved.timings_s),
        }

    return router


def _streamed(documents: Documents, asked: rq.QueryRequest) -> Response:
    """Refuses before the stream begins when too many are under way."""
    answer_id, stop = documents.desk.begin(asked.answer_id)
    events = answer_stream(documents.desk, asked.question(), answer_id, stop)
    return StreamingResponse(events, media_type=_SSE, headers={"X-Accel-Buffering": "no"})


def _indexing(documents: Documents) -> APIRouter:
    """Texts and files that are to be found."""
    router = APIRouter()

    @router.post(
        "/index", response_model=rp.IndexReply, responses=refusals(404, 413, 415, 422, 507)
    )
    def index(asked: rq.IndexRequest) -> dict[str, Any]:
        """Indexes a text; answers when it can be found, or after 30 s."""
        document_id = documents.library.add_text(
            asked.whole, name=asked.name, metadata=asked.metadata, document_id=asked.document_id
        )
        done = documents.wait_for(document_id, _INDEXED_WITHIN_S) if asked.wait else None
        state = documents.library.document(document_id).state if done is None else done.state
        return {
            "status": rp.success(state),
            "document_id": document_id,
            "id": document_id,
            "doc_id": asked.doc_id or document_id,
            "chunks": done.chunks if done is not None else 0,
            "reason": done.reason if done is not None else "",
        }

    @router.post(
        "/documents/paths",
        response_model=rp.QueuedReply,
        responses=refusals(404, 413, 415, 422, 507),
    )
    def add(asked: rq.PathsRequest) -> dict[str, Any]:
        return {"queued": documents.library.add([Path(path) for path in asked.paths])}

    return router


def _meetings(documents: Documents) -> APIRouter:
    """Transcripts, which the application hands over."""
    router = APIRouter()

    @router.put(
        "/transcripts/{session_id}",
        response_model=rp.IdReply,
        responses=refusals(413, 415, 422, 507),
    )
    def transcript(session_id: rq.Id, asked: rq.TranscriptRequest) -> dict[str, Any]:
        lines = [Spoken(line.text, line.start_s, line.speaker) for line in asked.lines]
        return {"document_id": documents.library.add_transcript(session_id, asked.title, lines)}

    @router.get("/transcripts", response_model=rp.TranscriptsReply, responses=refusals(507))
    def transcripts() -> dict[str, Any]:
        """What of each meeting is indexed, so that only what changed is handed over again."""
        return {"transcripts": documents.library.transcripts()}

    @router.delete(
        "/transcripts/{session_id}", response_model=rp.DoneReply, responses=refusals(404, 422, 507)
    )
    def forget_transcript(session_id: rq.Id) -> dict[str, Any]:
        documents.library.remove(transcript_id(session_id))
        return {"status": "success"}

    return router


def _keeping(documents: Documents) -> APIRouter:
    """What is kept of each document, and whether all of it is there."""
    router = APIRouter()

    @router.get("/documents", response_model=rp.DocumentsReply, responses=refusals(507))
    def listed() -> dict[str, Any]:
        return {"documents": [dataclasses.asdict(each) for each in documents.library.documents()]}

    @router.get("/documents/{document_id}", response_model=rp.DocumentReply, responses=_OF_ONE)
    def one(document_id: rq.Id) -> dict[str, Any]:
        return dataclasses.asdict(documents.library.document(document_id))

    @router.delete("/documents/{document_id}", response_model=rp.RemovedReply, responses=_OF_ONE)
    def remove(document_id: rq.Id) -> dict[str, Any]:
        documents.library.remove(document_id)
        return {"status": "success", "document_id": document_id}

    @router.post(
        "/documents/{document_id}/reindex", response_model=rp.QueuedReply, responses=_OF_ONE
    )
    def reindex(document_id: rq.Id) -> dict[str, Any]:
        return {"queued": documents.library.reindex(document_id)}

    @router.post("/view", response_model=rp.ViewReply, responses=refusals(404, 413, 415, 422, 507))
    def view(asked: rq.ViewRequest) -> dict[str, Any]:
        found = documents.library.view(
            asked.document_id, asked.start, asked.end, asked.quote, asked.page
        )
        body = dataclasses.asdict(found)
        body["image"] = base64.b64encode(found.image).decode("ascii")
        return body

    @router.get("/verify", response_model=rp.VerificationReply, responses=refusals(507))
    def verify() -> dict[str, Any]:
        return dataclasses.asdict(documents.library.verify())

    return router


def _steering(documents: Documents) -> APIRouter:
    """What the indexing as a whole is told."""
    router = APIRouter()

    @router.post("/reindex", response_model=rp.QueuedReply, responses=refusals(507))
    def reindex_stale() -> dict[str, Any]:
        return {"queued": documents.library.reindex()}

    @router.post(
        "/watch", response_model=rp.WatchedReply, responses=refusals(404, 413, 415, 422, 507)
    )
    def watch(asked: rq.WatchRequest) -> dict[str, Any]:
        documents.library.watch(Path(asked.folder), asked.on)
        return {"watched": list(documents.library.status().watched)}

    @router.post("/pause", response_model=rp.PausedReply, responses=refusals(413, 415, 422, 507))
    def pause(asked: rq.SwitchRequest) -> dict[str, Any]:
        documents.library.pause(asked.on)
        return {"paused": asked.on}

    @router.post("/cancel", response_model=rp.CancelledReply, responses=refusals(507))
    def cancel() -> dict[str, Any]:
        return {"forgotten": documents.library.cancel()}

    return router


def _telling(documents: Documents) -> APIRouter:
    router = APIRouter()

    @router.get("/health", response_model=rp.HealthReply)
    def health() -> dict[str, Any]:
        return {
            "status": "healthy",
            "service": SERVICE,
            "version": __version__,
            "services": documents.ways(),
        }

    @router.get("/stats", response_model=rp.StatsReply, responses=refusals(507))
    def stats() -> dict[str, Any]:
        body = dataclasses.asdict(documents.library.status())
        body["answering"] = documents.desk.running
        body["epoch"] = documents.library.epoch()
        body.update(documents.describe())
        return body

    @router.get("/events", response_class=StreamingResponse, responses=_STREAMED)
    async def events() -> Response:
        stream: AsyncIterator[str] = documents.feed.listen(documents.snapshot)
        return StreamingResponse(stream, media_type=_SSE, headers={"X-Accel-Buffering": "no"})

    return router
