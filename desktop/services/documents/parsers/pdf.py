"""PDF by pdfium: text a page, bookmarks as headings, and text that a reader cannot see."""

from __future__ import annotations

import ctypes
import re
from typing import IO, Any

from desktop.services.documents.extracted import Extracted
from desktop.services.documents.parsers import building
from desktop.services.documents.parsers.building import TextBuilder
from desktop.services.documents.parsers.failure import ParseFailureError

MAX_PAGES = 20_000
_MAX_OBJECTS = 3_000  # of a page, looked at for hidden text
_TINY_PT = 1.5
_INVISIBLE = 3
_NEARLY_WHITE = 250
_PASSWORD = 4
_SOFT_HYPHEN = re.compile("[\x02\ufffe]\r?\n?")
_SPACE = re.compile(r"\s+")
_ODD = re.compile("[\ufffd\ue000-\uf8ff\x80-\x9f]")
_LATIN_WORD = re.compile(r"[A-Za-z]{3,}")
_PLAIN_WORD = re.compile(r"[A-Z]?[a-z]*[aeiouyAEIOUY][a-z]*|[A-Z]{3,}")


def open_pdf(source: IO[bytes]) -> Any:
    """An open document.

    Raises:
        ParseFailureError: it needs a password or is damaged.
    """
    import pypdfium2

    try:
        document = pypdfium2.PdfDocument(source)
        count = len(document)
    except pypdfium2.PdfiumError as error:
        if getattr(error, "err_code", None) == _PASSWORD or "password" in str(error).lower():
            raise ParseFailureError("encrypted") from error
        raise ParseFailureError("damaged", what="PDF") from error
    if count == 0:
        raise ParseFailureError("damaged", what="PDF")
    if count > MAX_PAGES:
        raise ParseFailureError("too-many-pages", limit=f"{MAX_PAGES:,}")
    return document


def extract(source: IO[bytes]) -> Extracted:
    import pypdfium2

    builder = TextBuilder("pdf")
    document = open_pdf(source)
    headings = _bookmarks(document)
    unreadable = empty = 0
    for index in range(len(document)):
        builder.page()
        try:
            text = _page(document, index, builder)
        except pypdfium2.PdfiumError:
            unreadable += 1
            continue
        empty += not text.strip()
        _write(builder, text, headings.get(index, {}))
    if unreadable == len(document):
        raise ParseFailureError("damaged", what="PDF")
    if empty + unreadable == len(document):
        raise ParseFailureError("no-text")
    if empty + unreadable:
        builder.warn(building.EMPTY_PAGES)
    builder.title = str(document.get_metadata_value("Title") or "")
    result = builder.build()
    if _is_garbled(result.text):
        builder.warn(building.GARBLED)
        result = builder.build()
    return result


def _page(document: Any, index: int, builder: TextBuilder) -> str:
    page = document[index]
    try:
        textpage = page.get_textpage()
        try:
            text = str(textpage.get_text_range())
        finally:
            textpage.close()
        if text.strip() and _has_hidden_text(page):
            builder.warn(building.HIDDEN_TEXT)
    finally:
        page.close()
    return _SOFT_HYPHEN.sub("", text).replace("\r\n", "\n")


def _write(builder: TextBuilder, text: str, headings: dict[str, int]) -> None:
    """A page's lines; those that a bookmark names become headings."""
    lines: list[str] = []
    for line in text.split("\n"):
        level = headings.get(_SPACE.sub("", line)) if headings else None
        if level is None:
            lines.append(line)
            continue
        builder.text("\n".join(lines))
        lines = []
        builder.heading(line, level)
    builder.text("\n".join(lines))


def _bookmarks(document: Any) -> dict[int, dict[str, int]]:
    """Page index to titles, without white space, with their level."""
    import pypdfium2

    found: dict[int, dict[str, int]] = {}
    try:
        for count, mark in enumerate(document.get_toc(max_depth=6)):
            if count > 5_000:
                break
            target = mark.get_dest()
            page = target.get_index() if target is not None else None
            title = _SPACE.sub("", mark.get_title() or "")
            if page is not None and title:
                found.setdefault(page, {})[title] = mark.level + 1
    except (pypdfium2.PdfiumError, ValueError, AttributeError):
        return found  # an outline that leads nowhere costs the headings, not the text
    return found


def _has_hidden_text(page: Any) -> bool:
    """Tiny, or invisible, or white on nothing.  A scan's text layer is invisible by its nature."""
    from pypdfium2 import raw

    grounds: list[tuple[float, float, float, float]] = []
    has_image = False
    # Not inside forms: what stands there is in a coordinate system of its own.
    for count, item in enumerate(page.get_objects(max_depth=1)):
        if count > _MAX_OBJECTS:
            break
        if item.type == raw.FPDF_PAGEOBJ_TEXT:
            kind = _visibility(item, raw)
            if kind == "tiny" or (kind == "invisible" and not has_image):
                return True
            if kind == "white" and not any(_inside(item.get_bounds(), g) for g in grounds):
                return True
        elif item.type in (raw.FPDF_PAGEOBJ_PATH, raw.FPDF_PAGEOBJ_IMAGE, raw.FPDF_PAGEOBJ_SHADING):
            has_image = has_image or item.type == raw.FPDF_PAGEOBJ_IMAGE
            if item.type != raw.FPDF_PAGEOBJ_PATH or not _is_white(item, raw):
                grounds.append(item.get_bounds())
    return False


def _visibility(item: Any, raw: Any) -> str:
    matrix = item.get_matrix()
    size = ctypes.c_float()
    raw.FPDFTextObj_GetFontSize(item, size)
    scale = max(abs(matrix.a) + abs(matrix.b), abs(matrix.c) + abs(matrix.d))
    if 0 < size.value * scale < _TINY_PT:
        return "tiny"
    if raw.FPDFTextObj_GetTextRenderMode(item) == _INVISIBLE:
        return "invisible"
    return "white" if _is_white(item, raw) else "plain"


def _is_white(item: Any, raw: Any) -> bool:
    red, green, blue, alpha = (ctypes.c_uint() for _ in range(4))
    if not raw.FPDFPageObj_GetFillColor(item, red, green, blue, alpha):
        return False
    return min(red.value, green.value, blue.value) >= _NEARLY_WHITE or alpha.value == 0


def _inside(
    box: tuple[float, float, float, float], ground: tuple[float, float, float, float]
) -> bool:
    x, y = (box[0] + box[2]) / 2, (box[1] + box[3]) / 2
    return ground[0] <= x <= ground[2] and ground[1] <= y <= ground[3]


def _is_garbled(text: str) -> bool:
    """Whether the text layer is probably not what the page shows."""
    sample = text[:20_000]
    if len(_ODD.findall(sample)) > len(sample) // 20:
        return True
    pieces = sample.split()
    if len(pieces) > 50 and sum(len(piece) > 2 for piece in pieces) < len(pieces) // 3:
        return True  # crumbs: a recogniser that read a drawing
    words = _LATIN_WORD.findall(sample)
    if len(words) < 50:
        return False
    plain = sum(bool(_PLAIN_WORD.fullmatch(word)) for word in words)
    return plain < 0.8 * len(words)
