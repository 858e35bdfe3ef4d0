"""Character offsets as Python counts them and as Qt does.  Pure, any thread.

Qt counts UTF-16 units, so everything behind an emoji stands one further there.
"""

from __future__ import annotations

import re
from bisect import bisect_left

_ASTRAL = re.compile("[\U00010000-\U0010ffff]")
_UNPRINTABLE = re.compile("[\x00\ud800-\udfff]")


class Utf16Offsets:
    """Converts offsets of one text; costs nothing where it has no such characters."""

    def __init__(self, text: str) -> None:
        self._wide = [found.start() for found in _ASTRAL.finditer(text)]
        self._wide_qt = [at + number for number, at in enumerate(self._wide)]
        self.qt_length = len(text) + len(self._wide)

    def to_qt(self, offset: int) -> int:
        return offset + bisect_left(self._wide, offset) if self._wide else offset

    def from_qt(self, offset: int) -> int:
        return offset - bisect_left(self._wide_qt, offset) if self._wide else offset


def printable(text: str) -> str:
    """`text`, equally long, with what no font can show replaced (faults: D64)."""
    return _UNPRINTABLE.sub("\ufffd", text)
