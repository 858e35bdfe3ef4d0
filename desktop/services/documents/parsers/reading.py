"""From a file to its text: finds out what it is and hands it to the parser."""

from __future__ import annotations

from typing import IO

from desktop.services.documents.extracted import Extracted
from desktop.services.documents.parsers import hangul, pdf, plain, sheets, slides, web, word
from desktop.services.documents.parsers.failure import ParseFailureError
from desktop.services.documents.parsers.sniff import kind_of

VERSION = "parsers-2"  # raise it with any change of what a document's text is

_PARSERS = {
    "pdf": pdf.extract,
    "docx": word.extract,
    "pptx": slides.extract,
    "xlsx": sheets.extract,
    "html": web.extract,
    "md": plain.extract_markdown,
    "txt": plain.extract_text,
    "csv": plain.extract_csv,
    "hwp": hangul.extract_hwp,
    "hwpx": hangul.extract_hwpx,
}


def read_document(source: IO[bytes], name: str) -> Extracted:
    """The text of `source`.

    Args:
        source: at its beginning, seekable.
        name: the file's name, for what its suffix promises.

    Raises:
        ParseFailureError: it cannot be read; the code says why.
    """
    extracted = _PARSERS[kind_of(source, name)](source)
    if not extracted.text.strip():
        raise ParseFailureError("no-text")
    return extracted
