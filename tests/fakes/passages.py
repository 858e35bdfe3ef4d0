"""Passages as a retriever gives them."""

from __future__ import annotations

from desktop.events import Passage, PassageKind
from desktop.services.rag.retrieval import Found


def found(text: str, *, number: int = 0, heading: str = "", source: str = "a.pdf") -> Found:
    """A passage as a retriever gives it."""
    return Found(
        Passage(
            passage_id=f"p{number}",
            document_id=f"d{number}",
            source=source,
            kind=PassageKind.DOCUMENT,
            text=text,
            heading=heading,
            page=1,
            score=1.0 - number / 10,
        )
    )
