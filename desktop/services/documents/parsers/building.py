"""Puts a document's text together: NFC, without control characters, with exact offsets, bounded."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence

from desktop.services.documents.extracted import Block, BlockKind, Extracted
from desktop.services.documents.parsers.failure import ParseFailureError

MAX_CHARS = 8_000_000  # a book has one million
MAX_BLOCKS = 400_000
MAX_CELLS_A_ROW = 256

HIDDEN_TEXT = "hidden-text"
HIDDEN_CHARACTERS = "hidden-characters"
GARBLED = "garbled-text"
GUESSED_ENCODING = "guessed-encoding"
EMPTY_PAGES = "pages-without-text"
ODD_NAMES = "odd-names"

_CONTROL = re.compile("[\x00-\x08\x0b\x0e-\x1f\x7f\ufeff\ufffe\uffff]")
_SURROGATE = re.compile("[\ud800-\udfff]")
# Characters nobody sees: tags that can spell a whole sentence, and what turns text around.
_UNSEEN = re.compile("[\U000e0000-\U000e007f\u202d\u202e\u2066-\u2069\u200b\u2060]")
_BREAKS = re.compile("\r\n?|[\x0c\x85\u2028\u2029]")
_BLANK_LINES = re.compile("\n[ \t\u00a0\u3000]*(?:\n[ \t\u00a0\u3000]*)+")
_CELL_SPACE = re.compile(r"\s+")


class TextBuilder:
    """Collects blocks in reading order."""

    def __init__(self, kind: str) -> None:
        self.kind = kind
        self.title = ""
        self._parts: list[str] = []
        self._length = 0
        self._blocks: list[Block] = []
        self._pages: list[int] = []
        self._warnings: dict[str, None] = {}

    @property
    def length(self) -> int:
        return self._length

    def warn(self, code: str) -> None:
        self._warnings[code] = None

    def page(self) -> None:
        """The next block begins a new page."""
        self._pages.append(self._length)

    def heading(self, text: str, level: int) -> None:
        self._add(BlockKind.HEADING, _CELL_SPACE.sub(" ", text), max(1, level))

    def text(self, text: str) -> None:
        self._add(BlockKind.TEXT, text)

    def code(self, text: str) -> None:
        self._add(BlockKind.CODE, text)

    def said(self, text: str, start_s: float) -> None:
        """A line of a transcript."""
        self._add(BlockKind.TEXT, text, start_s=start_s)

    def table(self, rows: Iterable[Sequence[str]]) -> None:
        """Rows of cells; empty rows and trailing empty cells are left out."""
        lines = []
        size = 0
        for row in rows:
            cells = [_CELL_SPACE.sub(" ", cell).strip() for cell in row[:MAX_CELLS_A_ROW]]
            while cells and not cells[-1]:
                cells.pop()
            if cells:
                lines.append("\t".join(cells))
                size += len(lines[-1]) + 1
                if self._length + size > MAX_CHARS:
                    raise ParseFailureError("too-much-text", limit=f"{MAX_CHARS:,}")
        kind = BlockKind.TABLE if len(lines) > 1 else BlockKind.TEXT  # one row only frames a text
        self._add(kind, "\n".join(lines))

    def build(self) -> Extracted:
        return Extracted(
            kind=self.kind,
            text="".join(self._parts),
            blocks=tuple(self._blocks),
            title=self.clean(self.title).strip()[:200],
            page_starts=tuple(min(start, self._length) for start in self._pages),
            warnings=tuple(self._warnings),
        )

    def clean(self, text: str) -> str:
        """`text` as it is kept: NFC, one kind of line break, nothing invisible."""
        text = _BREAKS.sub("\n", text)
        text = _CONTROL.sub("", text)
        text = _SURROGATE.sub("\ufffd", text)
        text, unseen = _UNSEEN.subn("", text)
        if unseen > 8 + len(text) // 200:
            self.warn(HIDDEN_CHARACTERS)
        return unicodedata.normalize("NFC", text)

    def _add(self, kind: BlockKind, text: str, level: int = 0, start_s: float = 0.0) -> None:
        text = self.clean(text)
        text = _BLANK_LINES.sub("\n", text).strip("\n").rstrip()
        if not text.strip():
            return
        if self._length + len(text) > MAX_CHARS or len(self._blocks) >= MAX_BLOCKS:
            raise ParseFailureError("too-much-text", limit=f"{MAX_CHARS:,}")
        start = self._length
        self._parts += (text, "\n")
        self._length += len(text) + 1
        self._blocks.append(Block(kind, start, start + len(text), level, start_s))
