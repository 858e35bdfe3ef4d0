"""Where a passage has the words that were searched for, and which they are.  Pure; any thread.

Passages are not analysed again, which would take longer than the search: Korean morphemes are
looked for as they stand, Latin words by their stems.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from desktop.services.rag import latin
from desktop.services.rag.words import Terms

_HANGUL = re.compile(r"[가-힣]")
# What may follow a one-syllable noun in its word: 집에서도, but not 집합.
_PARTICLES = (
    "(?:이|가|은|는|을|를|의|에|에서|에게|께|도|만|로|으로|와|과|랑|이랑|나|이나|라|이라|부터|까지|보다"
    "|처럼|마다|밖에|조차|이다|입니다|이고|이며|들){0,2}(?![가-힣])"
)
# Forms that carry a question, not its subject.
_EMPTY_TEXT = "무엇 누구 언제 어디 얼마 어떻 어느 어떤 무슨 이것 그것 저것 여기 거기"
_EMPTY = frozenset(_EMPTY_TEXT.split())


@dataclass(frozen=True, slots=True)
class Matches:
    """`spans` are (start, end) in the text, in order, none over another; `reasons` as searched."""

    spans: tuple[tuple[int, int], ...] = ()
    reasons: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Needle:
    """One word that is searched for: how it is called, and either its stem or its pattern."""

    name: str
    stem: str = ""
    pattern: re.Pattern[str] | None = None


def needles(text: str, terms: Terms) -> list[Needle]:
    """The words of a query, in its order.

    Args:
        text: the query.
        terms: what `Words.read` found in it.
    """
    found: dict[str, Needle] = {}
    for match in latin.TOKEN.finditer(text):
        stems = latin.terms(match.group())
        if stems:
            found.setdefault(stems[0], Needle(match.group(), stem=stems[0]))
    forms = {form for form in (*terms.words, *terms.compounds) if not form.isascii()}
    for form in sorted(forms, key=lambda form: (_place(text, form), -len(form))):
        pattern = _pattern(form, form in terms.nouns)
        if pattern is not None:
            found.setdefault(form, Needle(form, pattern=pattern))
    return list(found.values())


def _place(text: str, form: str) -> int:
    place = text.find(form)
    return place if place >= 0 else len(text)


def _pattern(form: str, noun: bool) -> re.Pattern[str] | None:
    if form in _EMPTY:
        return None
    quoted = re.escape(form)
    if not _HANGUL.search(form):
        return re.compile(quoted, re.IGNORECASE) if len(form) > 1 else None
    if len(form) > 1:
        if noun or len(form) > 2:
            return re.compile(r"\s?".join(map(re.escape, form)) if len(form) > 3 else quoted)
        return re.compile(rf"(?<![가-힣]){quoted}")  # a verb: at the beginning of its word
    if not noun:
        return None
    return re.compile(rf"(?<![가-힣]){quoted}(?={_PARTICLES})")


def find(text: str, wanted: Sequence[Needle]) -> Matches:
    """What of `wanted` stands in `text`, and where."""
    spans: list[tuple[int, int]] = []
    called: dict[str, None] = {}
    stems = {needle.stem: needle.name for needle in wanted if needle.stem}
    if stems:
        for match in latin.TOKEN.finditer(text):
            hit = next((stem for stem in latin.terms(match.group()) if stem in stems), None)
            if hit is not None:
                spans.append(match.span())
                called.setdefault(stems[hit])
    for needle in wanted:
        if needle.pattern is None:
            continue
        here = [match.span() for match in needle.pattern.finditer(text)]
        if here:
            spans += here
            called.setdefault(needle.name)
    in_order = tuple(needle.name for needle in wanted if needle.name in called)
    return Matches(_merged(spans), _longest(in_order))


def names(text: str, wanted: Sequence[Needle]) -> set[str]:
    """Of `wanted` what stands in `text`, parts of compounds too."""
    stems = {needle.stem: needle.name for needle in wanted if needle.stem}
    found: set[str] = set()
    if stems:
        for match in latin.TOKEN.finditer(text):
            found.update(stems[stem] for stem in latin.terms(match.group()) if stem in stems)
    for needle in wanted:
        if needle.pattern is not None and needle.pattern.search(text):
            found.add(needle.name)
    return found


def _merged(spans: Iterable[tuple[int, int]]) -> tuple[tuple[int, int], ...]:
    merged: list[tuple[int, int]] = []
    for start, end in sorted(spans):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return tuple(merged)


def _longest(ordered: Sequence[str]) -> tuple[str, ...]:
    """Without parts of others: 데이터베이스 says 데이터 and 베이스."""
    return tuple(
        name
        for name in dict.fromkeys(ordered)
        if not any(name != other and name in other and not name.isascii() for other in ordered)
    )
