"""Committed words -> lines of the transcript.  Pure.

A line ends with the utterance, after a sentence once it is long enough to stand alone, or at a
word boundary when it gets too long to read.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

from desktop.events import Word

_SENTENCE_END = (".", "?", "!", "。", "？", "！", "…")
_CLOSERS = "\"'”’)]」』"


@dataclass(frozen=True, slots=True)
class LineOptions:
    """Lengths in seconds and characters."""

    sentence_characters: int = 12
    longest_s: float = 15.0
    longest_characters: int = 160
    break_gap_s: float = 0.35


class LineBuilder:
    """Collects words and says when a line is complete."""

    def __init__(self, options: LineOptions | None = None) -> None:
        self._options = options or LineOptions()
        self.words: list[Word] = []

    @property
    def text(self) -> str:
        return line_text(self.words)

    def add(self, words: Sequence[Word]) -> list[tuple[Word, ...]]:
        """Takes newly committed words; returns the lines they complete."""
        lines = []
        for word in words:
            if self.words and self._breaks_before(word):
                lines.append(self.flush())
            self.words.append(word)
        return [line for line in lines if line]

    def flush(self) -> tuple[Word, ...]:
        """Closes the line as it stands."""
        line, self.words = tuple(self.words), []
        return line

    def _breaks_before(self, word: Word) -> bool:
        if is_glued(word.text):
            return False
        o = self._options
        characters = len(self.text)
        duration = self.words[-1].end_s - self.words[0].start_s
        if ends_sentence(self.words[-1].text) and characters >= o.sentence_characters:
            return True
        if duration >= o.longest_s or characters >= o.longest_characters:
            return True
        roomy = duration >= o.longest_s / 2 or characters >= o.longest_characters / 2
        return roomy and word.start_s - self.words[-1].end_s >= o.break_gap_s


def is_glued(text: str) -> bool:
    """The word goes on with the one before: ".5" after " 3", "를" after " 회의".

    Scripts without spaces (Japanese, Chinese, Thai) never have one in front and may break anywhere.
    """
    first = text[:1]
    if not first or first.isspace():
        return False
    return unicodedata.category(first) != "Lo" or "가" <= first <= "힣"


def ends_sentence(text: str) -> bool:
    """The word closes a sentence."""
    return text.rstrip().rstrip(_CLOSERS).endswith(_SENTENCE_END)


def line_text(words: Sequence[Word]) -> str:
    """Words carry their own spaces, so nothing is put between them."""
    return "".join(word.text for word in words).strip()


def confidence(words: Sequence[Word]) -> float:
    """Mean word probability, weighted by letters."""
    weights = [max(len(word.text.strip()), 1) for word in words]
    total = sum(weights)
    weighted = sum(w.probability * n for w, n in zip(words, weights, strict=True))
    return weighted / total if total else 0.0
