"""Scores candidates: frequent here, rare in general, several words, early in a document.

tf-idf with a rank-based background, the length weight and the discount for parts of longer
candidates of C-value (Frantzi, Ananiadou, Mima 2000).
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from desktop.services.keywords.background import Background

# In a document the beginning says what it is about; in a few spoken lines it does not.
DOCUMENT_CHARS = 400
_EARLY_CHARS = 300.0
_SATURATION = 0.8


@dataclass(frozen=True, slots=True)
class Candidate:
    """One place of a possible keyword.

    `words` are what its rarity is read off, `tag` is what the categories want to know.
    """

    key: str
    words: tuple[str, ...]
    start: int
    end: int
    proper: bool = False
    follower: str = ""


@dataclass(frozen=True, slots=True)
class Weights:
    """Exponents and factors, set on the first halves of the evaluation sets."""

    rarity: float
    length: float
    nested: float
    early: float


@dataclass(slots=True)
class Ranked:
    """A candidate with all its places."""

    first: Candidate
    spans: list[tuple[int, int]] = field(default_factory=list)
    score: float = 0.0

    @property
    def importance(self) -> float:
        """The score on a scale of 0 to 1, comparable between texts."""
        return 1.0 - math.exp(-_SATURATION * self.score)


def rank(
    candidates: Iterable[Candidate], background: Background, weights: Weights, *, text_chars: int
) -> list[Ranked]:
    """Candidates by score, best first; equal ones by place."""
    groups: dict[str, Ranked] = {}
    for candidate in candidates:
        group = groups.setdefault(candidate.key, Ranked(candidate))
        group.spans.append((candidate.start, candidate.end))
    document = text_chars >= DOCUMENT_CHARS
    for group in groups.values():
        longer = [len(g.spans) for g in groups.values() if _within(group.first, g.first)]
        share = weights.nested if document else 1.0
        count = len(group.spans) - (share * sum(longer) / len(longer) if longer else 0.0)
        if count <= 0:
            continue
        group.score = count * _weight(group.first.words, background, weights)
        if document:
            group.score *= 1.0 + weights.early * math.exp(-group.first.start / _EARLY_CHARS)
    ranked = [group for group in groups.values() if group.score > 0.0]
    return sorted(ranked, key=lambda group: (-group.score, group.first.start, group.first.key))


def _within(part: Candidate, whole: Candidate) -> bool:
    """The words of `part` stand in a row in `whole`, which has more."""
    wanted, words = part.words, whole.words
    if len(part.key) >= len(whole.key) or part.key not in whole.key:
        return False
    return any(words[i : i + len(wanted)] == wanted for i in range(len(words) - len(wanted) + 1))


def _weight(words: Sequence[str], background: Background, weights: Weights) -> float:
    rarity = sum(background.rarity(word) ** weights.rarity for word in words) / len(words)
    return float(rarity * len(words) ** weights.length)
