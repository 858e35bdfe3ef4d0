"""How text is cut for search: what is indexed, and what counts as a match.  Pure, any thread.

Korean attaches particles to words and Chinese and Japanese write no spaces, so a search must look
inside words and for one or two characters, which whole-word and trigram indexes cannot.  Text is
cut into *units*: a word of an alphabet or number ("gpu", "2026"), or one wide character ("회").
Each wide unit is indexed with its right neighbour ("회의"), or alone where none follows, so every
wide character begins exactly one token: a longer search is a phrase of such pairs, a single
character a prefix.  The index finds candidates; `find` decides, and tells where.
"""

from __future__ import annotations

import unicodedata
from functools import lru_cache
from typing import NamedTuple

VERSION = 1  # raise when the cutting changes: the index is then rebuilt on opening
FINGERPRINT = f"{VERSION}/{unicodedata.unidata_version}"

NONE, SPACE, OTHER = 0, 1, 2  # what stands before a unit: nothing, white space, punctuation

_WORD, _WIDE, _SPACE, _PUNCTUATION, _JOINER = range(5)
# Scripts written without spaces that Unicode does not count as wide: Thai, Lao, Myanmar, Khmer.
_UNSPACED = ((0x0E00, 0x0EFF), (0x1000, 0x109F), (0x1780, 0x17FF))
_MAX_WORD_CHARACTERS = 64
_SPACING_FREE_FROM = 4  # so many units may match across a space in the middle of a word


class Unit(NamedTuple):
    """A word or a wide character at ``text[start:end]``, folded."""

    text: str
    start: int
    end: int
    wide: bool
    gap: int


class Term(NamedTuple):
    """What must be found in a row.  `exact`: the last word must end where the term ends."""

    units: tuple[Unit, ...]
    exact: bool


@lru_cache(maxsize=4096)
def _kind(character: str) -> int:
    category = unicodedata.category(character)
    code = ord(character)
    if category in {"Cf", "Mn", "Me", "Mc"}:
        return _SPACE if code == 0x200B else _JOINER
    if category[0] == "Z" or category == "Cc" or character.isspace():
        return _SPACE
    if category[0] == "P":
        return _PUNCTUATION
    if category[0] in "LN":
        wide = unicodedata.east_asian_width(character) in "WF" or 0x1100 <= code <= 0x11FF
        if wide or any(low <= code <= high for low, high in _UNSPACED):
            return _WIDE
        return _WORD
    return _WIDE  # symbols, emoji and what is not assigned: each stands for itself


@lru_cache(maxsize=4096)
def _fold(cluster: str) -> str:
    folded = unicodedata.normalize("NFKC", cluster).casefold()
    return "".join(c for c in folded if unicodedata.category(c) != "Cf" and not _is_variation(c))


def _is_variation(character: str) -> bool:
    return 0xFE00 <= ord(character) <= 0xFE0F


def _extends(character: str) -> bool:
    """True for what belongs to the character before: marks, joiners, Hangul vowels and finals."""
    return 0x1160 <= ord(character) <= 0x11FF or _kind(character) == _JOINER


def units(text: str) -> list[Unit]:
    """The units of `text` in order."""
    found: list[Unit] = []
    word: list[str] = []
    word_start = word_end = 0
    gap = SPACE  # the beginning of the text counts as the beginning of a word
    position, length = 0, len(text)
    while position < length:
        start = position
        position += 1
        while position < length and _extends(text[position]):
            position += 1
        cluster = text[start:position]
        for character in cluster.lower() if cluster.isascii() else _fold(cluster):
            kind = _kind(character)
            if kind == _WORD or (kind == _JOINER and word):
                if not word:
                    word_start = start
                word.append(character)
                word_end = position
                continue
            if word:
                found.append(_word(word, word_start, word_end, gap))
                word, gap = [], NONE
            if kind == _JOINER:
                continue  # a mark on a wide character or on nothing
            if kind == _WIDE:
                found.append(Unit(character, start, position, True, gap))
                gap = NONE
            else:
                gap = max(gap, SPACE if kind == _SPACE else OTHER)
    if word:
        found.append(_word(word, word_start, word_end, gap))
    return found


