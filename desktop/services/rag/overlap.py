"""How much of what one text says stands in another, by content words.  Any thread."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterable, Mapping

from desktop.errors import ServiceError
from desktop.services.rag import latin
from desktop.services.rag.words import Terms, Words

_log = logging.getLogger(__name__)

_COMPOUND_WEIGHT = 0.4
_PAIR_WEIGHT = 0.5  # syllable pairs, where the Korean analyser is missing
_NUMBER_WEIGHT = 1.5
_NAME_WEIGHT = 1.6
_CACHED_TEXTS = 512
# Words that ask or carry little: sharing them says nothing.
_EMPTY_TEXT = """
무엇 뭐 언제 누구 어디 왜 어떻 어떻게 얼마 몇 어느 어떤 무슨 것 거 게 수 등 및 또 또는 그리고 그 이
저 때 중 하 되 있 없 이르 보 주 같 않 아니 대하 관하 따르 위하 알 알리 말 말하 말씀 설명 설명하
내용 경우 그것 이것 저것 여기 거기 좀 더 잘
tell explain describ pleas give know show mean question answer document accord much mani
"""
_EMPTY = frozenset(_EMPTY_TEXT.split())
_HANGUL = re.compile(r"[가-힣]")
_NAME = re.compile(r"(?<![.!?]\s)(?<!^)\b[A-Z][\w’'-]+|\b\w*\d\w*\b|\b[A-Z]{2,}\b")


class ContentReader:
    """Reads the weighted content words of texts; remembers the last few hundred.

    Args:
        words: reads terms; its analyser is a child process.
    """

    def __init__(self, words: Words) -> None:
        self._words = words
        self._read: dict[tuple[str, bool], Mapping[str, float]] = {}

    def content(self, text: str, *, morphemes: bool = True) -> Mapping[str, float]:
        """Each content word of `text` with its weight.

        Args:
            morphemes: False where only words of other languages matter: the Korean analyser,
                which takes seconds to load, is left alone.
        """
        found = self._read.get((text, morphemes))
        if found is None:
            found = self._content(text, morphemes=morphemes)
            if len(self._read) >= _CACHED_TEXTS:
                self._read = {}
            self._read[text, morphemes] = found
        return found

    def terms(self, text: str, *, morphemes: bool = True) -> Terms:
        """The terms of `text`; Korean by its syllables alone where the analyser is missing."""
        try:
            return self._words.read(text, morphemes=morphemes)
        except ServiceError as error:
            _log.warning("comparing by syllables only: %s", error)
            return self._words.read(text, morphemes=False)

    def _content(self, text: str, *, morphemes: bool) -> dict[str, float]:
        terms = self.terms(text, morphemes=morphemes)
        pairs: Iterable[str] = () if terms.words else terms.grams
        names = {term for match in _NAME.finditer(text) for term in latin.terms(match.group())}
        weights = dict.fromkeys(pairs, _PAIR_WEIGHT)
        weights |= {f"{term}+": _COMPOUND_WEIGHT for term in terms.compounds}
        for term in terms.words:
            folded = term.casefold()
            if folded in _EMPTY:
                continue
            if any(char.isdigit() for char in term):
                weights[term] = _NUMBER_WEIGHT
            else:
                weights[term] = _NAME_WEIGHT if term in names else 1.0
        return weights


def has_korean(text: str) -> bool:
    """Whether a text has words that only the Korean analyser can tell apart."""
    return _HANGUL.search(text) is not None


def is_compound(term: str) -> bool:
    """Whether a content word stands for two neighbours together."""
    return term.endswith("+") and not term.endswith("++")


def coverage(wanted: Mapping[str, float], there: Iterable[str]) -> float:
    """The share, 0..1, of the weight of `wanted` that is `there`; 0 when nothing is wanted."""
    total = sum(wanted.values())
    if total <= 0.0:
        return 0.0
    have = there if isinstance(there, (set, frozenset, dict)) else set(there)
    return sum(weight for term, weight in wanted.items() if term in have) / total


def similar(a: Mapping[str, float], b: Mapping[str, float]) -> float:
    """Jaccard's measure of two texts' words, 0..1."""
    union = len(a.keys() | b.keys())
    return len(a.keys() & b.keys()) / union if union else 0.0
