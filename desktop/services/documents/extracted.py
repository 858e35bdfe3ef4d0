"""What a parser gives: the text of a document, its structure and what is odd about it.  Any thread.

Offsets count characters of `Extracted.text`, which is NFC throughout.
"""

from __future__ import annotations

import bisect
from dataclasses import dataclass
from enum import StrEnum
from typing import Any


class BlockKind(StrEnum):
    HEADING = "heading"
    TEXT = "text"
    TABLE = "table"  # one row a line, cells separated by tabs; the first row is the header
    CODE = "code"


@dataclass(frozen=True, slots=True)
class Block:
    """A stretch of the text: ``text[start:end]``.  `level` is a heading's, from 1."""

    kind: BlockKind
    start: int
    end: int
    level: int = 0
    start_s: float = 0.0  # of a transcript, when it was said


@dataclass(frozen=True, slots=True)
class Extracted:
    """A document's text.

    Attributes:
        kind: what it is by its content: "pdf", "docx", "hwp"...
        title: as the document names itself; may be empty.
        blocks: in order, without overlap; only white space lies between them.
        page_starts: the offset at which each page begins; empty where the format has none.
        warnings: codes of what a person should know ("hidden-text", "garbled-text"...).
    """

    kind: str
    text: str
    blocks: tuple[Block, ...]
    title: str = ""
    page_starts: tuple[int, ...] = ()
    warnings: tuple[str, ...] = ()

    def page_of(self, offset: int) -> int:
        """The page that `offset` is on, from 1; 0 where the format has no pages."""
        return bisect.bisect_right(self.page_starts, offset)

    def structure(self) -> dict[str, Any]:
        """Everything but the text, for JSON."""
        return {
            "kind": self.kind,
            "title": self.title,
            "blocks": [[b.kind.value, b.start, b.end, b.level, b.start_s] for b in self.blocks],
            "page_starts": list(self.page_starts),
            "warnings": list(self.warnings),
        }

    @classmethod
    def restore(cls, text: str, structure: dict[str, Any]) -> Extracted:
        """The inverse of `structure`."""
        return cls(
            kind=structure["kind"],
            text=text,
            blocks=tuple(
                Block(BlockKind(kind), start, end, level, start_s)
                for kind, start, end, level, start_s in structure["blocks"]
            ),
            title=structure["title"],
            page_starts=tuple(structure["page_starts"]),
            warnings=tuple(structure["warnings"]),
        )
