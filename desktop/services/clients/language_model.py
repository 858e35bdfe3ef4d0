"""What answers in words: the protocol and its requests.  Adapter: any OpenAI-compatible server."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import IntEnum
from typing import Any, Protocol


class Priority(IntEnum):
    """Lower goes first."""

    QUESTION = 0
    REWRITE = 1
    KEYWORDS = 10


@dataclass(frozen=True, slots=True)
class Message:
    role: str  # "system" | "user" | "assistant"
    content: str


@dataclass(frozen=True, slots=True)
class ChatRequest:
    """One request.  `schema` makes the server enforce JSON (``response_format``)."""

    messages: tuple[Message, ...]
    max_tokens: int
    temperature: float = 0.0
    schema: Mapping[str, Any] | None = None
    priority: Priority = Priority.QUESTION
    timeout_s: float = 60.0  # to the end; the first byte and the pauses have their own limits


@dataclass(frozen=True, slots=True)
class Completion:
    """`partial`: the text ends early, because of a cancel or a server that died (faults: N77)."""

    text: str
    finish_reason: str  # "stop" | "length" | "cancelled" | "lost"
    partial: bool
    prompt_tokens: int
    completion_tokens: int
    first_token_s: float
    total_s: float


class Stream(Protocol):
    """An answer as it comes: iterate over pieces of text, then read `completion`."""

    def __iter__(self) -> Iterator[str]: ...

    @property
    def completion(self) -> Completion:
        """The whole of it; complete once the iteration has ended."""
        ...

    def cancel(self) -> None:
        """Ends the request at the server too; from any thread."""
        ...


class LanguageModel(Protocol):
    """A language model behind one queue with priorities.  Any thread."""

    @property
    def name(self) -> str: ...

    def stream(self, request: ChatRequest) -> Stream:
        """Returns at once; iterating over the stream waits for its turn, then for each piece.

        The iteration raises ServiceError, in words for people, only while nothing was received:
        the server cannot be reached, is busy, or answers nonsense.  What was received is kept:
        then the completion is `partial`.  Leaving the iteration early cancels the request.
        """
        ...

    def complete(self, request: ChatRequest) -> Completion:
        """The same, whole.

        Raises:
            ServiceError: nothing was received, and why.
        """
        ...

    def close(self) -> None:
        """Cancels what runs and waits."""
        ...
