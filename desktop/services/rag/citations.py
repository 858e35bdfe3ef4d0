"""Checks an answer sentence by sentence against the passages it cites.  Any thread.

Words decide, numbers are strict, and vectors, where there are any, forgive other wording.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from desktop.errors import ServiceError
from desktop.events import AnswerSentence, Support
from desktop.services.clients.embedder import Embedder
from desktop.services.rag import sentences
from desktop.services.rag.overlap import ContentReader, coverage

_log = logging.getLogger(__name__)

_CITATION = re.compile(r"[ \t]*\[(\d{1,3}(?:\s*[,;]\s*\d{1,3})*)\]")
_NUMBER = re.compile(r"\d[\d.,]*")
_SUPPORTED, _WEAK = 0.6, 0.33
_SAME_MEANING, _SAME_MEANING_WORDS = 0.75, 0.3
_ATTRIBUTED = 0.45  # a sentence without a citation gets the passage that bears it out this far


@dataclass(frozen=True, slots=True)
class Checked:
    """An answer whose citations all exist."""

    text: str
    sentences: tuple[AnswerSentence, ...]


class CitationChecker:
    """Checks answers.

    Args:
        reader: reads content words.
        embedder: vectors of meaning; None: words alone.
    """

    def __init__(self, reader: ContentReader, embedder: Embedder | None = None) -> None:
        self._reader = reader
        self._embedder = embedder

    def check(self, text: str, passages: Sequence[str]) -> Checked:
        """The answer with citations of nothing left out, and how far each sentence is borne out.

        Args:
            text: with citations ``[n]``, counted from 1 in `passages`.
        """
        text = renumbered(text, len(passages))
        pieces = [
            (_CITATION.sub("", piece).strip(), cited(piece)) for piece in sentences.split(text)
        ]
        pieces = _joined(pieces)
        contents = [self._reader.content(passage) for passage in passages]
        near = self._meaning([plain for plain, _ in pieces], passages)
        checked = [
            self._judge(plain, numbers, passages, contents, near[at] if near else ())
            for at, (plain, numbers) in enumerate(pieces)
        ]
        return Checked(text, tuple(checked))

    def _judge(
        self,
        sentence: str,
        numbers: tuple[int, ...],
        passages: Sequence[str],
        contents: Sequence[Mapping[str, float]],
        near: Sequence[float],
    ) -> AnswerSentence:
        wanted = self._reader.content(sentence)
        if not numbers:
            shares = [coverage(wanted, content) for content in contents]
            best = max(range(len(shares)), key=shares.__getitem__, default=-1)
            if best < 0 or shares[best] < _ATTRIBUTED:
                return AnswerSentence(sentence, (), Support.UNSUPPORTED)
            numbers = (best + 1,)
        together = {term for number in numbers for term in contents[number - 1]}
        share = coverage(wanted, together)
        meaning = max((near[number - 1] for number in numbers), default=0.0) if near else 0.0
        cited_text = "\n".join(passages[number - 1] for number in numbers)
        if share >= _SUPPORTED or (meaning >= _SAME_MEANING and share >= _SAME_MEANING_WORDS):
            support = Support.SUPPORTED
        elif share >= _WEAK or meaning >= _SAME_MEANING:
            support = Support.WEAK
        else:
            support = Support.UNSUPPORTED
        if support is Support.SUPPORTED and not _numbers(sentence) <= _numbers(cited_text):
            support = Support.WEAK  # a figure that nobody wrote
        return AnswerSentence(sentence, numbers, support)

    def _meaning(self, plain: Sequence[str], passages: Sequence[str]) -> list[list[float]]:
        """Cosines of each sentence with each passage; nothing without vectors."""
        if self._embedder is None or not plain or not passages:
            return []
        try:
            made = self._embedder.embed([*plain, *passages], query=True)
        except ServiceError as error:
            _log.info("citations are checked by words alone: %s", error)
            return []
        rows = np.stack([embedding.dense for embedding in made])
        cosines: list[list[float]] = (rows[: len(plain)] @ rows[len(plain) :].T).tolist()
        return cosines


def cited(text: str) -> tuple[int, ...]:
    """The numbers cited in `text`, each once, in order."""
    found = [int(n) for match in _CITATION.finditer(text) for n in re.findall(r"\d+", match[1])]
    return tuple(dict.fromkeys(found))


def renumbered(text: str, count: int) -> str:
    """`text` without citations of passages that do not exist; ``[1, 2]`` becomes ``[1] [2]``."""

    def keep(match: re.Match[str]) -> str:
        numbers = [int(n) for n in re.findall(r"\d+", match[1]) if 1 <= int(n) <= count]
        return "".join(f" [{number}]" for number in dict.fromkeys(numbers))

    return _CITATION.sub(keep, text).strip()


def _joined(pieces: list[tuple[str, tuple[int, ...]]]) -> list[tuple[str, tuple[int, ...]]]:
    """A citation that stands alone belongs to the sentence before it."""
    joined: list[tuple[str, tuple[int, ...]]] = []
    for plain, numbers in pieces:
        if not any(char.isalnum() for char in plain):
            if joined and numbers:
                before, cited_before = joined[-1]
                joined[-1] = (before, tuple(dict.fromkeys((*cited_before, *numbers))))
            continue
        joined.append((plain, numbers))
    return joined


def _numbers(text: str) -> set[str]:
    return {match.group().replace(",", "").rstrip(".") for match in _NUMBER.finditer(text)}
