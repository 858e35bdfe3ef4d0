"""Answers without a language model: the best sentences of the passages, cited.  Any thread.

A sentence is good when it has the question's rarer words, shows what the question is after (a
date for "when"), stands under a fitting heading and in a passage that ranks high.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from desktop.services.rag import questions, sentences
from desktop.services.rag.overlap import ContentReader, coverage, has_korean, similar
from desktop.services.rag.questions import Kind
from desktop.services.rag.retrieval import Found

_MAX_SENTENCES = 3
_MAX_CHARS = 700
_AS_GOOD = 0.66  # of the best one's score
_SAME = 0.7
_HEADING_SHARE, _BEFORE_SHARE = 0.4, 0.25
_SHOWS, _SHOWS_NOT = 1.3, 0.75
_SHORT_CHARS, _LONG_CHARS = 14, 400
_RANK_STEP = 0.06


@dataclass(frozen=True, slots=True)
class Extract:
    """A sentence of a passage."""

    text: str
    passage: int  # index into what was found
    position: int  # of the sentence in its passage
    score: float
    content: Mapping[str, float]
    share: float  # of the question's words that it has, 0..1, those around it lent


class ExtractiveAnswerer:
    """Picks sentences.

    Args:
        reader: reads content words.
    """

    def __init__(self, reader: ContentReader) -> None:
        self._reader = reader

    def pick(self, question: str, found: Sequence[Found]) -> list[Extract]:
        """The sentences that answer best, in reading order; empty where none fits at all."""
        wanted = self._reader.content(question)
        candidates = self._candidates(question, wanted, found)
        if not candidates:
            return []
        best = max(candidates, key=lambda each: each.score)
        if best.score <= 0.0:
            return []
        chosen = [best]
        chars = len(best.text)
        for each in sorted(candidates, key=lambda one: one.score, reverse=True):
            if len(chosen) >= _MAX_SENTENCES or each.score < _AS_GOOD * best.score:
                break
            if each is best or chars + len(each.text) > _MAX_CHARS:
                continue
            if all(similar(each.content, other.content) < _SAME for other in chosen):
                chosen.append(each)
                chars += len(each.text)
        return sorted(chosen, key=lambda one: (one.passage != best.passage, one.passage,
                                               one.position))  # fmt: skip

    def _candidates(
        self, question: str, wanted: Mapping[str, float], found: Sequence[Found]
    ) -> list[Extract]:
        texts = [
            (at, position, text)
            for at, each in enumerate(found)
            for position, text in enumerate(_sentences(each.passage.text))
        ]
        korean = has_korean(question)
        contents = [self._reader.content(text, morphemes=korean) for _, _, text in texts]
        rare = _rarity(wanted, contents)
        kind = questions.kind_of(question)
        made = []
        for index, (at, position, text) in enumerate(texts):
            before = contents[index - 1] if position else {}
            heading = self._reader.content(found[at].passage.heading, morphemes=korean)
            share = _share(rare, contents[index], heading, before)
            score = share * _fits(kind, text) * (1.0 - _RANK_STEP * min(at, 8))
            made.append(Extract(text, at, position, score, contents[index], share))
        return made


def _share(
    rare: Mapping[str, float],
    content: Mapping[str, float],
    heading: Mapping[str, float],
    before: Mapping[str, float],
) -> float:
    own = coverage(rare, content)
    if own <= 0.0 and not heading:
        return 0.0
    above = {term: weight for term, weight in rare.items() if term not in content}
    total = sum(rare.values()) or 1.0
    lent = _HEADING_SHARE * sum(w for t, w in above.items() if t in heading)
    lent += _BEFORE_SHARE * sum(w for t, w in above.items() if t in before and t not in heading)
    return own + lent / total


def _fits(kind: Kind, text: str) -> float:
    shown = questions.shows(kind, text)
    factor = 1.0 if shown is None else _SHOWS if shown else _SHOWS_NOT
    if text.rstrip().endswith("?"):
        factor *= 0.5  # a question is no answer
    if len(text) < _SHORT_CHARS:
        return factor * 0.5
    return factor * (0.85 if len(text) > _LONG_CHARS else 1.0)


def _rarity(
    wanted: Mapping[str, float], contents: Sequence[Mapping[str, float]]
) -> dict[str, float]:
    """The question's words, weighted by how few of the sentences have them."""
    having = Counter(term for content in contents for term in content if term in wanted)
    return {
        term: weight * math.log(1.0 + len(contents) / (1.0 + having[term]))
        for term, weight in wanted.items()
        if having[term]
    } or dict(wanted)


def _sentences(text: str) -> list[str]:
    """A passage's sentences; a table's rows carry their headings."""
    found = [" ".join(each.split(" ")) for each in sentences.split(text)]
    head = found[0].split("\t") if found and "\t" in found[0] else []
    rows = []
    for at, each in enumerate(found):
        cells = each.split("\t")
        if at and len(cells) == len(head) > 1:
            named = zip(head, cells, strict=True)
            rows.append("; ".join(f"{a.strip()}: {b.strip()}" for a, b in named if b.strip()))
        elif not (at == 0 and head):
            rows.append(" ".join(each.split()))
    return rows
