"""Text to the terms it is found by, whatever languages it mixes.

Korean by Kiwi's morphemes, so that particles and endings never hide a noun; nouns that stand
together also as one compound, so that "데이터베이스" and "데이터 베이스" find each other; and by
the pairs of its syllables, which forgive a wrong analysis.  Latin script by stems and pairs of
stems.  Scripts without spaces by pairs of characters, any other by words and pairs of letters.

Any thread; texts with Hangul wait for the one analyser.
"""

from __future__ import annotations

import itertools
import logging
import re
import threading
import unicodedata
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from desktop.errors import ServiceError
from desktop.services.keywords.morphology import Morpheme, MorphologicalAnalyser
from desktop.services.rag import latin

_log = logging.getLogger(__name__)

_HANGUL = re.compile(r"[가-힣]")
_HANGUL_RUN = re.compile(r"[가-힣]+")
_UNSPACED = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff\u0e00-\u0eff\u1780-\u17ff]+")
_OTHER_WORD = re.compile(r"[^\W\d_]+")

# Sejong tags of what carries meaning.  Latin (SL), numbers (SN) and Hanja (SH) are read apart.
_CONTENT = frozenset({"NNG", "NNP", "NNB", "NR", "NP", "VV", "VA", "MAG", "MM", "XR", "XSN", "XPN"})
_NOUN = frozenset({"NNG", "NNP", "NNB", "NR", "XR", "XSN", "XPN", "SL", "SN", "SH"})
_NAMES = frozenset({"NNG", "NNP", "NR", "XR"})
_WHOLE_COMPOUND_CHARS = 4  # a noun this long may be split elsewhere
_MAX_RUN = 6  # nouns of one compound; longer ones are lists without commas


@dataclass(slots=True)
class Terms:
    """How often each term stands in a text, by kind.

    `words` are morphemes and stems, `compounds` are neighbours taken together, `grams` are pairs
    of characters.  `nouns` are those of the words that can stand for a thing, in order.
    """

    words: Counter[str] = field(default_factory=Counter)
    compounds: Counter[str] = field(default_factory=Counter)
    grams: Counter[str] = field(default_factory=Counter)
    nouns: dict[str, None] = field(default_factory=dict)


class Words:
    """Reads texts.

    Args:
        analyser: Korean morphology, a child process; made when None.
    """

    def __init__(self, analyser: MorphologicalAnalyser | None = None) -> None:
        self._analyser = analyser or MorphologicalAnalyser()
        self._lock = threading.Lock()  # the analyser serves one thread at a time

    def read(self, text: str, *, morphemes: bool = True) -> Terms:
        """The terms of `text`.

        Args:
            morphemes: False leaves Kiwi out; Korean is then known by its syllable pairs alone.

        Raises:
            ServiceError: the Korean analyser failed.
        """
        text = unicodedata.normalize("NFKC", text)
        terms = Terms()
        _latin(text, terms)
        if _HANGUL.search(text):
            if morphemes:
                with self._lock:
                    found = self._analyser.analyse(text)
                _korean(text, found, terms)
            _syllable_pairs(text, terms)
        if not text.isascii():
            _other(text, terms)
        return terms

    def warm(self) -> None:
        """Loads the analyser, which takes seconds; it does not matter if that fails."""
        try:
            self.read("준비")
        except ServiceError as error:
            _log.info("the Korean analyser is not loaded ahead: %s", error)

    def close(self) -> None:
        """Ends the analyser."""
        self._analyser.close()


def _latin(text: str, terms: Terms) -> None:
    last, end = "", 0
    for match in latin.TOKEN.finditer(text):
        found = latin.terms(match.group())
        if not found:
            continue
        terms.words.update(found)
        if last and match.start() - end < 32 and "\n" not in text[end : match.start()]:
            terms.compounds[f"{last} {found[0]}"] += 1
        last, end = found[0], match.end()


def _korean(text: str, morphemes: Sequence[Morpheme], terms: Terms) -> None:
    for morpheme in morphemes:
        tag = morpheme.tag.partition("-")[0]  # "VV-I": irregular
        if tag in _CONTENT:
            form = unicodedata.normalize("NFC", morpheme.form)
            terms.words[form] += 1
            if tag in _NAMES:
                terms.nouns[form] = None
            if tag in _NOUN and len(form) >= _WHOLE_COMPOUND_CHARS:
                terms.compounds[form] += 1
    for run in _noun_runs(text, morphemes):
        forms = [unicodedata.normalize("NFC", morpheme.form).casefold() for morpheme in run]
        terms.compounds.update(a + b for a, b in itertools.pairwise(forms))
        for size in range(3, min(len(forms), _MAX_RUN) + 1):
            for first in range(len(forms) - size + 1):
                joined = forms[first : first + size]
                if run[first].start + sum(map(len, joined)) == run[first + size - 1].end:
                    terms.compounds["".join(joined)] += 1


def _noun_runs(text: str, morphemes: Sequence[Morpheme]) -> Iterator[list[Morpheme]]:
    """Nouns with nothing or one space between them, two or more."""
    run: list[Morpheme] = []
    for morpheme in morphemes:
        noun = morpheme.tag.partition("-")[0] in _NOUN
        if run and not (noun and text[run[-1].end : morpheme.start] in ("", " ")):
            if len(run) > 1:
                yield run
            run = []
        if noun:
            run.append(morpheme)
    if len(run) > 1:
        yield run


def _syllable_pairs(text: str, terms: Terms) -> None:
    for match in _HANGUL_RUN.finditer(text):
        terms.grams.update(_pairs(match.group()))


def _other(text: str, terms: Terms) -> None:
    """Scripts that are neither Hangul nor Latin."""
    for match in _UNSPACED.finditer(text):
        terms.words.update(_pairs(match.group()))
    for match in _OTHER_WORD.finditer(text):
        word = match.group().casefold()
        if latin.TOKEN.match(word) or _HANGUL.match(word) or _UNSPACED.match(word):
            continue
        terms.words[word] += 1
        terms.grams.update(_pairs(word))


def _pairs(run: str) -> list[str]:
    return [run] if len(run) == 1 else [run[i : i + 2] for i in range(len(run) - 1)]
