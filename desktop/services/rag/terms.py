"""Text to the sparse vector it is found by: BM25 by dot product.  Any thread.

A document's vector has the saturated, length-normalised frequencies, a query's the weights of its
terms; the store multiplies by the inverse document frequency (Qdrant's ``Modifier.IDF``), which it
alone knows at every moment.  Robertson & Zaragoza, "The Probabilistic Relevance Framework", 2009.

The number of a term is a hash: no dictionary has to be kept or agreed on.  Raise `VERSION` with
any change of what a text's vector is: documents have to be indexed again then.
"""

from __future__ import annotations

import functools
import hashlib
import logging
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from desktop.errors import ServiceError
from desktop.services.keywords.morphology import MorphologicalAnalyser
from desktop.services.rag.words import Terms, Words

_log = logging.getLogger(__name__)

VERSION = "terms-1"

MAX_QUERY_CHARS = 2_000
_KEPT_QUERIES = 256


@dataclass(frozen=True, slots=True)
class Weighting:
    """BM25 of one kind of terms.

    Attributes:
        k1: how soon more of the same says nothing more.
        b: how far a long text's frequencies are discounted.
        average: terms of a usual text.  A constant: a true average would change old vectors.
        weight: of the kind in a query.
    """

    k1: float
    b: float
    average: float
    weight: float


WORDS = Weighting(k1=1.2, b=0.75, average=100.0, weight=1.0)
COMPOUNDS = Weighting(k1=0.9, b=0.4, average=40.0, weight=0.3)
GRAMS = Weighting(k1=0.9, b=0.4, average=200.0, weight=0.4)


class TermVectors:
    """Makes vectors of texts and queries.

    Args:
        analyser: Korean morphology; made when None.  Ended by `close`.
    """

    def __init__(self, analyser: MorphologicalAnalyser | None = None) -> None:
        self._words = Words(analyser)
        self._kept: dict[str, Terms] = {}

    @property
    def version(self) -> str:
        return VERSION

    @property
    def words(self) -> Words:
        """What reads the texts; shares the one analyser."""
        return self._words

    def documents(
        self, texts: Sequence[str], headings: Sequence[str] | None = None
    ) -> list[dict[int, float]]:
        """One vector a text, in order.

        Args:
            texts: passages.
            headings: of each the title and headings it stands under; found like its text.

        Raises:
            ServiceError: the Korean analyser failed: without it Korean would be indexed badly.
        """
        headings = headings if headings is not None else [""] * len(texts)
        if len(headings) != len(texts):
            raise ValueError(f"{len(texts)} texts but {len(headings)} headings")
        return [
            self._document(text, heading) for text, heading in zip(texts, headings, strict=True)
        ]

    def query(self, text: str) -> dict[int, float]:
        """The vector of a question or of keywords.

        Without the Korean analyser, syllable pairs find less but enough.
        """
        terms = self.read(text)
        vector: dict[int, float] = {}
        for kind, counts, weighting in _kinds(terms):
            for term, count in counts.items():
                number = _number(kind + term)
                vector[number] = vector.get(number, 0.0) + weighting.weight * count
        return vector

    def read(self, text: str) -> Terms:
        """The terms of a query; the last ones are remembered."""
        text = text[:MAX_QUERY_CHARS]
        kept = self._kept.get(text)
        if kept is not None:
            return kept
        try:
            terms = self._words.read(text)
        except ServiceError as error:
            _log.warning("searching by syllables only: %s", error)
            return self._words.read(text, morphemes=False)
        if len(self._kept) >= _KEPT_QUERIES:
            self._kept = {}
        self._kept[text] = terms
        return terms

    def _document(self, text: str, heading: str) -> dict[int, float]:
        terms = self._words.read(text)
        above = self._words.read(heading) if heading else Terms()
        vector: dict[int, float] = {}
        for (kind, counts, weighting), (_, titles, _) in zip(
            _kinds(terms), _kinds(above), strict=True
        ):
            length = counts.total()
            saturated = weighting.k1 * (
                1.0 - weighting.b + weighting.b * length / weighting.average
            )
            for term, count in _together(counts, titles).items():
                vector[_number(kind + term)] = round(
                    count * (weighting.k1 + 1.0) / (count + saturated), 4
                )
        return vector

    def close(self) -> None:
        """Ends the analyser's process."""
        self._words.close()


def _kinds(terms: Terms) -> tuple[tuple[str, Counter[str], Weighting], ...]:
    return (
        ("w", terms.words, WORDS),
        ("c", terms.compounds, COMPOUNDS),
        ("g", terms.grams, GRAMS),
    )


def _together(counts: Counter[str], titles: Counter[str]) -> Counter[str]:
    return counts + titles if titles else counts


@functools.lru_cache(maxsize=262_144)
def _number(term: str) -> int:
    """A term's index in the vector: 32 bits, the same on every machine."""
    return int.from_bytes(hashlib.blake2b(term.encode(), digest_size=4).digest(), "little")
