"""Answers given before, found again while nothing they depend on has changed.  Any thread.

The key names everything an answer depends on: the question as understood, the documents' epoch,
what may be searched, the models, the prompt, and the conversation.  A change of any of them makes
another key, so an outdated answer is never found.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
import logging
from dataclasses import dataclass

from pydantic import TypeAdapter, ValidationError

from desktop.events import Answer
from desktop.services.clients.cache import Cache
from desktop.services.clients.vectors import Filter

_log = logging.getLogger(__name__)
_ANSWER = TypeAdapter(Answer)
_FORMAT = "answer-1"


@dataclass(frozen=True, slots=True)
class Basis:
    """What an answer depends on."""

    question: str
    language: str
    keywords: tuple[str, ...]
    meeting_id: str
    top_k: int
    only: Filter | None
    epoch: int
    retriever: str
    model: str
    prompt: str
    settings: str
    history: str

    def key(self) -> str:
        text = json.dumps(dataclasses.asdict(self), ensure_ascii=False, sort_keys=True)
        return f"{_FORMAT}:{hashlib.sha256(text.encode('utf-8', 'replace')).hexdigest()}"


class AnswerCache:
    """Keeps whole answers; partial ones are never kept."""

    def __init__(self, cache: Cache) -> None:
        self._cache = cache

    def get(self, basis: Basis) -> Answer | None:
        kept = self._cache.get(basis.key())
        if kept is None:
            return None
        try:
            answer = _ANSWER.validate_json(kept)
        except ValidationError as error:
            _log.warning("a kept answer cannot be read: %s", error.error_count())
            return None
        return dataclasses.replace(answer, cached=True)

    def put(self, basis: Basis, answer: Answer, ttl_s: int) -> None:
        if not answer.partial:
            self._cache.set(basis.key(), _ANSWER.dump_json(answer), ttl_s)
