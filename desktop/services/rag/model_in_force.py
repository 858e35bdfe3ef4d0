"""The language model that is there now: made anew when another one takes its place.  Any thread."""

from __future__ import annotations

import threading
from collections.abc import Callable

from desktop.services.clients.language_model import LanguageModel
from desktop.services.supervisor.spec import Endpoint

Make = Callable[[str, Callable[[], Endpoint | None]], LanguageModel]


def _open_ai(name: str, endpoint: Callable[[], Endpoint | None]) -> LanguageModel:
    from desktop.services.clients.openai_model import OpenAiModel

    return OpenAiModel(name, endpoint)


class ModelInForce:
    """Keeps the client of the language model that `endpoint` tells of.

    Args:
        endpoint: where the model is; None while there is none.
        make: makes a client for a model's name.
    """

    def __init__(self, endpoint: Callable[[], Endpoint | None], make: Make = _open_ai) -> None:
        self._endpoint = endpoint
        self._make = make
        self._lock = threading.Lock()
        self._model: LanguageModel | None = None
        self._closed = False

    def get(self) -> LanguageModel | None:
        """The model, or None while there is none."""
        endpoint = self._endpoint()
        if endpoint is None or not endpoint.model:
            return None
        with self._lock:
            if self._closed:
                return None
            before = self._model
            if before is not None and before.name == endpoint.model:
                return before
            self._model = self._make(endpoint.model, self._endpoint)
            made = self._model
        if before is not None:
            before.close()
        return made

    def close(self) -> None:
        with self._lock:
            model, self._model = self._model, None
            self._closed = True
        if model is not None:
            model.close()
