"""Content words with the real Korean analyser, once for this folder's tests."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from desktop.events import Passage, PassageKind
from desktop.services.rag.overlap import ContentReader
from desktop.services.rag.retrieval import Found
from desktop.services.rag.terms import TermVectors


@pytest.fixture(scope="session")
def terms() -> Iterator[TermVectors]:
    made = TermVectors()
    made.query("깨우기")  # the analyser's process is there before the first test
    yield made
    made.close()


@pytest.fixture
def reader(terms: TermVectors) -> ContentReader:
    return ContentReader(terms.words)


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
