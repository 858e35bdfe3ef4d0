"""What may be committed: LocalAgreement-2 with single-pass commits, at syllable level.

Sources: LocalAgreement-2, Machacek et al., "Turning Whisper into Real-Time Transcription System"
(arXiv 2307.14743); committing what the alignment places well before the end of the window is the
idea of AlignAtt, Papi et al. (arXiv 2305.11408), read off CTranslate2's alignment.  Pure, no I/O.
"""

from __future__ import annotations

import math
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, replace

from desktop.events import Word

_RUN_ON_S = 0.1  # how exactly the end of a word is known
_BREAK_S = 0.5  # a silence this long is no place inside an utterance
_OVERLAP_WORDS = 5
_OVERLAP_S = 1.0
# Nobody speaks faster; a third of what quick speech takes.
_SHORTEST_SYLLABLE_S = 0.02
_SHORTEST_LETTER_S = 0.008
_SHORTEST_WORD_S = 0.02


@dataclass(frozen=True, slots=True)
class CommitOptions:
    """When words become final.

    Args:
        margin_s: a word followed by another one is committed on a single pass when it ends at
            least this long before the end of the window ...
        single_pass_probability: ... and it and all before it are at least this probable.
        last_margin_s: the last word of a hypothesis may still grow: it must be heard twice, end
            this long before the window does, ...
        last_probability: ... be this probable ...
        last_shift_s: ... and end within this of where the pass before saw it end.
        last_single_margin_s: ... or a single pass must place it this long before the end of the
            window ...
        last_single_probability: ... and be this sure.
        pause_probability: after a pause the last word is complete; this is asked of all words.
    """

    margin_s: float = 0.2
    single_pass_probability: float = 0.85
    last_margin_s: float = 0.2
    last_probability: float = 0.97
    last_shift_s: float = 0.1
    last_single_margin_s: float = 0.35
    last_single_probability: float = 0.99
    pause_probability: float = 0.5


def normalise(text: str) -> str:
    """Letters and digits only, composed and case folded: what two passes must agree on.

    Vowel signs belong to their letters: in Hindi or Thai a word without them is another word.
    """
    folded = unicodedata.normalize("NFKC", text).casefold()
    return "".join(character for character in folded if _is_said(character))


def _is_said(character: str) -> bool:
    if character.isalnum():
        return True
    is_mark = unicodedata.category(character) in ("Mc", "Mn")
    return is_mark and not "\ufe00" <= character <= "\ufe0f"  # those choose an emoji's look


def agreed_words(previous: Sequence[Word], current: Sequence[Word]) -> int:
    """How many leading words of `current` the previous pass confirms.

    Spaces and punctuation are ignored, since both vary between passes in Korean: characters are
    compared, and a word counts when the agreement goes on past its end or when the previous pass
    ended a word there too.
    """
    before = ""
    ends_before = set()
    for word in previous:
        before += normalise(word.text)
        ends_before.add(len(before))
    now = "".join(normalise(word.text) for word in current)
    common = 0
    for a, b in zip(before, now, strict=False):
        if a != b:
            break
        common += 1
    count = 0
    end = 0
    for index, word in enumerate(current):
        end += len(normalise(word.text))
        if end < common or (end == common and end in ends_before):
            count = index + 1
        elif end > common:
            break
    return count if end and common else 0


def drop_overlap(committed: Sequence[Word], words: Sequence[Word]) -> tuple[Word, ...]:
    """Removes from the front of `words` what was committed within the last second already.

    Needed where decoding starts afresh at a cut without a prefix (1..5-gram overlap).  Syllables
    are compared, not words, since Korean spacing varies between passes.
    """
    if not committed or not words or words[0].start_s > committed[-1].end_s + _OVERLAP_S:
        return tuple(words)
    tails = set()
    tail = ""
    for word in reversed(committed[-_OVERLAP_WORDS:]):
        tail = normalise(word.text) + tail
        tails.add(tail)
    for size in range(min(_OVERLAP_WORDS, len(words)), 0, -1):
        head = "".join(normalise(word.text) for word in words[:size])
        if head and head in tails:
            return tuple(words[size:])
    return tuple(words)


def placed(
    words: Sequence[Word], offset_s: float, earliest_s: float, latest_s: float
) -> list[Word]:
    """`words` moved by `offset_s`, and kept between two moments."""
    result = []
    for word in words:
        start_s = min(max(word.start_s + offset_s, earliest_s), latest_s)
        end_s = min(max(word.end_s + offset_s, start_s), max(latest_s, start_s))
        result.append(replace(word, start_s=start_s, end_s=end_s))
    return result


def running_on(told: Sequence[Word], at_s: float, count: int) -> tuple[Word, ...]:
    """The last of the words told, at most `count`, which speech at `at_s` may go on from.

    None where they ended before, or later.
    """
    last_s = at_s
    found: list[Word] = []
    for word in reversed(told[-count:] if count else ()):
        if abs(last_s - word.end_s) > (_BREAK_S if found else _RUN_ON_S):
            break
        found.insert(0, word)
        last_s = word.start_s
    return tuple(found)


