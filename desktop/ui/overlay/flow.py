"""Fills caption lines word by word so that what stands on a line never moves.  Pure, any thread.

The same function lays out committed and partial words, so a partial word that is confirmed as it
was stays exactly where it was read.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from desktop.ui.overlay.columns import (
    Fits,
    LineLimits,
    cut_to_fit,
    ends_clause,
    ends_sentence,
    ends_with_punctuation,
)

# A line this full is closed at a sentence's or a clause's end, so that the next one starts whole.
_BREAK_AFTER_SENTENCE = 0.55
_BREAK_AFTER_CLAUSE = 0.75

_TOKEN = re.compile(r"\s*\S+")


def split_words(text: str) -> tuple[str, ...]:
    """`text` as words that keep the white space in front of them."""
    return tuple(_TOKEN.findall(text))


def units(words: Iterable[str]) -> Iterator[str]:
    """Joins words without a leading space (", 's .") to the word they belong to."""
    unit = ""
    for word in words:
        if not word.strip():
            continue
        if unit and word[:1].isspace():
            yield unit
            unit = ""
        unit += word.rstrip()
    if unit:
        yield unit


class LineFlow:
    """Where the next word goes.

    Args:
        limits: columns a line may hold.
        fits_width: whether a text also fits the width there is on the screen.
    """

    def __init__(self, limits: LineLimits, fits_width: Fits | None = None) -> None:
        self._limits = limits
        self._fits_width = fits_width

    def fits(self, text: str) -> bool:
        """Whether `text` may stand on one line."""
        if not self._limits.fits(text):
            return False
        return self._fits_width is None or self._fits_width(text)

    def fill(self, line: str, words: Iterable[str]) -> list[str]:
        """Continues `line` with `words`.

        Returns:
            The lines that result; the first one starts with `line` unchanged, each further one
            is new.  Nothing but white space at the breaks is left out.
        """
        lines = [line]
        for unit in units(words):
            self._place(lines, unit)
        return lines

    def _place(self, lines: list[str], unit: str) -> None:
        line = lines[-1]
        glued = not unit[:1].isspace()
        word = unit.strip()
        joined = (line + word if glued else f"{line} {word}") if line else word
        if line and not glued and self._closed_by_punctuation(line):
            lines.append("")
            joined = word
        elif line and not self._fits_with_headroom(joined):
            if glued and self.fits(joined):  # its word stands here already: use the last column
                lines[-1] = joined
                return
            lines.append("")
            joined = word
        while not self.fits(joined):
            head, rest = cut_to_fit(joined, self.fits)
            lines[-1] = head
            if not rest:
                return
            lines.append("")
            joined = rest
        lines[-1] = joined

    def _closed_by_punctuation(self, line: str) -> bool:
        fullness = self._limits.fullness(line)
        if ends_sentence(line):
            return fullness >= _BREAK_AFTER_SENTENCE
        return ends_clause(line) and fullness >= _BREAK_AFTER_CLAUSE

    def _fits_with_headroom(self, text: str) -> bool:
        """Leaves a column for the full stop that may come later, so that it need not hang."""
        return self.fits(text if ends_with_punctuation(text) else text + ".")
