"""The mirror's addresses.  Thread: ``web``; what may take time runs on its worker threads."""

from __future__ import annotations

import asyncio
import dataclasses
import json
import logging
import re
import secrets
import tempfile
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import FileResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import Mount, Route, WebSocketRoute
from starlette.staticfiles import StaticFiles
from starlette.websockets import WebSocket

from desktop.errors import MalgeulError, NotFoundError, ServiceError
from desktop.paths import RESOURCES
from desktop.records import SessionRecord
from desktop.services.web.access import Keys, cookie_name
from desktop.services.web.description import describe_api
from desktop.services.web.meeting import Answers, Meeting, describe
from desktop.services.web.mirror import Mirror
from desktop.services.web.replies import fields_of, locked_page, records_json
from desktop.services.web.speakers import serve_speaker
from desktop.services.web.uploads import Uploads
from desktop.services.web.viewers import TRY_LATER, serve_viewer
from desktop.services.web.watching import Watching

_log = logging.getLogger(__name__)

PAGE = RESOURCES / "web"
MEDIA_TYPES = {
    "txt": "text/plain; charset=utf-8",
    "srt": "application/x-subrip; charset=utf-8",
    "vtt": "text/vtt; charset=utf-8",
    "md": "text/markdown; charset=utf-8",
    "json": "application/json",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
}
MAX_QUESTION_CHARS = 2_000
MAX_TEXTS = 50
SWITCHED_OFF = "service.off"

Handler = Callable[[Request], Awaitable[Response]]


