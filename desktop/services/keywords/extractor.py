"""What finds keywords in a piece of text: the protocol and its result.  Any thread."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from desktop.errors import ServiceError
from desktop.events import KeywordCategory

DEFAULT_LIMIT = 5


@dataclass(frozen=True, slots=True)
class ExtractedKeyword:
    """A keyword of one text.

    Attributes:
        key: the same for all variants (case, plural, spaces), see `variants.key_of`.
        text: as it stands in the text, particles left out.
        importance: 0..1.
        spans: every place it stands at, as (start, end) in characters; never empty, so a keyword
            that is not in the text cannot be expressed.
    """

    key: str
    text: str
    category: KeywordCategory
    importance: float
    spans: tuple[tuple[int, int], ...]


class KeywordExtractor(Protocol):
    """Finds keywords.  Used by one thread; `close` may come from any."""

    @property
    def source(self) -> str:
        """ "basic", or the name of a language model."""
        ...

    def extract(
        self, text: str, language: str, *, limit: int = DEFAULT_LIMIT
    ) -> list[ExtractedKeyword]:
        """The most important keywords of `text`, best first.

        Args:
            text: one or more lines; keywords do not cross line ends.
            language: "ko", "en" or another code; "" is judged by the script.
            limit: how many at most.

        Raises:
            ServiceError: the keywords cannot be found now, see its message.
        """
        ...

    def close(self) -> None:
        """Ends what it started; an `extract` under way raises ServiceError at once."""
        ...


class PostponedError(ServiceError):
    """The text was not looked at because of something more urgent; it can be given again."""

    code = "service.keywords.postponed"


@runtime_checkable
class Interruptible(Protocol):
    """An extractor that may hold what something more urgent needs."""

    def interrupt(self) -> None:
        """An `extract` that asks a language model raises PostponedError.  Any thread."""
        ...
