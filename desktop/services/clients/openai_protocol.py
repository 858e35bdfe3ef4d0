"""OpenAI's chat protocol: the request's body, the pieces of an answer, and refusals in words.

Pure.  vLLM, llama.cpp and others differ in details; what is read here is what they share, and
whatever else comes is said to a person as what it is (faults: N78).
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from desktop.errors import ServiceError
from desktop.services.clients.language_model import ChatRequest

_TOO_LONG = ("maximum context length", "context size", "context length", "context window")
_FINISHED = {"stop": "stop", "length": "length", "eos": "stop", "tool_calls": "stop"}


class PassingError(ServiceError):
    """A trouble that may be over in a moment; worth another try while nothing was received."""


class LostError(Exception):
    """The answer had begun and does not go on."""


@dataclass(frozen=True, slots=True)
class Piece:
    """One step of an answer.  Token counts are 0 where the server did not tell them (yet)."""

    text: str = ""
    finish_reason: str = ""
    prompt_tokens: int = 0
    completion_tokens: int = 0


def chat_url(base: str) -> str:
    """The address of the chat protocol below a server's, given with or without ``/v1``."""
    base = base.rstrip("/")
    prefix = base if base.endswith("/v1") else f"{base}/v1"
    return f"{prefix}/chat/completions"


def host_of(url: str) -> str:
    """Host and port alone, for messages."""
    return urlsplit(url).netloc.rpartition("@")[2] or url


def chat_body(request: ChatRequest, model: str, *, with_priority: bool) -> dict[str, Any]:
    """The request as the protocol wants it.  `with_priority`: the server knows vLLM's field."""
    body: dict[str, Any] = {
        "model": model,
        "messages": [{"role": m.role, "content": m.content} for m in request.messages],
        "max_tokens": request.max_tokens,
        "temperature": request.temperature,
        "stream": True,
        "stream_options": {"include_usage": True},
    }
    if request.schema is not None:
        body["response_format"] = {
            "type": "json_schema",
            "json_schema": {"name": "answer", "strict": True, "schema": dict(request.schema)},
        }
    if with_priority:
        body["priority"] = int(request.priority)
    return body


def read_piece(data: str, host: str) -> Piece:
    """One event of a stream, or a whole answer of a server that does not stream.

    Raises:
        ServiceError: it is an error message or no part of the protocol.
    """
    try:
        content = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise nonsense(host, "its answer is no JSON") from error
    if not isinstance(content, dict):
        raise nonsense(host, "its answer has no known form")
    if content.get("error"):
        raise refusal(500, json.dumps(content["error"]), host)
    choices = content.get("choices")
    usage = content.get("usage")
    if not isinstance(choices, list) or not all(isinstance(choice, dict) for choice in choices):
        raise nonsense(host, "its answer has no known form")
    choice = choices[0] if choices else {}
    part = choice.get("delta") or choice.get("message") or {}
    text = part.get("content") if isinstance(part, dict) else None
    reason = choice.get("finish_reason")
    return Piece(
        text=text if isinstance(text, str) else "",
        finish_reason=_FINISHED.get(reason, "stop") if isinstance(reason, str) else "",
        prompt_tokens=_count(usage, "prompt_tokens"),
        completion_tokens=_count(usage, "completion_tokens"),
    )


def _count(usage: Any, name: str) -> int:
    value = usage.get(name) if isinstance(usage, dict) else 0
    return value if isinstance(value, int) and value > 0 else 0


def refusal(status: int, body: str, host: str) -> ServiceError:
    """Why a server did not answer, from its status and what it said."""
    said = body.casefold()
    if status in (400, 413, 422, 500) and any(sign in said for sign in _TOO_LONG):
        return ServiceError(
            "The text is too long for the language model.",
            hint="Ask about less at once.",
            code="service.llm.too_long",
        )
    if status in (401, 403):
        return ServiceError(
            f"The language model at {host} refuses the key.",
            hint="Check the key that is kept for this server.",
            code="service.llm.key",
        )
    if status == 404:
        return ServiceError(
            f"The server at {host} does not have this language model.",
            hint="Check the address and the model's name in the settings.",
            code="service.llm.model",
        )
    if status in (408, 425, 429, 503) or status >= 500:
        return _passing(status, host)
    if 300 <= status < 400:
        return nonsense(host, "it sends elsewhere")
    return ServiceError(
        f"The language model at {host} does not take the request (status {status}).",
        hint="`malgeul services logs NAME` shows what it printed.",
        code="service.llm.refused",
    )


def _passing(status: int, host: str) -> PassingError:
    if status in (408, 425, 429, 503):
        return PassingError(
            f"The language model at {host} is busy or still loading.",
            hint="Try again in a moment.",
            code="service.llm.busy",
        )
    return PassingError(
        f"The language model at {host} failed (status {status}).",
        hint="`malgeul services logs NAME` shows what it printed.",
        code="service.llm.failed",
    )


def nonsense(host: str, why: str) -> ServiceError:
    """Something answers, but in another language."""
    return ServiceError(
        f"What answers at {host} is not a language model: {why}.",
        hint="Check the address; another program may use this port.",
        code="service.llm.nonsense",
    )


def unreachable(host: str) -> PassingError:
    """Nobody answers."""
    return PassingError(
        f"The language model at {host} cannot be reached.",
        hint="It may be starting again; see `malgeul services status`.",
        code="service.llm.unreachable",
    )


def cut_off(host: str) -> PassingError:
    """The connection ended before the first word."""
    return PassingError(
        f"The language model at {host} broke off before it answered.",
        hint="It may be starting again; see `malgeul services status`.",
        code="service.llm.unreachable",
    )


def too_slow(host: str) -> ServiceError:
    """Nothing came in time; not tried again, since that would only add to the load."""
    return ServiceError(
        f"The language model at {host} did not answer in time.",
        hint="A smaller model, or one on a graphics card, answers sooner.",
        code="service.llm.slow",
    )


def missing() -> PassingError:
    """No server is ready now."""
    return PassingError(
        "There is no language model at the moment.",
        hint="`malgeul services status` says why, and how to get one.",
        code="service.llm.missing",
    )
