"""Sentences of passages and answers, Korean and English, by rules.  Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator

_END = re.compile(r"[.!?。！？…]+[\"'”’」』)\]]*(?:[ \t]*\[\d{1,3}\])*(?=\s|$|[가-힣])|\n")
_ABBREVIATION = re.compile(
    r"(?:\b(?:Mr|Mrs|Ms|Dr|Prof|St|vs|etc|e\.g|i\.e|cf|No|Fig|Inc|Ltd|Co|Jr|Sr|approx|Vol|pp|p)"
    r"|\b[A-Z](?:\.[A-Z])*|(?:^|\n)\s*\d{1,3})\.$"
)
_BULLET = re.compile(r"\s*(?:[-*•▪◦·○●■□※–]|\d{1,3}[.)]|[가-하][.)]|[①-⑳])\s")
_SHORT_LINE_CHARS = 40


def spans(text: str) -> list[tuple[int, int]]:
    """(start, end) of each sentence, white space at the ends left out.

    A row of a table is a sentence; so is a bullet and a short line of its own.
    """
    return list(_trimmed(text, _cuts(text)))


def split(text: str) -> list[str]:
    """The sentences of `text`."""
    return [text[start:end] for start, end in spans(text)]


def _cuts(text: str) -> Iterator[int]:
    line_start = 0
    for match in _END.finditer(text):
        end = match.end()
        if match.group() == "\n":
            if _line_ends(text, line_start, match.start()):
                yield match.start()
            line_start = end
            continue
        if _ABBREVIATION.search(text[max(line_start, match.start() - 12) : match.start() + 1]):
            continue
        follows = text[end : end + 1]
        if follows and not follows.isspace() and not _korean_end(text, match.start()):
            continue  # 3.5, malgeul.py
        yield end
    yield len(text)


def _korean_end(text: str, at: int) -> bool:
    return at > 0 and "가" <= text[at - 1] <= "힣"


def _line_ends(text: str, start: int, end: int) -> bool:
    """Whether the line ``text[start:end]`` ends a sentence although it has no full stop."""
    line, after = text[start:end], text[end + 1 :]
    return (
        not line.strip()
        or "\t" in line
        or len(line) < _SHORT_LINE_CHARS
        or not after.strip()
        or after.startswith("\n")
        or _BULLET.match(after) is not None
    )


def _trimmed(text: str, cuts: Iterator[int]) -> Iterator[tuple[int, int]]:
    start = 0
    for cut in cuts:
        piece = text[start:cut]
        stripped = piece.strip()
        if stripped:
            first = start + len(piece) - len(piece.lstrip())
            yield first, first + len(stripped)
        start = cut
