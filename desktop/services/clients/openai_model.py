"""A `LanguageModel` behind any server that speaks OpenAI's chat protocol: vLLM, llama.cpp, others.

No thread of its own: requests run on the threads of their callers, take turns in one queue
(`TurnQueue`) and can be cancelled from any other.  The server's address is asked for anew before
every try, because a restarted service may be on another port with another key.  A request is
tried again, a few times, only while nothing of its answer was received (faults: N79); what was
received before a server died is kept and marked (faults: N77).
"""

from __future__ import annotations

import contextlib
import logging
import threading
import time
from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass

from tenacity import Retrying, retry_if_exception_type, stop_after_attempt
from tenacity.wait import wait_exponential_jitter

from desktop.errors import ServiceError
from desktop.events import LlmLoad
from desktop.services.clients import openai_protocol as protocol
from desktop.services.clients.language_model import ChatRequest, Completion
from desktop.services.clients.llm_meter import LlmMeter
from desktop.services.clients.openai_protocol import LostError, PassingError, Piece
from desktop.services.clients.turns import TurnQueue
from desktop.services.supervisor.spec import Endpoint

_log = logging.getLogger(__name__)

ATTEMPTS = 3
MAX_WAITING = 32
MAX_TEXT_CHARS = 400_000  # of one answer; a server that goes on and on is cut off
_CLOSE_S = 10.0
_CHARS_A_TOKEN = 3  # where a server does not count

EndpointProvider = Callable[[], Endpoint | None]


@dataclass(frozen=True, slots=True)
class Limits:
    """How long each step of a request may take, in seconds; the whole has `timeout_s`."""

    connect_s: float = 5.0
    first_s: float = 60.0  # a long prompt takes a processor a while
    pause_s: float = 20.0  # between two pieces


class OpenAiModel:
    """See `LanguageModel`.

    Args:
        name: the model's name, shown to people, and asked for where the endpoint names none.
        endpoint: where the server is now; None while it is not there.  Called on any thread.
        slots: how many requests run at a time; more of them wait for their turn.
        limits: how long the steps of a request may take.
    """

    def __init__(
        self,
        name: str,
        endpoint: EndpointProvider,
        *,
        slots: int = 1,
        limits: Limits | None = None,
    ) -> None:
        self._name = name
        self.endpoint = endpoint
        self.limits = limits or Limits()
        self.turns = TurnQueue(slots, MAX_WAITING)
        self.meter = LlmMeter()
        self._lock = threading.Lock()
        self._streams: set[OpenAiStream] = set()

    @property
    def name(self) -> str:
        return self._name

    def stream(self, request: ChatRequest) -> OpenAiStream:
        return OpenAiStream(self, request)

    def complete(self, request: ChatRequest) -> Completion:
        stream = self.stream(request)
        for _ in stream:
            pass
        return stream.completion

    def load(self) -> LlmLoad:
        """What it does, counted here, since the last call; has one reader."""
        return self.meter.load(running=self.turns.running, waiting=self.turns.waiting)

    def cancel_all(self) -> None:
        """Cancels every request, running or waiting."""
        with self._lock:
            streams = list(self._streams)
        for stream in streams:
            stream.cancel()

    def close(self) -> None:
        self.cancel_all()
        if not self.turns.close(_CLOSE_S):
            _log.warning("requests to the language model did not end within %.0f s", _CLOSE_S)

    @contextlib.contextmanager
    def known(self, stream: OpenAiStream) -> Iterator[None]:
        """Keeps a stream where `cancel_all` finds it."""
        with self._lock:
            self._streams.add(stream)
        try:
            yield
        finally:
            with self._lock:
                self._streams.discard(stream)