def _word(characters: list[str], start: int, end: int, gap: int) -> Unit:
    return Unit("".join(characters[:_MAX_WORD_CHARACTERS]), start, end, False, gap)


def index_terms(text: str) -> str:
    """The tokens of `text` for the index, separated by spaces."""
    cut = units(text)
    return " ".join(_tokens(cut, last_alone=True))


def _tokens(cut: list[Unit] | tuple[Unit, ...], *, last_alone: bool) -> list[str]:
    tokens = []
    last = len(cut) - 1
    for i, unit in enumerate(cut):
        if not unit.wide:
            tokens.append(unit.text)
        elif i < last and cut[i + 1].wide:
            tokens.append(_legible(unit.text + cut[i + 1].text))
        elif i < last or last_alone or not (i and cut[i - 1].wide):
            tokens.append(_legible(unit.text))
    return tokens


def _legible(token: str) -> str:
    """ASCII symbols moved to the private use area: SQLite's tokenizer would drop them."""
    if token.isascii() or any(c < "\x80" for c in token):
        return "".join(c if c.isalnum() or c >= "\x80" else chr(0xE000 + ord(c)) for c in token)
    return token


def index_query(terms: tuple[Term, ...]) -> str:
    """The FTS5 expression whose rows are a superset of the matching ones."""
    parts = []
    for term in terms:
        tokens = _tokens(term.units, last_alone=False)
        last = term.units[-1]
        alone = last.wide and not (len(term.units) > 1 and term.units[-2].wide)
        star = " *" if alone or (not last.wide and not term.exact) else ""
        parts.append('"' + " ".join(tokens) + '"' + star)
    return " AND ".join(parts)


def find(text: str, terms: tuple[Term, ...]) -> tuple[tuple[int, int], ...]:
    """Where `terms` occur in `text`, merged and in order; empty unless every term occurs."""
    cut = units(text)
    spans: list[tuple[int, int]] = []
    for term in terms:
        found = _find_term(cut, term)
        if not found:
            return ()
        spans.extend(found)
    return _merged(spans)


def _find_term(cut: list[Unit], term: Term) -> list[tuple[int, int]]:
    wanted = term.units
    size = len(wanted)
    found = []
    for i in range(len(cut) - size + 1):
        last = cut[i + size - 1]
        if all(
            cut[i + k].text == wanted[k].text and cut[i + k].wide == wanted[k].wide
            for k in range(size - 1)
        ) and _ends(last, wanted[-1], exact=term.exact):
            if not _spacing_fits(cut, i, wanted):
                continue
            found.append((cut[i].start, _end_of(last, wanted[-1])))
    return found


def _ends(unit: Unit, wanted: Unit, *, exact: bool) -> bool:
    if unit.wide or wanted.wide or exact:
        return unit.text == wanted.text and unit.wide == wanted.wide
    return unit.text.startswith(wanted.text)


def _end_of(unit: Unit, wanted: Unit) -> int:
    """The end of the match: inside a word that goes on, when its letters map one to one."""
    if not unit.wide and unit.end - unit.start == len(unit.text):
        return unit.start + len(wanted.text)
    return unit.end


def _spacing_fits(cut: list[Unit], i: int, wanted: tuple[Unit, ...]) -> bool:
    """Spaces in Korean vary between writers and passes, so "회의시간" finds "회의 시간".

    But only from the beginning of a word or for longer searches, else "의사" would find
    "회의 사람", and never across punctuation that was not asked for.
    """
    for k in range(1, len(wanted)):
        if wanted[k].gap != NONE or cut[i + k].gap == NONE:
            continue
        if cut[i + k].gap == OTHER:
            return False
        if cut[i].gap == NONE and len(wanted) < _SPACING_FREE_FROM:
            return False
    return True


def _merged(spans: list[tuple[int, int]]) -> tuple[tuple[int, int], ...]:
    merged: list[tuple[int, int]] = []
    for start, end in sorted(spans):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return tuple(merged)
