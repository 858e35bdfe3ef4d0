"""A chunk: the piece of a document that is searched for and cited.  Any thread."""

from __future__ import annotations

import uuid
from dataclasses import dataclass

_NAMESPACE = uuid.UUID("6f1b6a8e-54d0-5c62-9f0e-2d3b1c7a9e41")


@dataclass(frozen=True, slots=True)
class Chunk:
    """A piece of a document's extracted text (NFC).

    Attributes:
        start, end: character offsets into the document's whole extracted text.
        page: counts from 1; 0 where the format has no pages.
        heading: the path of headings it stands under, joined by " › ".
        section_start, section_end: the parent section that a language model is given.
        table: a piece of a table; its header row is repeated at the beginning of `text`.
        start_s: of a transcript, when it was said.
    """

    document_id: str
    version: int
    ordinal: int
    text: str
    start: int
    end: int
    page: int = 0
    heading: str = ""
    section_start: int = 0
    section_end: int = 0
    table: bool = False
    start_s: float = 0.0

    @property
    def chunk_id(self) -> str:
        """The point's id in the vector store: the same for the same document, version, place."""
        return str(uuid.uuid5(_NAMESPACE, f"{self.document_id}/{self.version}/{self.ordinal}"))
