"""How our FastAPI servers refuse: one shape of body, and its description for `/openapi.json`.

No torch and no Qt: the embedding server runs it in another environment, too.
"""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel

_EVERYWHERE = (400, 401, 403, 503)
_MEANINGS = {
    400: "The request is broken.",
    401: "The key is missing or wrong.",
    403: "Another host's name, or a web page asks.",
    404: "There is no such thing.",
    413: "The body is too long.",
    415: "The body is not JSON.",
    422: "The request is not understood, or cannot be done.",
    429: "Too much at once; `Retry-After` says when.",
    501: "This server has no model for it.",
    503: "What this needs is not ready; `Retry-After` says when.",
    507: "The disk is full or cannot be written.",
}


class WrongField(BaseModel):
    """One field that is not as it must be."""

    field: str
    problem: str


class Refusal(BaseModel):
    """What happened, why, and what to do."""

    detail: str
    hint: str = ""
    code: str = ""
    errors: list[WrongField] = []


def refusals(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """For a route's `responses`: with what else it may refuse than every route may."""
    return {status: {"model": Refusal, "description": _MEANINGS[status]} for status in statuses}


def describe(title: str, version: str) -> FastAPI:
    """A FastAPI application that tells its clients about refusals, and shows no pages."""
    everywhere = refusals(*_EVERYWHERE)
    api = FastAPI(title=title, version=version, docs_url=None, redoc_url=None, responses=everywhere)
    api.add_exception_handler(RequestValidationError, _invalid)
    return api


async def _invalid(request: Request, error: Exception) -> Response:
    """Which field is wrong and why; never what was sent."""
    assert isinstance(error, RequestValidationError)
    wrong = [
        {"field": ".".join(str(part) for part in each["loc"][1:]), "problem": str(each["msg"])}
        for each in error.errors()
    ]
    return JSONResponse({"detail": "The request is not understood.", "errors": wrong}, 422)
