"""What finds passages: the protocol between the retriever and what answers.  Any thread."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from desktop.events import Passage
from desktop.services.clients.vectors import Filter


@dataclass(frozen=True, slots=True)
class Found:
    """A passage, and where the section lies that it stands in (offsets into its document)."""

    passage: Passage
    section_start: int = 0
    section_end: int = 0


@dataclass(frozen=True, slots=True)
class Retrieved:
    """What was found for a question, best first; only what is live.

    Attributes:
        confidence: 0..1, how well the best passage answers; None where nobody judged.
        meant: the same by the reranker or the vectors alone; None where only words were compared.
        wordings: those besides the question's own that were searched for.
        legs: the ways in force ("terms", "dense", "learned", "rerank").
        timings_s: where the time went, by step ("embed", "search", "rerank").
        whole: False where the embedder or the reranker was away for a moment.
    """

    found: tuple[Found, ...]
    confidence: float | None = None
    legs: tuple[str, ...] = ()
    timings_s: tuple[tuple[str, float], ...] = ()
    meant: float | None = None
    wordings: tuple[str, ...] = ()
    whole: bool = True


class Retriever(Protocol):
    """Finds passages.  Any thread."""

    @property
    def version(self) -> str:
        """Names of the terms, embedding and reranking models: part of a cached answer's key."""
        ...

    def retrieve(
        self,
        query: str,
        *,
        keywords: Sequence[str] = (),
        limit: int = 10,
        only: Filter | None = None,
        reword: bool = False,
    ) -> Retrieved:
        """The best passages for a question or for words.

        Args:
            query: may be empty when there are keywords.
            keywords: widen the question; they count less than its own words.
            limit: at most so many.
            only: what may be found.
            reword: whether a language model may take its time to word a question otherwise
                that finds little.
        """
        ...
