"""Keywords picked by a language model, checked against what was said.

One request for some lines: JSON of a fixed shape, enforced by the server.  What is not in the text
is dropped, so a keyword is never invented.  Used by one thread; `close` may come from any.
"""

from __future__ import annotations

import functools
import json
import math
import re
import threading
from typing import Any

from desktop.errors import ServiceError
from desktop.events import KeywordCategory
from desktop.paths import RESOURCES
from desktop.services.clients.language_model import (
    ChatRequest,
    LanguageModel,
    Message,
    Priority,
    Stream,
)
from desktop.services.keywords.extractor import DEFAULT_LIMIT, ExtractedKeyword, PostponedError
from desktop.services.keywords.grounding import MAX_CHARS as MAX_KEYWORD_CHARS
from desktop.services.keywords.grounding import grounded
from desktop.services.keywords.variants import key_of

PROMPT_VERSION = 1
MAX_KEYWORDS = 8
MAX_TOKENS = 400
MAX_CHARS = 4_000
TIMEOUT_S = 40.0
_ENTRY = re.compile(r"\{[^{}]*\}")


class NoJsonError(ServiceError):
    """The model's answer cannot be read; another way has to find the keywords."""

    code = "service.llm.no_json"


@functools.cache
def prompt(language: str) -> str:
    """The instructions: Korean for Korean, else English.  Always the same, for prefix caching."""
    name = f"keywords-{PROMPT_VERSION}-{'ko' if language == 'ko' else 'en'}.txt"
    return (RESOURCES / "prompts" / name).read_text(encoding="utf-8").strip()


def schema(limit: int) -> dict[str, Any]:
    """The shape of an answer."""
    categories = [category.value for category in KeywordCategory]
    keyword = {
        "type": "object",
        "properties": {
            "text": {"type": "string", "maxLength": MAX_KEYWORD_CHARS},
            "category": {
                "type": "string",
                "enum": categories,
            },
            "importance": {"type": "number", "minimum": 0, "maximum": 1},
        },
        "required": ["text", "category", "importance"],
        "additionalProperties": False,
    }
    return {
        "type": "object",
        "properties": {"keywords": {"type": "array", "maxItems": limit, "items": keyword}},
        "required": ["keywords"],
        "additionalProperties": False,
    }


class LanguageModelExtractor:
    """A `KeywordExtractor` by a language model."""

    def __init__(self, model: LanguageModel) -> None:
        self._model = model
        self._lock = threading.Lock()
        self._stream: Stream | None = None
        self._closed = False
        self._interrupted = False

    @property
    def source(self) -> str:
        return self._model.name

    def extract(
        self, text: str, language: str, *, limit: int = DEFAULT_LIMIT
    ) -> list[ExtractedKeyword]:
        """See `KeywordExtractor.extract`.

        Raises:
            NoJsonError: the model answered, but not in the agreed shape.
        """
        text = text[:MAX_CHARS]
        answer = self._ask(text, language, min(limit, MAX_KEYWORDS))
        found: dict[str, ExtractedKeyword] = {}
        for said in _read(answer):
            keyword = _checked(text, said)
            if keyword is not None and keyword.key not in found:
                found[keyword.key] = keyword
        best = sorted(found.values(), key=lambda keyword: -keyword.importance)
        return best[:limit]

    def interrupt(self) -> None:
        """Ends a request under way; it raises PostponedError."""
        with self._lock:
            stream = self._stream
            self._interrupted = stream is not None
        if stream is not None:
            stream.cancel()

    def close(self) -> None:
        with self._lock:
            self._closed = True
            stream = self._stream
        if stream is not None:
            stream.cancel()

    def _ask(self, text: str, language: str, limit: int) -> str:
        request = ChatRequest(
            (Message("system", prompt(language)), Message("user", text)),
            MAX_TOKENS,
            schema=schema(limit),
            priority=Priority.KEYWORDS,
            timeout_s=TIMEOUT_S,
        )
        stream = self._model.stream(request)
        with self._lock:
            self._stream = stream
            closed = self._closed
        if closed:
            stream.cancel()
        try:
            for _ in stream:
                pass
        finally:
            with self._lock:
                self._stream = None
        completion = stream.completion
        if self._closed:
            raise ServiceError("The keywords are no longer wanted.", code="service.closed")
        if self._interrupted and completion.partial:
            raise PostponedError("Keywords wait for something more urgent.")
        if completion.partial:
            raise NoJsonError("The language model's keywords broke off.")
        return completion.text


def _read(answer: str) -> list[dict[str, Any]]:
    """The keywords an answer lists; the whole ones of an answer that was cut short."""
    try:
        said = json.loads(answer)["keywords"]
    except (ValueError, TypeError, KeyError, RecursionError) as error:
        said = [whole for entry in _ENTRY.findall(answer) if (whole := _whole(entry))]
        if not said:
            raise NoJsonError("The language model's keywords cannot be read.") from error
    if not isinstance(said, list):
        raise NoJsonError("The language model's keywords cannot be read.")
    return [item for item in said if isinstance(item, dict)]


def _whole(entry: str) -> dict[str, Any] | None:
    try:
        found = json.loads(entry)
    except ValueError:
        return None
    return found if isinstance(found, dict) and "text" in found else None


def _checked(text: str, said: dict[str, Any]) -> ExtractedKeyword | None:
    """The keyword if it was really said."""
    name, category, importance = (said.get(n) for n in ("text", "category", "importance"))
    placed = grounded(name, text) if isinstance(name, str) else None
    if placed is None:
        return None
    as_said, spans = placed
    known = category in list(KeywordCategory)
    return ExtractedKeyword(
        key=key_of(as_said),
        text=as_said,
        category=KeywordCategory(str(category)) if known else KeywordCategory.OTHER,
        importance=_fraction(importance),
        spans=spans,
    )


def _fraction(value: object) -> float:
    """0..1; the middle for what is no number."""
    if isinstance(value, bool) or not isinstance(value, int | float) or math.isnan(value):
        return 0.5
    return round(min(max(float(value), 0.0), 1.0), 4)
