"""A cited passage where it stands: a PDF's page as a picture, else the text, with marks.

Any thread.  What is less than half found is not marked: a wrong mark is worse than none.
"""

from __future__ import annotations

from desktop.errors import DocumentError, NotFoundError
from desktop.records import PassageView
from desktop.services.documents.extracted import Extracted
from desktop.services.documents.parsers.rendering import locate
from desktop.services.documents.reader import DocumentReader
from desktop.services.documents.rows import Row

_AROUND = 30_000  # characters before and after, where a format has no pages


def view_passage(  # noqa: PLR0917 - the passage, and what to look at it with
    row: Row,
    extracted: Extracted,
    reader: DocumentReader,
    span: tuple[int, int],
    quote: str = "",
    page: int = 0,
) -> PassageView:
    """What to show of a passage.

    Args:
        span: of the passage in the text.
        quote: its words; taken from the text when empty.
        page: another page of the document, from 1; 0: the one the passage begins on.

    Raises:
        NotFoundError: there is no such page.
    """
    start, end = span
    start = min(max(0, start), len(extracted.text))
    end = min(max(start, end), len(extracted.text))
    quote = quote or extracted.text[start:end]
    pages = len(extracted.page_starts)
    if page > pages:
        raise NotFoundError(
            f"This document has no page {page}.", hint="Choose another page.", code="documents.page"
        )
    cited = extracted.page_of(start)
    page = page or cited
    if extracted.kind == "pdf" and page:
        try:
            drawn = reader.render(row.file, page, quote)
            return PassageView(row.name, page, drawn.pages, image=drawn.png, boxes=drawn.boxes)
        except DocumentError:  # moved or changed since: its text is still here
            pass
    first, last = _shown_span(extracted, page, (start, end))
    near = (start, end) if page == cited else (first, last)
    found = _marks(extracted.text, quote, near, (first, last))
    marks = tuple((a - first, b - first) for a, b in found)
    return PassageView(row.name, page, pages, text=extracted.text[first:last], marks=marks)


def _shown_span(extracted: Extracted, page: int, passage: tuple[int, int]) -> tuple[int, int]:
    """The page's text; where there are no pages (0), what is around the passage."""
    start, end = passage
    if not page:
        first = _line_start(extracted.text, max(0, start - _AROUND))
        return first, _line_end(extracted.text, min(len(extracted.text), end + _AROUND))
    first, last = _page_span(extracted, page)
    if page == extracted.page_of(start):
        last = max(last, _line_end(extracted.text, end))  # a passage may go on over the page
    return first, last


def _page_span(extracted: Extracted, page: int) -> tuple[int, int]:
    starts = extracted.page_starts
    return starts[page - 1], starts[page] if page < len(starts) else len(extracted.text)


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
