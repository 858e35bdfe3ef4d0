"""How common words are in general: ranks shipped in ``resources/keywords``, read once when needed.

By Zipf's law a word's probability falls with one over its rank, so the logarithm of the rank is
its inverse document frequency up to a constant: no counts need to be shipped.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Mapping
from pathlib import Path

from desktop.paths import RESOURCES
from desktop.services.keywords.variants import singular

FOLDER = RESOURCES / "keywords"


class Background:
    """The rarity of words of one language.

    Args:
        ranks: word to rank, 1 = the most frequent.
        stop: words that are no keyword by themselves.
    """

    def __init__(self, ranks: Mapping[str, int], stop: frozenset[str]) -> None:
        self._ranks = ranks
        self._full = math.log1p(max(len(ranks), 1))
        self.stop = stop

    def __contains__(self, word: str) -> bool:
        return word in self._ranks

    def rarity(self, word: str) -> float:
        """0 for the most common words, 1 for unknown ones.  Hyphened words take their rarest."""
        rank = self._ranks.get(word) or self._ranks.get(singular(word))
        if rank is not None:
            return math.log1p(rank) / self._full
        parts = [part for part in word.split("-") if part]
        if len(parts) > 1:
            return max(self.rarity(part) for part in parts)
        return 1.0


def read_words(path: Path) -> list[str]:
    """The words of a list; ``#`` begins a comment."""
    lines = path.read_text(encoding="utf-8").splitlines()
    return [word for line in lines for word in line.partition("#")[0].split()]


@functools.cache
def background(language: str) -> Background:
    """The shipped lists of "ko" or "en"."""
    name = {"ko": "ko-nouns.txt", "en": "en-words.txt"}[language]
    ranks = {word: rank for rank, word in enumerate(read_words(FOLDER / name), 1)}
    return Background(ranks, frozenset(read_words(FOLDER / f"{language}-stop.txt")))
