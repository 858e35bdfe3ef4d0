"""Keywords without a language model: Kiwi's nouns for Korean, phrase statistics for English.

Used by one thread; `close` may come from any.  Korean starts a child process at first use.
"""

from __future__ import annotations

import re

from desktop.services.keywords import english, korean
from desktop.services.keywords.background import background
from desktop.services.keywords.categories import categorise
from desktop.services.keywords.extractor import DEFAULT_LIMIT, ExtractedKeyword
from desktop.services.keywords.morphology import MorphologicalAnalyser
from desktop.services.keywords.ranking import rank

SOURCE = "basic"
MIN_IMPORTANCE = 0.25
MAX_CHARS = 20_000  # of one request; more is cut

_HANGUL = re.compile(r"[가-힣]")


class BasicExtractor:
    """A `KeywordExtractor` by statistics.

    Args:
        analyser: Korean morphology; made when None.
        min_importance: what is less important is left out.
    """

    def __init__(
        self,
        analyser: MorphologicalAnalyser | None = None,
        *,
        min_importance: float = MIN_IMPORTANCE,
    ) -> None:
        self._analyser = analyser or MorphologicalAnalyser()
        self._min_importance = min_importance

    @property
    def source(self) -> str:
        return SOURCE

    def extract(
        self, text: str, language: str, *, limit: int = DEFAULT_LIMIT
    ) -> list[ExtractedKeyword]:
        """See `KeywordExtractor.extract`.  Text with Hangul in it is taken as Korean."""
        text = text[:MAX_CHARS]
        if _HANGUL.search(text):
            words = background("ko")
            found = korean.candidates(text, self._analyser.analyse(text), words)
            ranked = rank(found, words, korean.WEIGHTS, text_chars=len(text))
        else:
            words = background("en")
            found = english.candidates(text, words)
            ranked = rank(found, words, english.WEIGHTS, text_chars=len(text))
        keywords = []
        for group in ranked[:limit]:
            if group.importance < self._min_importance:
                break
            first = group.first
            as_said = " ".join(text[first.start : first.end].split())
            keywords.append(
                ExtractedKeyword(
                    key=first.key,
                    text=as_said,
                    category=categorise(first, as_said, words),
                    importance=round(group.importance, 4),
                    spans=tuple(group.spans),
                )
            )
        return keywords

    def close(self) -> None:
        self._analyser.close()
