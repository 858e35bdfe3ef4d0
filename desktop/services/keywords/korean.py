"""Korean candidates: runs of one to four nouns, particles left out, spacing as it was."""

from __future__ import annotations

import functools
from collections.abc import Iterator, Sequence

from desktop.services.keywords.background import FOLDER, Background, read_words
from desktop.services.keywords.morphology import Morpheme
from desktop.services.keywords.ranking import Candidate, Weights
from desktop.services.keywords.variants import key_of

WEIGHTS = Weights(rarity=2.0, length=0.7, nested=0.3, early=1.0)
MAX_NOUNS = 4

_AFFIXES = frozenset({"XSN", "XPN"})
_BEGINS = frozenset({"NNG", "NNP", "SL", "SH", "XPN", "XR"})
_ENDS = frozenset({"NNG", "NNP", "SL", "SH", "XSN", "SN"})
_INSIDE = _BEGINS | _ENDS
_NOT_SAID_WITH = frozenset({"님", "들"})  # politeness and plural: 부장님 and 부장 are one
_VERB_MAKERS = frozenset({"XSV", "XSA"})


@functools.cache
def _never_first() -> frozenset[str]:
    """Words like 오늘, 이번, 다음: they stand before a keyword without being part of it."""
    return frozenset(read_words(FOLDER / "ko-never-first.txt"))


def candidates(
    text: str, morphemes: Sequence[Morpheme], background: Background
) -> Iterator[Candidate]:
    """Every run that begins and ends where an eojeol's nouns do, with the runs inside it."""
    for begin, end in _runs(text, morphemes):
        run = morphemes[begin:end]
        follower = morphemes[end].form if end < len(morphemes) else ""
        joints = [i for i in range(len(run)) if i == 0 or run[i].start > run[i - 1].end]
        stops = [*joints[1:], len(run)]
        for first in joints:
            for last in stops:
                if last <= first:
                    continue
                after = run[last].form if last < len(run) else follower
                candidate = _candidate(text, run[first:last], after, background)
                if candidate is not None:
                    yield candidate


def _runs(text: str, morphemes: Sequence[Morpheme]) -> Iterator[tuple[int, int]]:
    """Longest stretches of nouns with nothing or one space between them."""
    begin = 0
    while begin < len(morphemes):
        end = begin
        while end < len(morphemes) and morphemes[end].tag in _INSIDE:
            if end > begin and text[morphemes[end - 1].end : morphemes[end].start] not in ("", " "):
                break
            end += 1
        stop = end
        if end < len(morphemes) and morphemes[end].tag in _VERB_MAKERS:
            stop -= 1  # the root of a verb: 논의하다 is no 논의
        if stop > begin:
            yield begin, stop
        begin = max(end, begin + 1)


def _candidate(
    text: str, run: Sequence[Morpheme], follower: str, background: Background
) -> Candidate | None:
    if run[-1].tag == "XSN" and run[-1].form in _NOT_SAID_WITH:
        follower, run = run[-1].form, run[:-1]
    nouns = tuple(m for m in run if m.tag not in _AFFIXES)
    if not run or run[0].form in _never_first():
        return None
    if run[0].tag not in _BEGINS or run[-1].tag not in _ENDS or not 0 < len(nouns) <= MAX_NOUNS:
        return None
    start, end = run[0].start, run[-1].end
    key = key_of(text[start:end])
    words = tuple(noun.form.casefold() for noun in nouns)
    if len(key) < 2 or key in background.stop or all(word in background.stop for word in words):
        return None
    return Candidate(
        key, words, start, end, proper=any(m.tag == "NNP" for m in nouns), follower=follower
    )
