"""Other wordings of a question by the language model, for when its own words find little.

Any thread; waits for the model, but not for long: a search without them is poorer, not wrong.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Callable

from desktop.errors import ServiceError
from desktop.services.clients.language_model import ChatRequest, LanguageModel, Message, Priority
from desktop.services.rag import prompts
from desktop.services.rag.plain import inert, visible

_log = logging.getLogger(__name__)

MAX_WORDINGS = 3
_TOKENS = 160
_WITHIN_S = 6.0
_MAX_CHARS = 400
_MARK = re.compile(r"^\s*(?:[-*•]|\(?\d{1,2}[.):])\s*")


class Paraphraser:
    """Words questions otherwise.

    Args:
        model: the language model now; None while there is none.
    """

    def __init__(self, model: Callable[[], LanguageModel | None]) -> None:
        self._model = model
        self._prompt = prompts.load("paraphrase-1")

    @property
    def version(self) -> str:
        """Of its prompt; part of a kept answer's key."""
        return self._prompt.version

    def __call__(self, question: str) -> list[str]:
        """At most three other wordings; none without a model or when it is too slow."""
        model = self._model()
        if model is None:
            return []
        request = ChatRequest(
            messages=(Message("system", self._prompt.text), Message("user", visible(question))),
            max_tokens=_TOKENS,
            priority=Priority.REWRITE,
            timeout_s=_WITHIN_S,
        )
        try:
            completion = model.complete(request)
        except ServiceError as error:
            _log.info("searching with the question's own words only: %s", error)
            return []
        lines = completion.text.splitlines()
        if completion.partial:
            lines = lines[:-1]  # the last one may lack its end
        wordings = [_MARK.sub("", inert(line)).strip() for line in lines]
        fitting = [each for each in wordings if 0 < len(each) <= _MAX_CHARS and each != question]
        return list(dict.fromkeys(fitting))[:MAX_WORDINGS]
