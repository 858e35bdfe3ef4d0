"""Keywords by the language model while there is one, by statistics otherwise.

Which way a request goes is decided anew each time, so a model that comes, goes or talks nonsense
never ends keywords.  Used by one thread; `close` may come from any.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable

from desktop.errors import ServiceError
from desktop.services.clients.language_model import LanguageModel
from desktop.services.keywords.extractor import (
    DEFAULT_LIMIT,
    ExtractedKeyword,
    KeywordExtractor,
    PostponedError,
)
from desktop.services.keywords.language_model import LanguageModelExtractor, NoJsonError

_log = logging.getLogger(__name__)

REST_S = 30.0  # without the model after it failed


class AdaptiveExtractor:
    """See `KeywordExtractor`.

    Args:
        language_model: the model there is now, or None.
        basic: the way that always works.
        clock: seconds, for the rest after a failure.
    """

    def __init__(
        self,
        language_model: Callable[[], LanguageModel | None],
        basic: KeywordExtractor,
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._language_model = language_model
        self._basic = basic
        self._clock = clock
        self._rests_until_s = -1.0
        self._asking: LanguageModelExtractor | None = None
        self._source = basic.source
        self._closed = False
        self.fallbacks = 0  # requests that the model was asked and did not serve

    @property
    def source(self) -> str:
        """Who found the keywords of the last request."""
        return self._source

    def extract(
        self, text: str, language: str, *, limit: int = DEFAULT_LIMIT
    ) -> list[ExtractedKeyword]:
        model = None if self._clock() < self._rests_until_s else self._language_model()
        if model is not None:
            try:
                found = self._ask(model, text, language, limit)
            except PostponedError:
                raise
            except NoJsonError as error:
                self._fell_back(error)
            except ServiceError as error:
                if self._closed:
                    raise
                self._rests_until_s = self._clock() + REST_S
                self._fell_back(error)
            else:
                self._source = model.name
                return found
        self._source = self._basic.source
        return self._basic.extract(text, language, limit=limit)

    def interrupt(self) -> None:
        """Leaves the language model to something more urgent; `extract` raises PostponedError."""
        asking = self._asking
        if asking is not None:
            asking.interrupt()

    def close(self) -> None:
        self._closed = True
        asking = self._asking
        if asking is not None:
            asking.close()
        self._basic.close()

    def _ask(
        self, model: LanguageModel, text: str, language: str, limit: int
    ) -> list[ExtractedKeyword]:
        self._asking = LanguageModelExtractor(model)
        try:
            if self._closed:
                self._asking.close()
            return self._asking.extract(text, language, limit=limit)
        finally:
            self._asking = None

    def _fell_back(self, error: ServiceError) -> None:
        self.fallbacks += 1
        _log.info("keywords by statistics this time: %s", error)
