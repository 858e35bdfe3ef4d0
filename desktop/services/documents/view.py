"""A cited passage where it stands: a PDF's page as a picture, else the text, with marks.

Any thread.  What is less than half found is not marked: a wrong mark is worse than none.
"""

from __future__ import annotations

from pathlib import Path

from desktop.errors import DocumentError
from desktop.records import PassageView
from desktop.services.documents.extracted import Extracted
from desktop.services.documents.parsers.rendering import locate
from desktop.services.documents.reader import DocumentReader
from desktop.services.documents.rows import Row

_AROUND = 1_500  # characters before and after


def view_passage(
    row: Row, extracted: Extracted, reader: DocumentReader, span: tuple[int, int], quote: str = ""
) -> PassageView:
    """What to show of a passage.

    Args:
        span: of the passage in the text.
        quote: its words; taken from the text when empty.
    """
    start, end = span
    start = min(max(0, start), len(extracted.text))
    end = min(max(start, end), len(extracted.text))
    quote = quote or extracted.text[start:end]
    page = extracted.page_of(start)
    pages = len(extracted.page_starts)
    if extracted.kind == "pdf" and page:
        try:
            drawn = reader.render(Path(row.path), page, quote)
            return PassageView(row.name, page, drawn.pages, image=drawn.png, boxes=drawn.boxes)
        except DocumentError:  # moved or changed since: its text is still here
            pass
    first = _line_start(extracted.text, max(0, start - _AROUND))
    last = _line_end(extracted.text, min(len(extracted.text), end + _AROUND))
    return PassageView(
        row.name,
        page,
        pages,
        text=extracted.text[first:last],
        marks=tuple(
            (a - first, b - first)
            for a, b in _marks(extracted.text, quote, (start, end), (first, last))
        ),
    )


def _marks(text: str, quote: str, *spans: tuple[int, int]) -> list[tuple[int, int]]:
    """The quote inside its passage, or near it, or nothing."""
    for a, b in spans:
        found = locate(text[a:b], quote)
        if found:
            return [(a + x, a + y) for x, y in found]
    return []


def _line_start(text: str, at: int) -> int:
    return text.rfind("\n", 0, at) + 1


def _line_end(text: str, at: int) -> int:
    found = text.find("\n", at)
    return len(text) if found < 0 else found
