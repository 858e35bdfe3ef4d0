"""Which languages the documents are written in: words find nothing across them.  Any thread."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Protocol

from desktop.services.rag import questions

_GOOD_PART = 0.2  # of the documents, or of their chunks


class Samples(Protocol):
    """What is asked of the documents."""

    def epoch(self) -> int:
        """Grows with every change of what can be found."""
        ...

    def samples(self) -> Sequence[tuple[str, int]]:
        """Of each document a piece from its middle, and how many chunks it has."""
        ...


class LibraryLanguages:
    """Looks at the documents again only after they changed.

    Args:
        documents: those that can be found.
    """

    def __init__(self, documents: Samples) -> None:
        self._documents = documents
        self._seen: tuple[int, list[tuple[str, int]]] | None = None

    def hides_from(self, question: str) -> bool:
        """Whether a good part of the documents is in another language than the question."""
        language = questions.language_of(question)
        found = self._found()
        documents, chunks = Counter[bool](), Counter[bool]()
        for their, count in found:
            documents[their != language] += 1
            chunks[their != language] += count
        return any(
            each[True] > 0 and each[True] >= _GOOD_PART * each.total()
            for each in (documents, chunks)
        )

    def _found(self) -> list[tuple[str, int]]:
        epoch, seen = self._documents.epoch(), self._seen
        if seen is not None and seen[0] == epoch:
            return seen[1]
        found = [(questions.language_of(text), n) for text, n in self._documents.samples()]
        self._seen = (epoch, found)
        return found
