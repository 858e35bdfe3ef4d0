"""A cited passage where it stands, and the pages around it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import document_files as files
import pytest
from document_shelf import Shelf

from desktop.errors import NotFoundError

Write = Callable[[str, str | bytes], Path]


def test_a_passage_where_it_stands(shelf: Shelf, write: Write) -> None:
    library = shelf.open()
    library.add([write("a.pdf", files.pdf("Nothing.", files.ENGLISH)),
                 write("a.md", f"# Title\n\n{files.ENGLISH} And more.")])  # fmt: skip
    shelf.settle()
    ids = {d.name: d.document_id for d in library.documents()}
    start = library.text_of(ids["a.pdf"]).index(files.ENGLISH)
    page = library.view(ids["a.pdf"], start, start + len(files.ENGLISH))
    assert (page.page, page.pages, len(page.boxes)) == (2, 2, 1)
    other = library.view(ids["a.pdf"], start, start + len(files.ENGLISH), page=1)
    assert (other.page, other.boxes) == (1, ())
    assert other.image != page.image
    with pytest.raises(NotFoundError):
        library.view(ids["a.pdf"], start, start, page=3)
    text = library.view(ids["a.md"], 0, 80, files.ENGLISH)
    ((first, last),) = text.marks
    assert text.text[first:last] == files.ENGLISH
    assert library.view(ids["a.md"], 0, 80, "something that is not there").marks == ()


def test_pages_of_text_are_turned(shelf: Shelf, write: Write) -> None:
    library = shelf.open()
    library.add([write("a.pptx", files.pptx())])
    shelf.settle()
    (document,) = library.documents()
    assert document.pages > 1
    shown = [library.view(document.document_id, 0, 5, page=n) for n in range(1, document.pages + 1)]
    assert "".join(view.text for view in shown) == library.text_of(document.document_id)
    assert [view.page for view in shown] == list(range(1, document.pages + 1))
