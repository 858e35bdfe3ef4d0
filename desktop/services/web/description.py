"""The mirror's addresses as OpenAPI, for programs and for tests by strangers.  Data only."""

from __future__ import annotations

from typing import Any

from desktop import __version__
from desktop.records import SessionActivity, SessionState

_TEXT = {"type": "string", "minLength": 1, "maxLength": 2_000, "pattern": r"\S"}
_TEXTS = {"type": "array", "maxItems": 50, "items": {"type": "string", "maxLength": 2_000}}
_REFUSALS = ("400", "401", "403", "404", "405", "413", "415", "422", "429", "431", "500", "503")


def _answer(kind: str = "application/json") -> dict[str, Any]:
    return {"description": "done", "content": {kind: {}}}


def _operation(summary: str, *, status: str = "200", **more: Any) -> dict[str, Any]:
    error = {"description": "refused", "content": {"application/json": {"schema": _ERROR}}}
    responses = {status: _answer(), **dict.fromkeys(_REFUSALS, error)}
    return {"summary": summary, "responses": responses, **more}


def _json(required: list[str], **properties: Any) -> dict[str, Any]:
    schema = {"type": "object", "required": required, "properties": properties}
    return {"required": True, "content": {"application/json": {"schema": schema}}}


def _in_path(name: str, schema: dict[str, Any] | None = None) -> dict[str, Any]:
    return {"name": name, "in": "path", "required": True, "schema": schema or {"type": "string"}}


_ERROR = {
    "type": "object",
    "required": ["error"],
    "properties": {
        "error": {"type": "string"},
        "hint": {"type": "string"},
        "code": {"type": "string"},
        "id": {"type": "string"},
    },
}
_SESSION = _in_path("session_id")
_SESSIONS = {
    "type": "object",
    "required": ["sessions"],
    "properties": {
        "sessions": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["session_id", "title", "state", "activity"],
                "properties": {
                    "session_id": {"type": "string"},
                    "title": {"type": "string"},
                    "state": {
                        "description": "as stored; one that was interrupted stays in recording",
                        "enum": list(SessionState),
                    },
                    "activity": {
                        "description": "what is done with it now",
                        "enum": list(SessionActivity),
                    },
                    "started_wall_s": {"type": "number"},
                    "duration_s": {"type": "number"},
                    "segment_count": {"type": "integer"},
                },
            },
        }
    },
}
_FORMATS = ["txt", "srt", "vtt", "md", "json", "docx"]
_RECORDING = {
    "type": "object",
    "required": ["file"],
    "properties": {
        "file": {"type": "string", "format": "binary"},
        "model": {"type": "string"},
        "language": {"type": "string"},
        "response_format": {"enum": ["json", "text", "srt", "vtt", "verbose_json"]},
    },
}


def _sessions() -> dict[str, Any]:
    sessions = _operation("All sessions, newest first")
    sessions["responses"]["200"] = {
        "description": "the sessions",
        "content": {"application/json": {"schema": _SESSIONS}},
    }
    return sessions


def _export() -> dict[str, Any]:
    export = _operation("A transcript as a file")
    export["responses"]["200"] = {"description": "the file", "content": {"*/*": {}}}
    export["parameters"] = [
        _SESSION,
        {"name": "format", "in": "query", "schema": {"enum": _FORMATS, "default": "txt"}},
    ]
    return export


def _transcribe() -> dict[str, Any]:
    transcribe = _operation("Transcribe a recording, as OpenAI's interface does")
    transcribe["responses"]["200"] = {"description": "the text", "content": {"*/*": {}}}
    transcribe["requestBody"] = {
        "required": True,
        "content": {"multipart/form-data": {"schema": _RECORDING}},
    }
    return transcribe


def describe_api() -> dict[str, Any]:
    """The description, as ``GET /openapi.json`` gives it to who has the token."""
    ask = _json(["question"], question=_TEXT, conversation_id={"type": "string", "maxLength": 100})
    paths = {
        "/health": {"get": _operation("Whether the mirror is there", security=[])},
        "/api/config": {"get": _operation("What is in force")},
        "/api/state": {"get": _operation("The meeting's present state")},
        "/api/sessions": {"get": _sessions()},
        "/api/sessions/{session_id}": {
            "get": _operation("A transcript's lines", parameters=[_SESSION])
        },
        "/api/sessions/{session_id}/export": {"get": _export()},
        "/api/ask": {"post": _operation("Ask the documents", status="202", requestBody=ask)},
        "/api/answers/{answer_id}/stop": {
            "post": _operation("Stop an answer", parameters=[_in_path("answer_id")])
        },
        "/api/search": {
            "post": _operation("Search the documents", requestBody=_json(["query"], query=_TEXT))
        },
        "/api/say": {
            "post": _operation(
                "Messages in another language",
                requestBody=_json(
                    ["language", "texts"], language={"enum": ["ko", "en"]}, texts=_TEXTS
                ),
            )
        },
        "/api/capture/{action}": {
            "post": _operation(
                "Start or stop listening",
                status="202",
                parameters=[_in_path("action", {"enum": ["start", "stop"]})],
            )
        },
        "/v1/audio/transcriptions": {"post": _transcribe()},
    }
    return {
        "openapi": "3.1.0",
        "info": {"title": "Malgeul", "version": __version__},
        "security": [{"token": []}],
        "components": {"securitySchemes": {"token": {"type": "http", "scheme": "bearer"}}},
        "paths": paths,
    }
