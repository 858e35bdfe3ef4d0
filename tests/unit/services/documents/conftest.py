"""A library in a folder of the test's own.

The documents are in English: Korean would start the morphological analyser for every test.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from document_shelf import Shelf


@pytest.fixture
def shelf(tmp_path: Path) -> Iterator[Shelf]:
    """A closed library; what the test left open is closed after it."""
    shelf = Shelf(tmp_path / "data")
    yield shelf
    if hasattr(shelf, "library"):
        shelf.close()
    shelf.terms.close()


@pytest.fixture
def write(tmp_path: Path) -> Callable[[str, str | bytes], Path]:
    """`write(name, content)`: a file in the test's folder of documents."""

    def write(name: str, content: str | bytes) -> Path:
        path = tmp_path / "papers" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    return write
