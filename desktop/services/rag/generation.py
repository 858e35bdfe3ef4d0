"""One answer of the language model: streamed, made inert, stoppable.  Any thread."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable
from dataclasses import dataclass

from desktop.services.clients.language_model import ChatRequest, LanguageModel, Message, Stream
from desktop.services.rag.plain import InertStream
from desktop.services.rag.prompts import NO_ANSWER

MAX_TOKENS = 512
_ANSWER_WITHIN_S = 120.0
_MARKER = re.compile(r"(?:<<<|< < <)?\s*passages [0-9a-f]{16}\s*(?:>>>|> > >)?")


class Stop:
    """Ends an answer from any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._asked = False
        self._stream: Stream | None = None

    @property
    def asked(self) -> bool:
        return self._asked

    def ask(self) -> None:
        """Ends what runs now, or what would begin."""
        with self._lock:
            self._asked = True
            stream = self._stream
        if stream is not None:
            stream.cancel()

    def hold(self, stream: Stream | None) -> None:
        """Says what would have to be cancelled."""
        with self._lock:
            self._stream = stream
            asked = self._asked
        if asked and stream is not None:
            stream.cancel()


@dataclass(frozen=True, slots=True)
class Generated:
    """`refused`: the model said that the passages do not answer."""

    text: str
    partial: bool
    refused: bool
    first_token_s: float


class Generator:
    """Asks the model once."""

    def __init__(self, model: LanguageModel) -> None:
        self._model = model

    def generate(
        self, messages: tuple[Message, ...], told: Callable[[str], None], stop: Stop
    ) -> Generated:
        """The model's words, told piece by piece; what came before an end is kept.

        Raises:
            ServiceError: it cannot be reached, or fails before its first word.
        """
        request = ChatRequest(messages, MAX_TOKENS, timeout_s=_ANSWER_WITHIN_S)
        stream = self._model.stream(request)
        stop.hold(stream)
        cleaner, beginning = InertStream(), _Beginning(told)
        try:
            for piece in stream:
                beginning.add(cleaner.feed(piece))
                if beginning.refused:
                    stream.cancel()
                    break
        finally:
            stop.hold(None)
        beginning.add(cleaner.end())
        beginning.end()
        completion = stream.completion
        text = _MARKER.sub("", beginning.text).strip()
        return Generated(
            text=text,
            partial=(completion.partial or stop.asked) and not beginning.refused,
            refused=beginning.refused or (not text and not stop.asked and not completion.partial),
            first_token_s=completion.first_token_s,
        )


class _Beginning:
    """Holds back the first words until they are surely no refusal."""

    def __init__(self, told: Callable[[str], None]) -> None:
        self._told = told
        self._decided = False
        self.text = ""
        self.refused = False

    def add(self, piece: str) -> None:
        if not piece:
            return
        self.text += piece
        if self._decided:
            self._told(piece)
            return
        start = self.text.lstrip(" \n\"'`*")
        if start.startswith(NO_ANSWER):
            self.refused = True
        elif not NO_ANSWER.startswith(start):
            self._decided = True
            self._told(self.text)

    def end(self) -> None:
        if not self._decided and not self.refused and self.text.strip():
            self._decided = True
            self._told(self.text)
