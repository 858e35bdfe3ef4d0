"""Content words with the real Korean analyser, once for this folder's tests."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from desktop.services.rag.overlap import ContentReader
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
