"""Conversations: what was asked and answered before, and follow-ups made to stand alone.

Kept in the cache under the conversation's id, for as long as the settings say.  Any thread.
"""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Callable
from dataclasses import asdict, dataclass

from desktop.errors import ServiceError
from desktop.services.clients.cache import Cache
from desktop.services.clients.language_model import ChatRequest, LanguageModel, Message, Priority
from desktop.services.rag import questions
from desktop.services.rag.plain import inert
from desktop.services.rag.prompts import Prompt

_log = logging.getLogger(__name__)

MAX_TURNS = 8
_MAX_ANSWER_CHARS = 600
_REWRITE_TURNS = 3
_REWRITE_TOKENS = 80
_REWRITE_WITHIN_S = 6.0
_MAX_REWRITTEN_CHARS = 400
_ID = re.compile(r"[\w.:-]{1,128}")
_CONTEXT_WORD = re.compile(r"[A-Za-z0-9][\w’'-]*|[가-힣]{2,}")
_PARTICLE = re.compile(
    r"(?<=[가-힣]{2})(?:에서는|에서|으로는|으로|에게|까지|부터|이란|란|은|는|이|가|을|를|의|에|와|과|도|로)$"
)
_ASKING = re.compile(
    r"^(?:무엇|뭐|언제|누구|누가|어디|왜|어떻게|얼마|몇|어느|어떤|what|when|who|where|why|how|which"
    r"|is|are|was|were|do|does|did|the|a|an|of|in|on|to|and|for|about|it|its|by)",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Turn:
    """A question as it was understood, and the beginning of its answer."""

    question: str
    standalone: str
    answer: str


@dataclass(frozen=True, slots=True)
class Standalone:
    """A question that needs no history.

    Attributes:
        text: to be answered and shown.
        context: words of the conversation that help to find passages.
    """

    text: str
    context: tuple[str, ...] = ()


class Conversations:
    """Remembers turns by conversation.

    Args:
        cache: where they are kept.
        ttl_s: for how long after the last turn; asked each time.
    """

    def __init__(self, cache: Cache, ttl_s: Callable[[], int]) -> None:
        self._cache = cache
        self._ttl_s = ttl_s

    def turns(self, conversation_id: str) -> tuple[Turn, ...]:
        """What was said before, oldest first."""
        if not _ID.fullmatch(conversation_id):
            return ()
        kept = self._cache.get(_key(conversation_id))
        if kept is None:
            return ()
        try:
            return tuple(Turn(**turn) for turn in json.loads(kept))
        except (ValueError, TypeError) as error:
            _log.warning("a conversation cannot be read and begins anew: %s", error)
            return ()

    def add(self, conversation_id: str, turn: Turn) -> None:
        """Remembers a turn; the oldest beyond eight are forgotten."""
        if not _ID.fullmatch(conversation_id):
            return
        short = Turn(turn.question, turn.standalone, turn.answer[:_MAX_ANSWER_CHARS])
        turns = [*self.turns(conversation_id), short][-MAX_TURNS:]
        kept = json.dumps([asdict(each) for each in turns], ensure_ascii=False).encode()
        self._cache.set(_key(conversation_id), kept, self._ttl_s())

    def forget(self, conversation_id: str) -> None:
        if _ID.fullmatch(conversation_id):
            self._cache.delete(_key(conversation_id))


def standalone(
    question: str, turns: tuple[Turn, ...], model: LanguageModel | None, prompt: Prompt
) -> Standalone:
    """The question as it would be asked first, by the language model or by rules without."""
    if not turns or not questions.follows_up(question):
        return Standalone(question)
    if model is not None:
        rewritten = _rewritten(question, turns[-_REWRITE_TURNS:], model, prompt)
        if rewritten:
            return Standalone(rewritten)
    context = _context(turns[-1].standalone, question)
    return Standalone(f"{question} ({' '.join(context)})" if context else question, context)


def _rewritten(question: str, turns: tuple[Turn, ...], model: LanguageModel, prompt: Prompt) -> str:
    said = "\n".join(f"Q: {turn.standalone}\nA: {turn.answer[:200]}" for turn in turns)
    request = ChatRequest(
        messages=(
            Message("system", prompt.text),
            Message("user", f"{said}\n\nLast question: {question}"),
        ),
        max_tokens=_REWRITE_TOKENS,
        priority=Priority.REWRITE,
        timeout_s=_REWRITE_WITHIN_S,
    )
    try:
        completion = model.complete(request)
    except ServiceError as error:
        _log.info("a follow-up is understood by rules: %s", error)
        return ""
    text = " ".join(inert(completion.text).split())
    same_language = questions.language_of(text) == questions.language_of(question)
    if completion.partial or not same_language or not 0 < len(text) <= _MAX_REWRITTEN_CHARS:
        return ""
    return "" if _plain(text) == _plain(question) else text  # a small model may just repeat it


def _plain(text: str) -> str:
    return "".join(character for character in text.casefold() if character.isalnum())


def _context(before: str, question: str) -> tuple[str, ...]:
    """The words that carried the question before, without those said again."""
    words = [_PARTICLE.sub("", word) for word in _CONTEXT_WORD.findall(before)]
    said = question.casefold()
    kept = [word for word in words if not _ASKING.match(word) and word.casefold() not in said]
    return tuple(dict.fromkeys(kept))[:6]


def _key(conversation_id: str) -> str:
    return f"conversation:{conversation_id}"
