"""Keywords without a language model: Kiwi's nouns for Korean, phrase statistics for English.

Used by one thread; `close` may come from any.  Korean starts a child process at first use.
"""

from __future__ import annotations

import re

from desktop.services.keywords import english, korean
from desktop.services.keywords.background import Background, background
from desktop.services.keywords.categories import categorise
from desktop.services.keywords.extractor import DEFAULT_LIMIT, ExtractedKeyword
from desktop.services.keywords.morphology import MorphologicalAnalyser
from desktop.services.keywords.ranking import Ranked, rank

SOURCE = "basic"
MIN_IMPORTANCE = 0.2
MAX_CHARS = 20_000  # of one request; more is cut

_NO_BREAK = re.compile(r"[^\r\n]")
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
        """See `KeywordExtractor.extract`.  Each line goes by its script, Hangul is Korean."""
        text = text[:MAX_CHARS]
        ranked = [*self._korean(text), *self._english(text)]
        ranked.sort(key=lambda found: (-found[0].score, found[0].first.start))
        keywords = []
        for group, words in ranked[:limit]:
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

    def _korean(self, text: str) -> list[tuple[Ranked, Background]]:
        lines = _only(text, hangul=True)
        if not lines.strip():
            return []
        words = background("ko")
        found = korean.candidates(lines, self._analyser.analyse(lines), words)
        chars = len(lines.strip())
        return [(group, words) for group in rank(found, words, korean.WEIGHTS, text_chars=chars)]

    def _english(self, text: str) -> list[tuple[Ranked, Background]]:
        lines = _only(text, hangul=False)
        if not lines.strip():
            return []
        words = background("en")
        found = english.candidates(lines, words)
        chars = len(lines.strip())
        return [(group, words) for group in rank(found, words, english.WEIGHTS, text_chars=chars)]

    def close(self) -> None:
        self._analyser.close()


def _only(text: str, *, hangul: bool) -> str:
    """The lines with Hangul, or those without; blanks in place of the others keep the places."""
    return "".join(
        line if bool(_HANGUL.search(line)) is hangul else _NO_BREAK.sub(" ", line)
        for line in text.splitlines(keepends=True)
    )
