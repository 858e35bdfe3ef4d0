"""How wide caption text is, and where a word that is too long may be cut.  Pure, any thread.

Widths are counted in half columns: a full-width character (Hangul, Han, Kana) is two, a Latin
letter, a space or a punctuation mark is one, a combining mark is none.  A line without any
full-width character may hold 42 half columns; a line with one may hold 16 full columns, which is
the rule of Korean subtitles (Latin letters, spaces and punctuation count as half).
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache

Fits = Callable[[str], bool]

_JOINER = "\u200d"
_SENTENCE_ENDS = frozenset(".?!…。？！")
_CLAUSE_ENDS = frozenset(",;:、，；：")
_CLOSERS = "\"'”’)]}»」』）】"


@lru_cache(maxsize=4096)
def _half_columns_of(character: str) -> int:
    if unicodedata.category(character) in {"Mn", "Me", "Cf", "Cc"}:
        return 0
    if "\u1160" <= character <= "\u11ff":  # vowels and finals of decomposed Hangul
        return 0
    return 2 if unicodedata.east_asian_width(character) in {"W", "F"} else 1


def half_columns(text: str) -> int:
    """Width of `text` in half columns."""
    return sum(map(_half_columns_of, text))


def has_wide(text: str) -> bool:
    """Whether `text` holds a full-width character."""
    return any(_half_columns_of(character) == 2 for character in text)


@dataclass(frozen=True, slots=True)
class LineLimits:
    """The most a line may hold: Latin columns, or full-width columns once one is in it."""

    latin_columns: int = 42
    wide_columns: int = 16

    def limit_for(self, text: str) -> int:
        """The limit in half columns that applies to a line reading `text`."""
        return self.wide_columns * 2 if has_wide(text) else self.latin_columns

    def fits(self, text: str) -> bool:
        """Whether `text` may stand on one line."""
        return half_columns(text) <= self.limit_for(text)

    def fullness(self, text: str) -> float:
        """How much of the line `text` takes, 1.0 being all of it."""
        return half_columns(text) / self.limit_for(text)


def ends_sentence(text: str) -> bool:
    """Whether `text` ends with a full stop, question or exclamation mark."""
    bare = text.rstrip(_CLOSERS)
    return bool(bare) and bare[-1] in _SENTENCE_ENDS


def ends_clause(text: str) -> bool:
    """Whether `text` ends with a comma, colon or semicolon."""
    bare = text.rstrip(_CLOSERS)
    return bool(bare) and bare[-1] in _CLAUSE_ENDS


def ends_with_punctuation(text: str) -> bool:
    """Whether the last character is any punctuation mark."""
    return bool(text) and unicodedata.category(text[-1]).startswith("P")


def _clusters(text: str) -> Iterator[str]:
    """Pieces that must not be torn apart: a character with its marks, a joined emoji."""
    cluster = ""
    for character in text:
        attached = _half_columns_of(character) == 0 or cluster.endswith(_JOINER)
        if cluster and not attached:
            yield cluster
            cluster = ""
        cluster += character
    if cluster:
        yield cluster


def cut_to_fit(text: str, fits: Fits) -> tuple[str, str]:
    """Splits `text` into the longest head that fits and the rest; the head is never empty."""
    head = ""
    for cluster in _clusters(text):
        if head and not fits(head + cluster):
            break
        head += cluster
    return head, text[len(head) :]
