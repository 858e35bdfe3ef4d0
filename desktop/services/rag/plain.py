"""Makes text inert: no invisible characters, no links, no images.  Pure.

Documents and language models are not trusted: what they say is shown and passed on as plain words
(faults: D66, D67, N80).
"""

from __future__ import annotations

import re
import unicodedata

_KEPT = "\n\t"
_IMAGE = re.compile(r"!\[([^\]\n]{0,500})\]\([^)\n]{0,2000}\)")
_LINK = re.compile(r"\[([^\]\n]{1,500})\]\([^)\n]{0,2000}\)")
_REFERENCE = re.compile(r"^[ \t]*\[[^\]\n]{1,200}\]:[ \t]*\S+.*$", re.MULTILINE)
_AUTOLINK = re.compile(r"<((?:https?|ftp|mailto|file|javascript|data):[^>\s]{1,2000})>", re.I)
_TAG = re.compile(r"</?[A-Za-z][^<>\n]{0,1000}>")
_HELD_CHARS = 600


def visible(text: str) -> str:
    """`text` without characters that nobody sees: formats, tags, directions, controls.

    What hides an instruction from a person must not reach a language model either.
    """
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    if text.isascii() and text.isprintable():
        return text
    return "".join(
        char
        for char in text
        if char in _KEPT or unicodedata.category(char) not in ("Cc", "Cf", "Cs", "Co", "Cn")
    )


def inert(text: str) -> str:
    """An answer as plain words: a link is its text, an image its description."""
    text = _IMAGE.sub(r"\1", visible(text))
    text = _LINK.sub(r"\1", text)
    text = _REFERENCE.sub("", text)
    text = _AUTOLINK.sub(r"\1", text)
    return _TAG.sub("", text)


class InertStream:
    """Makes pieces of an answer inert as they come; holds back what may still become a link."""

    def __init__(self) -> None:
        self._held = ""

    def feed(self, piece: str) -> str:
        """What can be shown now."""
        self._held += piece
        cut = self._safe()
        ready, self._held = self._held[:cut], self._held[cut:]
        return inert(ready)

    def end(self) -> str:
        """The rest."""
        rest, self._held = self._held, ""
        return inert(rest)

    def _safe(self) -> int:
        """Up to where nothing is open any more."""
        text = self._held
        if len(text) > _HELD_CHARS:
            return len(text)
        for mark in re.finditer(r"!?\[|<(?=[A-Za-z/]|$)|!$", text):
            if not _closed(text, mark.start()):
                return mark.start()
        return len(text)


def _closed(text: str, start: int) -> bool:
    """Whether the bracket at `start` has ended, as a link or as nothing of that kind."""
    if text[start] == "<":
        return ">" in text[start:] or "\n" in text[start:]
    end = text.find("]", start)
    if end < 0:
        return "\n" in text[start:]
    if end + 1 == len(text):
        return re.fullmatch(r"\[\d{1,3}\]", text[start : end + 1]) is not None
    return text[end + 1] not in "(" or ")" in text[end:] or "\n" in text[end:]