class OpenAiStream:
    """See `Stream`.  Its time runs from the moment it is made; iterate over it once."""

    def __init__(self, model: OpenAiModel, request: ChatRequest) -> None:
        self._model = model
        self._request = request
        from desktop.services.clients.request_line import RequestLine  # httpx takes its time

        self._line = RequestLine(total_s=request.timeout_s, connect_s=model.limits.connect_s)
        self._host = ""
        self._begun = False
        self._parts: list[str] = []
        self._chars = 0
        self._finish = "cancelled"  # until it is known to be otherwise
        self._prompt_tokens = 0
        self._completion_tokens = 0
        self._sent_s = self._first_s = self._last_s = self._ended_s = time.monotonic()

    @property
    def completion(self) -> Completion:
        return Completion(
            text="".join(self._parts),
            finish_reason=self._finish,
            partial=self._finish in ("cancelled", "lost"),
            prompt_tokens=self._prompt_tokens,
            completion_tokens=self._completion_tokens or len(self._parts),
            first_token_s=self._first_s - self._sent_s,
            total_s=self._ended_s - self._sent_s,
        )

    def cancel(self) -> None:
        self._line.cancel()
        self._model.turns.wake()

    def __iter__(self) -> Iterator[str]:
        if self._begun:
            raise RuntimeError("an answer is read once")
        self._begun = True
        return self._read()

    def _read(self) -> Iterator[str]:
        model = self._model
        with model.known(self):
            if not model.turns.take(int(self._request.priority), self._line):
                return
            try:
                self._sent_s = self._first_s = self._last_s = time.monotonic()
                yield from self._pieces()
            finally:
                self._line.let_go()
                self._ended_s = time.monotonic()
                model.turns.give_back()
                self._book()

    def _pieces(self) -> Iterator[str]:
        """The text, piece by piece; says in `_finish` how it ended."""
        with contextlib.ExitStack() as opened:
            try:
                first, rest = self._first(opened)
                if first.text:
                    yield self._take(first)
                else:
                    self._take(first)
                for piece in rest:
                    text = self._take(piece)
                    if text:
                        yield text
                    if self._chars > MAX_TEXT_CHARS:
                        raise LostError("it does not end")
                if self._finish == "cancelled":
                    self._finish = "stop"  # the server ended it without saying why
            except LostError as error:
                if not self._line.cancelled:
                    _log.warning("the language model's answer broke off: %s", error)
                    self._finish = "lost"
            except ServiceError as error:
                if self._line.cancelled:
                    return
                if not self._parts:
                    raise
                _log.warning("the language model's answer broke off: %s", error)
                self._finish = "lost"

    def _first(self, opened: contextlib.ExitStack) -> tuple[Piece, Iterator[Piece]]:
        """Tries until the first words are there; those and what follows."""
        for attempt in Retrying(
            retry=retry_if_exception_type(PassingError),
            stop=stop_after_attempt(ATTEMPTS),
            wait=wait_exponential_jitter(multiplier=0.3, max=3.0, jitter=0.3),
            sleep=self._line.wait,
            reraise=True,
        ):
            with attempt:
                if self._line.cancelled:
                    raise LostError("cancelled")
                pieces = self._open()
                for piece in pieces:
                    if piece.text or piece.finish_reason:
                        opened.callback(pieces.close)
                        return piece, pieces
                raise protocol.cut_off(self._host)
        raise AssertionError("not reached")

    def _open(self) -> Generator[Piece, None, None]:
        endpoint = self._model.endpoint()
        if endpoint is None:
            raise protocol.missing()
        self._host = protocol.host_of(endpoint.url)
        self._line.expect_within(self._model.limits.first_s)
        body = protocol.chat_body(
            self._request,
            endpoint.model or self._model.name,
            with_priority=endpoint.terms.priorities,
        )
        from desktop.services.clients.openai_exchange import exchange

        return exchange(endpoint, body, self._line)

    def _take(self, piece: Piece) -> str:
        now_s = time.monotonic()
        if piece.text:
            if self._parts:
                self._model.meter.next_token(now_s - self._last_s)
            else:
                self._first_s = now_s
                self._model.meter.first_token(now_s - self._sent_s)
            self._parts.append(piece.text)
            self._chars += len(piece.text)
            self._last_s = now_s
            self._line.expect_within(self._model.limits.pause_s)
        if piece.finish_reason:
            self._finish = piece.finish_reason
        self._prompt_tokens = piece.prompt_tokens or self._prompt_tokens
        self._completion_tokens = piece.completion_tokens or self._completion_tokens
        return piece.text

    def _book(self) -> None:
        if not self._parts:
            return
        if not self._prompt_tokens:
            chars = sum(len(message.content) for message in self._request.messages)
            self._prompt_tokens = max(1, chars // _CHARS_A_TOKEN)
        counted = self._completion_tokens or len(self._parts)
        self._model.meter.finished(self._prompt_tokens, correction=counted - len(self._parts))
