"""English candidates: stretches of up to three words between stop words and punctuation.

Thread: any.  The way of RAKE (Rose et al. 2010) with a stop list that knows speech.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator, Sequence

from desktop.services.keywords.background import FOLDER, Background, read_words
from desktop.services.keywords.ranking import Candidate, Weights
from desktop.services.keywords.variants import key_of

WEIGHTS = Weights(rarity=1.5, length=1.0, nested=0.0, early=1.0)
MAX_WORDS = 3

_TOKEN = re.compile(r"[^\W_]+(?:[-'’.&+][^\W_]+)*[+#]*|[^\w\s]|\n")
_NEVER_LAST = re.compile(r".{2,}ly|.{3,}ed")
_ADJECTIVE = re.compile(r".{3,}(?:ive|ous|ful|able|ible)")
_POSSESSIVE = re.compile(r"['’]s?$")

_VERB_AFTER_TO = re.compile(
    r".{2,}(?:ate|ise|ize|ify)|send|check|finish|approve|cancel|share|build"
)

Token = tuple[str, int, int]


@functools.cache
def _before_verb() -> frozenset[str]:
    """What follows these is a verb, unless it is a name ("can Sarah come")."""
    return frozenset(read_words(FOLDER / "en-before-verb.txt"))


def candidates(text: str, background: Background) -> Iterator[Candidate]:
    """Every stretch of up to `MAX_WORDS` words."""
    for stretch in _stretches(text, background):
        if len(stretch) > MAX_WORDS:
            continue
        words = tuple(word for word, _, _ in stretch)
        start, end = stretch[0][1], stretch[-1][2]
        if len(words) == 1 and _ADJECTIVE.fullmatch(words[0]):
            continue
        key = key_of(text[start:end])
        if len(key) < 3 and not text[start:end].isupper():  # AI, UI
            continue
        yield Candidate(key, words, start, end)


def _stretches(text: str, background: Background) -> Iterator[Sequence[Token]]:
    stretch: list[Token] = []
    before = ""
    for match in _TOKEN.finditer(text):
        word = _POSSESSIVE.sub("", match.group().casefold()).replace("’", "'")
        verb = match.group().islower() and (
            before in _before_verb() or (before == "to" and bool(_VERB_AFTER_TO.fullmatch(word)))
        )
        before = match.group().casefold().replace("’", "'")
        if verb or _breaks(before, word, background):
            yield from _trimmed(stretch)
            stretch = []
            continue
        end = match.start() + len(_POSSESSIVE.sub("", match.group()))
        stretch.append((word, match.start(), end))
        if end < match.end():  # the company's server: two keywords
            yield from _trimmed(stretch)
            stretch = []
    yield from _trimmed(stretch)


def _breaks(as_written: str, word: str, background: Background) -> bool:
    return (
        not word
        or not word[0].isalnum()
        or word in background.stop
        or as_written in background.stop
        or word.replace(".", "").replace(",", "").isdigit()
    )


def _trimmed(stretch: list[Token]) -> Iterator[Sequence[Token]]:
    """Without adverbs around it and without a participle at its end."""
    while stretch and _NEVER_LAST.fullmatch(stretch[-1][0]):
        stretch = stretch[:-1]
    while stretch and stretch[0][0].endswith("ly"):
        stretch = stretch[1:]
    if stretch:
        yield stretch
