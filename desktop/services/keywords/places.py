"""Where a keyword stands in a text, however it is spaced or cased.  Pure."""

from __future__ import annotations

import re
import unicodedata

# Longest first, so that 에서 goes before 에.
_PARTICLES = (
    *("라는", "이라는", "이라고", "라고", "에서", "에게", "께서", "한테", "으로", "부터", "까지"),
    *("처럼", "보다", "이랑", "이나", "든지", "마다", "조차", "밖에"),
    *("은", "는", "이", "가", "을", "를", "의", "에", "와", "과", "랑", "로", "도", "만", "나"),
)
_HANGUL = re.compile(r"[가-힣]")
_SHORTEST = 2  # letters that are left when a particle is taken off


def find_places(text: str, keyword: str) -> tuple[tuple[int, int], ...]:
    """Every place of `keyword` in `text` as (start, end); empty when it is not there.

    Case and spaces do not count; a place begins where a word begins, ends where a Latin word ends,
    and does not cross a line's end.  A Korean particle at the keyword's end is taken off when it
    stands nowhere with it.
    """
    for form in _forms(keyword):
        found = _places(text, form)
        if found:
            return found
    return ()


def _forms(keyword: str) -> list[str]:
    folded = _fold(keyword)[0]
    forms = [folded]
    for particle in _PARTICLES:
        shorter = folded.removesuffix(particle)
        if shorter != folded and len(shorter) >= _SHORTEST and _HANGUL.search(shorter[-1]):
            forms.append(shorter)
    return [form for form in forms if form]


def _fold(text: str) -> tuple[str, list[int]]:
    """Letters and digits folded, with where each came from; a line's end stays a line's end."""
    letters: list[str] = []
    places: list[int] = []
    for index, character in enumerate(text):
        for folded in unicodedata.normalize("NFKC", character).casefold():
            if folded.isalnum() or folded == "\n":
                letters.append(folded)
                places.append(index)
    return "".join(letters), places


def _places(text: str, form: str) -> tuple[tuple[int, int], ...]:
    folded, places = _fold(text)
    found: list[tuple[int, int]] = []
    at = folded.find(form)
    while at >= 0:
        start, end = places[at], places[at + len(form) - 1] + 1
        if _begins_word(text, start) and _ends_word(text, end):
            found.append((start, end))
            at = folded.find(form, at + len(form))
        else:
            at = folded.find(form, at + 1)
    return tuple(found)


def _begins_word(text: str, start: int) -> bool:
    return start == 0 or not text[start - 1].isalnum()


def _ends_word(text: str, end: int) -> bool:
    """A Latin word must be whole; after Hangul a particle or an ending may follow."""
    if end >= len(text) or not text[end].isalnum():
        return True
    return bool(_HANGUL.match(text[end - 1]) or _HANGUL.match(text[end]))