class Routes:
    """The handlers, with what they need.

    Args:
        meeting: the application.
        answers: its documents part; None while there is none.
        mirror: the state that viewers see.
        keys: the run's tokens.
    """

    def __init__(
        self, meeting: Meeting, answers: Answers | None, mirror: Mirror, keys: Keys
    ) -> None:
        self._meeting = meeting
        self._answers = answers
        self._mirror = mirror
        self._keys = keys
        self._speaking = 0
        self._watching = Watching(lambda every_s: meeting.measure_machine(every_s, "browser"))

    def application(self) -> Starlette:
        """The ASGI application, without its guard."""
        uploads = Uploads(self._meeting.guests)
        return Starlette(
            routes=[
                Route("/", self.page, methods=["GET"]),
                Route("/health", self.health, methods=["GET"]),
                Route("/openapi.json", self.description, methods=["GET"]),
                Route("/api/config", self.config, methods=["GET"]),
                Route("/api/state", self.state, methods=["GET"]),
                Route("/api/sessions", self.sessions, methods=["GET"]),
                Route("/api/sessions/{session_id}", self.session, methods=["GET"]),
                Route("/api/sessions/{session_id}/export", self.export, methods=["GET"]),
                Route("/api/ask", self.ask, methods=["POST"]),
                Route("/api/answers/{answer_id}/stop", self.stop_answer, methods=["POST"]),
                Route("/api/say", self.say, methods=["POST"]),
                Route("/api/search", self.search, methods=["POST"]),
                Route("/api/capture/{action}", self.capture, methods=["POST"]),
                Route("/api/test-audio", uploads.trial, methods=["POST"]),
                Route("/v1/audio/transcriptions", uploads.transcriptions, methods=["POST"]),
                WebSocketRoute("/live", self.live),
                WebSocketRoute("/ws", self.speak),
                Mount("/web", StaticFiles(directory=PAGE, follow_symlink=False)),
            ],
            exception_handlers={
                HTTPException: _on_http_error,
                MalgeulError: _on_known_error,
                ClientDisconnect: _on_gone,
                Exception: _on_error,
            },
        )

    # --- the page ---------------------------------------------------------------------------------

    async def page(self, request: Request) -> Response:
        """The page; with a one-time token the cookie first, and an address without it."""
        ticket = request.query_params.get("token")
        if ticket is None:
            return FileResponse(PAGE / "index.html", media_type="text/html; charset=utf-8")
        name = cookie_name(request.scope["server"][1])
        cookie = self._keys.redeem(ticket)
        if cookie is None:
            return _used_up(request, inside=self._keys.knows_cookie(request.cookies.get(name, "")))
        reply = RedirectResponse("/", 303)
        reply.set_cookie(name, cookie, httponly=True, samesite="strict", path="/")
        return reply

    async def health(self, _request: Request) -> Response:
        return JSONResponse({"status": "ok"})

    async def description(self, _request: Request) -> Response:
        return JSONResponse(describe_api())

    # --- reading ----------------------------------------------------------------------------------

    async def config(self, _request: Request) -> Response:
        return JSONResponse(describe(self._meeting, self._mirror.snapshot()))

    async def state(self, _request: Request) -> Response:
        return JSONResponse(self._mirror.snapshot())

    async def sessions(self, _request: Request) -> Response:
        def read() -> bytes:
            found = self._meeting.activities()
            return records_json(
                {"sessions": [{**fields_of(each), "activity": doing} for each, doing in found]}
            )

        return _json_response(await asyncio.to_thread(read))

    async def session(self, request: Request) -> Response:
        number = request.path_params["session_id"]
        await self._known(number)

        def read() -> bytes:  # not on the loop: a long meeting would hold up captions for seconds
            return records_json({"lines": self._meeting.segments(number)})

        return _json_response(await asyncio.to_thread(read))

    async def export(self, request: Request) -> Response:
        number = request.path_params["session_id"]
        name = request.query_params.get("format", "txt")
        if name not in MEDIA_TYPES:
            raise HTTPException(400, "format")
        title = (await self._known(number)).title

        def write() -> bytes:
            with tempfile.TemporaryDirectory() as folder:
                target = Path(folder) / f"transcript.{name}"
                return self._meeting.export_session(number, target, name).read_bytes()

        body = await asyncio.to_thread(write)
        return Response(
            body,
            media_type=MEDIA_TYPES[name],
            headers={"content-disposition": _disposition(title, name)},
        )

    async def _known(self, number: str) -> SessionRecord:
        found = await asyncio.to_thread(self._meeting.sessions)
        for record in found:
            if record.session_id == number:
                return record
        raise HTTPException(404, "not found")

    # --- doing ------------------------------------------------------------------------------------

    async def ask(self, request: Request) -> Response:
        if not self._meeting.settings.web.allow_questions:
            raise ServiceError(
                "Questions from a browser are switched off in the settings.", code=SWITCHED_OFF
            )
        body = await _json(request)
        question = _text(body, "question", MAX_QUESTION_CHARS)
        conversation = _text(body, "conversation_id", 100, required=False)
        session = self._meeting.live_session_id or ""
        number = await asyncio.to_thread(self._with_answers().ask, question, conversation, session)
        return JSONResponse({"answer_id": number}, 202)

    async def stop_answer(self, request: Request) -> Response:
        await asyncio.to_thread(self._with_answers().stop_answer, request.path_params["answer_id"])
        return JSONResponse({"stopped": True})

    async def search(self, request: Request) -> Response:
        body = await _json(request)
        query = _text(body, "query", MAX_QUESTION_CHARS)
        found = await asyncio.to_thread(self._with_answers().search_passages, query, 10)
        return JSONResponse({"passages": [dataclasses.asdict(passage) for passage in found]})

    async def say(self, request: Request) -> Response:
        """Messages of the application in the language that a reader has chosen."""
        body = await _json(request)
        language, texts = body.get("language"), body.get("texts")
        if language not in ("ko", "en"):
            raise HTTPException(422, "language")
        if not isinstance(texts, list) or len(texts) > MAX_TEXTS:
            raise HTTPException(422, "texts")
        if not all(isinstance(text, str) and len(text) <= MAX_QUESTION_CHARS for text in texts):
            raise HTTPException(422, "texts")
        said = await asyncio.to_thread(lambda: [self._meeting.say(t, language) for t in texts])
        return JSONResponse({"texts": said})

    async def capture(self, request: Request) -> Response:
        if not self._meeting.settings.web.allow_control:
            raise ServiceError(
                "Starting and stopping from a browser is switched off in the settings.",
                code=SWITCHED_OFF,
            )
        actions = {"start": self._meeting.start_capture, "stop": self._meeting.stop_capture}
        action = actions.get(request.path_params["action"])
        if action is None:
            raise HTTPException(404, "not found")
        await asyncio.to_thread(action)
        return JSONResponse({"done": True}, 202)

    async def live(self, socket: WebSocket) -> None:
        limit = self._meeting.settings.web.max_clients
        async with self._watching:
            await serve_viewer(socket, self._mirror, limit=limit)

    async def speak(self, socket: WebSocket) -> None:
        limit = self._meeting.settings.web.max_clients
        if self._speaking >= limit:
            await socket.accept()
            await socket.close(TRY_LATER, "too many clients")
            return
        self._speaking += 1
        try:
            await serve_speaker(socket, self._meeting)
        finally:
            self._speaking -= 1

    def _with_answers(self) -> Answers:
        if self._answers is None:
            raise ServiceError(
                "There are no documents to ask.",
                hint="Add documents in the window first.",
                code="service.documents",
            )
        return self._answers


