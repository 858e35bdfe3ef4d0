"""Word documents, straight from their XML: body, tables, text boxes, notes, headers.

python-docx builds an object a paragraph and hangs on a file of tiny ones.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import IO
from xml.etree.ElementTree import Element

from desktop.services.documents.extracted import Extracted
from desktop.services.documents.parsers import building
from desktop.services.documents.parsers.archive import Archive, attribute, local
from desktop.services.documents.parsers.building import TextBuilder
from desktop.services.documents.parsers.failure import ParseFailureError

_HEADING_STYLE = re.compile(r"(?:heading|제목|見出し|überschrift|titre)\s*(\d)", re.I)
_BREAKS = {"br": "\n", "cr": "\n", "tab": "\t", "noBreakHyphen": "-"}
_NEVER = frozenset({"Fallback", "delText", "instrText", "del", "moveFrom", "pPr", "sdtPr"})
_SIDE_PART = re.compile(r"word/(?:header|footer)\d*\.xml$")


def extract(source: IO[bytes]) -> Extracted:
    archive = Archive(source)
    archive.verify()
    builder = TextBuilder("docx")
    if archive.escapes:
        builder.warn(building.ODD_NAMES)
    reader = _Reader(builder, _levels(archive))
    body = archive.xml("word/document.xml").find("{*}body")
    if body is None:
        raise ParseFailureError("damaged", what="word/document.xml")
    reader.blocks(body)
    for part in ("word/footnotes.xml", "word/endnotes.xml", "word/comments.xml"):
        if part in archive:
            reader.notes(archive.xml(part))
    for part in sorted(name for name in archive.names() if _SIDE_PART.match(name)):
        reader.blocks(archive.xml(part))
    builder.title = core_title(archive)
    return builder.build()


def core_title(archive: Archive) -> str:
    """The title an Office document gives itself."""
    if "docProps/core.xml" not in archive:
        return ""
    found = archive.xml("docProps/core.xml").find("{*}title")
    return (found.text or "") if found is not None else ""


def _levels(archive: Archive) -> dict[str, int]:
    """Heading levels by style id: by outline level, or by the style's name."""
    if "word/styles.xml" not in archive:
        return {}
    levels = {}
    for style in archive.xml("word/styles.xml").iter():
        if local(style.tag) != "style":
            continue
        name = style.find("{*}name")
        outline = style.find("{*}pPr/{*}outlineLvl")
        found = _HEADING_STYLE.match(attribute(name, "val")) if name is not None else None
        if outline is not None and attribute(outline, "val").isdigit():
            level = int(attribute(outline, "val")) + 1
        elif found:
            level = int(found[1])
        elif name is not None and attribute(name, "val").lower() == "title":
            level = 1
        else:
            continue
        if level <= 9:
            levels[attribute(style, "styleId")] = level
    return levels


class _Reader:
    def __init__(self, builder: TextBuilder, levels: dict[str, int]) -> None:
        self._builder = builder
        self._levels = levels

    def blocks(self, parent: Element) -> None:
        """Paragraphs and tables below `parent`, whatever wraps them."""
        for child in parent:
            tag = local(child.tag)
            if tag == "p":
                self._paragraph(child)
            elif tag == "tbl":
                self._builder.table(self._rows(child))
            elif tag not in _NEVER:
                self.blocks(child)

    def notes(self, root: Element) -> None:
        for note in root:
            tables: list[Element] = []
            self._builder.text("\n".join(self._texts(note, tables)))
            for table in tables:
                self._builder.table(self._rows(table))

    def _paragraph(self, paragraph: Element) -> None:
        boxes: list[Element] = []
        text = "".join(self._inline(paragraph, boxes))
        level = self._level(paragraph)
        if level and text.strip():
            self._builder.heading(text, level)
        else:
            self._builder.text(text)
        for box in boxes:
            self.blocks(box)

    def _level(self, paragraph: Element) -> int:
        style = paragraph.find("{*}pPr/{*}pStyle")
        outline = paragraph.find("{*}pPr/{*}outlineLvl")
        if outline is not None and attribute(outline, "val").isdigit():
            level = int(attribute(outline, "val")) + 1
            return level if level <= 9 else 0
        return self._levels.get(attribute(style, "val"), 0) if style is not None else 0

    def _rows(self, table: Element) -> Iterator[list[str]]:
        """Rows of cells; a table inside a cell follows its row with rows of its own."""
        for row in _within(table, "tr"):
            tables: list[Element] = []
            yield [" ".join(self._texts(cell, tables)) for cell in _within(row, "tc")]
            for inside in tables:
                yield from self._rows(inside)

    def _texts(self, parent: Element, tables: list[Element]) -> Iterator[str]:
        """The paragraphs below `parent` as text; tables among them go to `tables`."""
        for child in parent:
            tag = local(child.tag)
            if tag == "p":
                boxes: list[Element] = []
                yield "".join(self._inline(child, boxes))
                for box in boxes:
                    yield from self._texts(box, tables)
            elif tag == "tbl":
                tables.append(child)
            elif tag not in _NEVER:
                yield from self._texts(child, tables)

    def _inline(self, parent: Element, boxes: list[Element]) -> Iterator[str]:
        for child in parent:
            tag = local(child.tag)
            if tag == "t":
                yield child.text or ""
            elif tag == "txbxContent":
                boxes.append(child)
            elif tag in _BREAKS:
                yield _BREAKS[tag]
            elif tag == "r" and _is_hidden(child):
                self._builder.warn(building.HIDDEN_TEXT)
            elif tag not in _NEVER:
                yield from self._inline(child, boxes)


def _within(parent: Element, wanted: str) -> Iterator[Element]:
    """Rows of a table or cells of a row, whatever wraps them; not those of tables inside."""
    for child in parent:
        tag = local(child.tag)
        if tag == wanted:
            yield child
        elif tag not in _NEVER and tag != "tbl":
            yield from _within(child, wanted)


def _is_hidden(run: Element) -> bool:
    mark = run.find("{*}rPr/{*}vanish")
    return (
        mark is not None
        and attribute(mark, "val") not in ("0", "false", "off")
        and run.find("{*}t") is not None
    )