def is_squeezed(word: Word) -> bool:
    """The word has less sound of its own than anybody could say it in.

    The alignment gives every word its stretch of sound; what a decoder says a second time, or
    before it is spoken, gets next to none.
    """
    letters = normalise(word.text)
    narrow = sum(character.isascii() for character in letters)
    shortest_s = _SHORTEST_SYLLABLE_S * (len(letters) - narrow) + _SHORTEST_LETTER_S * narrow
    return word.end_s - word.start_s < max(shortest_s, _SHORTEST_WORD_S)


def drop_echo(committed: Sequence[Word], words: Sequence[Word]) -> tuple[Word, ...]:
    """Removes what the decoder says again instead of going on after its prefix.

    Such words have no sound of their own and lead back to where the text stood: what follows them
    begins as they do, and they end as the committed text ends (or are one word said twice).  Real
    words that merely lack a place, because an alignment failed, do neither and stay.
    """
    kept = list(words)
    start = 0
    while start < len(kept):
        end = start
        while end < len(kept) and is_squeezed(kept[end]):
            end += 1
        if end > start and _leads_back([*committed, *kept[:start]], kept[start:end], kept[end:]):
            del kept[start:end]
        else:
            start = end + 1
    return tuple(kept)


def _leads_back(before: Sequence[Word], run: Sequence[Word], after: Sequence[Word]) -> bool:
    again = bool(before) and normalise(before[-1].text) == normalise(run[-1].text)
    restart = bool(after) and normalise(after[0].text) == normalise(run[0].text)
    if len(run) == 1:
        return restart
    return again and (restart or not after)


class HypothesisBuffer:
    """The words of one window: committed ones (the next pass's prefix) and the last hypothesis.

    All times are seconds on the track's timeline.
    """

    def __init__(self, options: CommitOptions) -> None:
        self._options = options
        self.committed: list[Word] = []
        self.tail: tuple[Word, ...] = ()
        self._earliest_s = 0.0  # the end of the last committed word, also of one that is gone

    @property
    def prefix(self) -> str:
        return "".join(word.text for word in self.committed)

    def insert(
        self, words: Sequence[Word], *, end_s: float, pausing: bool, final: bool
    ) -> tuple[Word, ...]:
        """Takes the words after the prefix of a new pass; returns those that become final.

        Args:
            words: what the decoder heard after the committed words.
            end_s: end of the window.
            pausing: the speaker stopped, so that the last word is complete.
            final: nothing follows in this window: everything is committed.
        """
        words = drop_echo(self.committed, self._in_order(words))
        if final:
            count = len(words)
        else:
            agreed = agreed_words(self.tail, words)
            if agreed == len(words) and not pausing and not self._complete(words, end_s):
                agreed = max(agreed - 1, 0)
            count = max(agreed, self._single_pass(words, end_s, pausing))
            count = min(count, self._placed(words))
        self.committed.extend(words[:count])
        if count:
            self._earliest_s = words[count - 1].end_s
        self.tail = words[count:]
        return words[:count]

    def trim(self, keep: int) -> list[Word]:
        """Forgets all but the last `keep` committed words; returns the forgotten ones."""
        cut = max(len(self.committed) - keep, 0)
        gone, self.committed = self.committed[:cut], self.committed[cut:]
        return gone

    def go_on_from(self, words: Sequence[Word], end_s: float) -> None:
        """A new window begins with these words committed, and others before; they end there."""
        self.committed = list(words)
        self.tail = ()
        self._earliest_s = end_s

    def clear(self) -> None:
        """A new window begins."""
        self.committed = []
        self.tail = ()

    @staticmethod
    def _placed(words: Sequence[Word]) -> int:
        """Words before the first two in a row, or one at the end, that have no sound of their own.

        They may not be said yet, or be said twice; the next pass will know better.
        """
        for index, word in enumerate(words):
            last = index == len(words) - 1
            if is_squeezed(word) and (last or is_squeezed(words[index + 1])):
                return index
        return len(words)

    def _single_pass(self, words: Sequence[Word], end_s: float, pausing: bool) -> int:
        count = 0
        for index, word in enumerate(words):
            last = index == len(words) - 1
            if pausing:
                least, margin_s = self._options.pause_probability, -math.inf
            elif last:
                least = self._options.last_single_probability
                margin_s = self._options.last_single_margin_s
            else:
                least, margin_s = self._options.single_pass_probability, self._options.margin_s
            if word.probability < least or word.end_s > end_s - margin_s:
                break
            count = index + 1
        return count

    def _complete(self, words: Sequence[Word], end_s: float) -> bool:
        """The last word, heard twice, ended at the same place both times, before the window does.

        A word that is still being spoken, or that the decoder got stuck on, moves its end.
        """
        if not words or not self.tail:
            return False
        word, before = words[-1], self.tail[min(len(words), len(self.tail)) - 1]
        return (
            word.probability >= self._options.last_probability
            and word.end_s <= end_s - self._options.last_margin_s
            and abs(word.end_s - before.end_s) <= self._options.last_shift_s
        )

    def _in_order(self, words: Sequence[Word]) -> tuple[Word, ...]:
        """Word times never run back behind what is committed."""
        earliest = self._earliest_s
        result = []
        for word in words:
            start = max(word.start_s, earliest)
            end = max(word.end_s, start)
            earliest = end
            result.append(replace(word, start_s=start, end_s=end))
        return tuple(result)
