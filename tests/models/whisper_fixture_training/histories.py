"""Token sequences to learn from, with mistakes in what was heard so far.

A decoder that has only ever seen faultless beginnings loses its place after its first slip and
repeats itself.  So some inputs are replaced, left out or said twice; what is to be said next stays
right.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass, replace

Span = tuple[float, float]
NO_TARGET = -1
_RUN_ON_SHARE = 0.15


@dataclass(frozen=True, slots=True)
class Item:
    """One place of a sequence.

    Attributes:
        token: compact id that the decoder is given here.
        span: seconds in which `token` is heard, None = nowhere or not known.
        target: what it should have said here; `NO_TARGET` where nothing is to be learnt.
        target_span: seconds in which that is heard.
    """

    token: int
    span: Span | None = None
    target: int = NO_TARGET
    target_span: Span | None = None


def spoken(token: int, span: Span | None) -> Item:
    """A token that the decoder is to say itself."""
    return Item(token, span, token, span)


def with_mistakes(text: Sequence[Item], words: Sequence[int], rng: random.Random) -> list[Item]:
    """The text with mistakes in it, or as it was.

    Args:
        text: the spoken part of a sequence.
        words: compact ids of text tokens, to replace with.
        rng: decides.
    """
    items = list(text)
    kind = rng.random()
    if kind < 0.12 and len(items) > 8:
        items = _with_gap(items, rng)
    elif kind < 0.24 and len(items) > 8:
        items = _with_repetition(items, rng)
    if rng.random() < 0.5:
        share = rng.uniform(0.0, 0.12)
        items = [
            replace(item, token=rng.choice(words), span=None) if rng.random() < share else item
            for item in items
        ]
    return items


def _run(items: Sequence[Item], rng: random.Random, longest: int) -> tuple[int, int]:
    first = rng.randrange(1, len(items) - 4)
    return first, min(first + rng.randint(1, longest), len(items) - 2)


def _with_gap(items: list[Item], rng: random.Random) -> list[Item]:
    """Without a run of tokens; jumping over them is not to be learnt."""
    first, end = _run(items, rng, longest=8)
    resumed = replace(items[end], target=NO_TARGET, target_span=None)
    return [*items[:first], resumed, *items[end + 1 :]]


def _with_repetition(items: list[Item], rng: random.Random) -> list[Item]:
    """A run of tokens twice; going on after it is to be learnt, repeating is not."""
    first, end = _run(items, rng, longest=24)
    again = [replace(item, target=NO_TARGET, target_span=None) for item in items[first:end]]
    return [*items[:end], *again, *items[end:]]


def run_on(text: Sequence[Item], end: Item, rng: random.Random) -> list[Item]:
    """What a decoder may say after the last word, when it missed the end: some of the text again.

    The end is right at each of its places.
    """
    if len(text) < 2 or rng.random() > _RUN_ON_SHARE:
        return []
    first = rng.randrange(len(text) - 1)
    run = text[first : first + rng.randint(1, 24)]
    return [replace(item, span=None, target=end.target, target_span=end.span) for item in run]
