"""Counts what a language model does, for servers that do not tell it themselves.  Any thread."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from desktop.events import LlmLoad

_SHORTEST_S = 0.05


class LlmMeter:
    """Tokens and times since the last look.  Has one reader: each `load` begins a new interval."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._since_s = clock()
        self._tokens_in = 0
        self._tokens_out = 0
        self._firsts: list[float] = []
        self._gap_s = 0.0
        self._gaps = 0

    def first_token(self, after_s: float) -> None:
        """The first piece of an answer came `after_s` after the request went out."""
        with self._lock:
            self._firsts.append(after_s)
            self._tokens_out += 1

    def next_token(self, after_s: float) -> None:
        """One more piece, `after_s` after the one before."""
        with self._lock:
            self._tokens_out += 1
            self._gap_s += after_s
            self._gaps += 1

    def finished(self, prompt_tokens: int, *, correction: int) -> None:
        """A request ended; `correction` is how many tokens its pieces were more (or fewer)."""
        with self._lock:
            self._tokens_in += prompt_tokens
            self._tokens_out += correction

    def load(self, *, running: int, waiting: int) -> LlmLoad:
        """The load since the last call."""
        with self._lock:
            now_s = self._clock()
            span_s = max(now_s - self._since_s, _SHORTEST_S)
            found = LlmLoad(
                source="client",
                tokens_in_per_s=self._tokens_in / span_s,
                tokens_out_per_s=max(0, self._tokens_out) / span_s,
                running=running,
                waiting=waiting,
                first_token_s=sum(self._firsts) / len(self._firsts) if self._firsts else None,
                inter_token_s=self._gap_s / self._gaps if self._gaps else None,
            )
            self._since_s = now_s
            self._tokens_in = self._tokens_out = self._gaps = 0
            self._gap_s = 0.0
            self._firsts.clear()
            return found