def _json_response(body: bytes) -> Response:
    return Response(body, media_type="application/json")


def _used_up(request: Request, *, inside: bool) -> Response:
    """An address that was opened before: its own browser comes in by its cookie all the same."""
    if inside:
        return RedirectResponse("/", 303)
    if "text/html" not in request.headers.get("accept", ""):
        return JSONResponse({"error": "token"}, 401)
    headers, body = locked_page()
    return Response(body, 401, {name.decode(): value.decode() for name, value in headers})


def _disposition(title: str, kind: str) -> str:
    """A file called like the meeting, also where its title is Korean (RFC 6266)."""
    safe = re.sub(r"[\x00-\x1f\x7f/\\:*?\"<>|]", " ", title).strip(" .")[:80] or "transcript"
    name = quote(f"{safe}.{kind}".encode("utf-8", "replace"), safe="")
    return f"attachment; filename=\"transcript.{kind}\"; filename*=UTF-8''{name}"


async def _json(request: Request) -> Mapping[str, Any]:
    """The body as an object; 415, 400 or 413 otherwise."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/json":
        raise HTTPException(415, "media type")
    try:
        body = json.loads(await request.body(), parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
        raise HTTPException(400, "json") from error
    if not isinstance(body, dict):
        raise HTTPException(400, "an object is expected")
    return body


def _no_constant(name: str) -> float:
    raise ValueError(name)


def _text(body: Mapping[str, Any], name: str, limit: int, *, required: bool = True) -> str:
    value = body.get(name, None if required else "")
    if not isinstance(value, str) or len(value) > limit or (required and not value.strip()):
        raise HTTPException(422, name)
    return value.encode("utf-8", "replace").decode("utf-8").strip()  # no lone surrogates


async def _on_http_error(_request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    return JSONResponse({"error": error.detail}, error.status_code, headers=error.headers)


async def _on_known_error(_request: Request, error: Exception) -> Response:
    assert isinstance(error, MalgeulError)
    status = 404 if isinstance(error, NotFoundError) else 503
    if error.code == SWITCHED_OFF:
        status = 403
    return JSONResponse({"error": error.message, "hint": error.hint, "code": error.code}, status)


async def _on_gone(_request: Request, _error: Exception) -> Response:
    """Who hangs up in the middle of an upload reads nothing any more, and is no fault of ours."""
    return Response(status_code=408)


async def _on_error(_request: Request, error: Exception) -> Response:
    """An id that the log has too, and nothing else."""
    number = secrets.token_hex(4)
    _log.error("request failed, id %s", number, exc_info=error)
    return JSONResponse({"error": "unexpected", "id": number}, 500)
