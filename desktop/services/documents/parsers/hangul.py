"""Hangul documents: HWP 5 by syhwp, HWPX straight from its XML."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import IO
from xml.etree.ElementTree import Element

from desktop.services.documents.extracted import Extracted
from desktop.services.documents.parsers import building
from desktop.services.documents.parsers.archive import Archive, attribute, local
from desktop.services.documents.parsers.building import TextBuilder
from desktop.services.documents.parsers.failure import ParseFailureError

_SECTION = re.compile(r"Contents/section(\d+)\.xml$")
_OUTLINE = re.compile(r"(?:개요|제목|outline|heading)\s*(\d)", re.I)
_CONTROL = 71  # HWPTAG_CTRL_HEADER
_NOTE_OVER_WORD = b"tudt"
_UNREAD = frozenset({"linesegarray", "secPr", "ctrl-unread"})


def extract_hwp(source: IO[bytes]) -> Extracted:
    """HWP 5: paragraphs and tables; its headings cannot be told from text."""
    import struct

    from syhwp import EncryptedDocumentError, SyhwpError, Table
    from syhwp._hwp5 import _read_hwp5, read_document_hwp5

    builder = TextBuilder("hwp")
    try:
        document = read_document_hwp5(source)
        for block in document.blocks:
            if isinstance(block, Table):
                if block.n_rows * block.n_cols > 1_000_000:
                    raise ParseFailureError("damaged", what="table")
                builder.table(block.grid())
            elif type(block).__name__ != "Image":
                builder.text(block.text)
        source.seek(0)
        for section in _read_hwp5(source)[1]:
            builder.text("\n".join(_notes_over_words(section)))
    except EncryptedDocumentError as error:
        raise ParseFailureError("encrypted") from error
    except (SyhwpError, struct.error, ValueError, OSError, IndexError, RecursionError) as error:
        raise ParseFailureError("damaged", what="HWP") from error
    return builder.build()


def _notes_over_words(records: Sequence[tuple[int, int, bytes]]) -> Iterator[str]:
    """Words with a note above them (덧말), which syhwp passes by: two strings in one control."""
    for tag, _, payload in records:
        if tag != _CONTROL or not payload.startswith(_NOTE_OVER_WORD):
            continue
        texts = []
        at = len(_NOTE_OVER_WORD)
        for _ in range(2):
            length = int.from_bytes(payload[at : at + 2], "little") * 2
            texts.append(payload[at + 2 : at + 2 + length].decode("utf-16-le", "replace"))
            at += 2 + length
        yield f"{texts[0]} ({texts[1]})"


def extract_hwpx(source: IO[bytes]) -> Extracted:
    """HWPX: paragraphs with their outline level, tables, boxes, headers and footers."""
    archive = Archive(source)
    archive.verify()
    if any(
        "encryption-data" in name or name == "META-INF/encryption.xml" for name in archive.names()
    ):
        raise ParseFailureError("encrypted")
    manifest = archive.read("META-INF/manifest.xml") if "META-INF/manifest.xml" in archive else b""
    if b"encryption-data" in manifest:
        raise ParseFailureError("encrypted")
    sections = sorted(
        (name for name in archive.names() if _SECTION.match(name)),
        key=lambda name: int(_SECTION.sub(r"\1", name)),
    )
    if not sections:
        raise ParseFailureError("damaged", what="Contents/section0.xml")
    builder = TextBuilder("hwpx")
    if archive.escapes:
        builder.warn(building.ODD_NAMES)
    reader = _Reader(builder, _levels(archive))
    for section in sections:
        reader.paragraphs(archive.xml(section))
    return builder.build()


def _levels(archive: Archive) -> dict[str, int]:
    """Outline levels by style id."""
    if "Contents/header.xml" not in archive:
        return {}
    found = {}
    for style in archive.xml("Contents/header.xml").iter():
        if local(style.tag) == "style":
            match = _OUTLINE.match(attribute(style, "name")) or _OUTLINE.match(
                attribute(style, "engName")
            )
            if match:
                found[attribute(style, "id")] = int(match[1])
    return found


class _Reader:
    def __init__(self, builder: TextBuilder, levels: dict[str, int]) -> None:
        self._builder = builder
        self._levels = levels

    def paragraphs(self, parent: Element) -> None:
        for child in parent:
            if local(child.tag) == "p":
                self._paragraph(child)
            else:
                self.paragraphs(child)

    def _paragraph(self, paragraph: Element) -> None:
        inside: list[Element] = []
        text = "".join(_inline(paragraph, inside))
        level = self._levels.get(attribute(paragraph, "styleIDRef"), 0)
        if level and text.strip():
            self._builder.heading(text, level)
        else:
            self._builder.text(text)
        for element in inside:
            if local(element.tag) == "tbl":
                for caption in element.findall("{*}caption"):
                    self.paragraphs(caption)
                self._builder.table(_rows(element))
            else:
                self.paragraphs(element)


def _rows(table: Element) -> Iterator[list[str]]:
    """Rows of cells; a table inside a cell follows its row with rows of its own."""
    for row in table:
        if local(row.tag) != "tr":
            continue
        tables: list[Element] = []
        yield [" ".join(_texts(cell, tables)) for cell in row if local(cell.tag) == "tc"]
        for inside in tables:
            yield from _rows(inside)


def _texts(parent: Element, tables: list[Element]) -> Iterator[str]:
    """The paragraphs below `parent` as text; tables among them go to `tables`."""
    for child in parent:
        if local(child.tag) == "p":
            inside: list[Element] = []
            yield "".join(_inline(child, inside))
            for element in inside:
                if local(element.tag) == "tbl":
                    tables.append(element)
                else:
                    yield from _texts(element, tables)
        else:
            yield from _texts(child, tables)


def _inline(parent: Element, inside: list[Element]) -> Iterator[str]:
    """The text of a paragraph itself; tables and boxes anchored in it go to `inside`."""
    for child in parent:
        tag = local(child.tag)
        if tag == "t":
            yield child.text or ""
            for mark in child:
                yield {"tab": "\t", "lineBreak": "\n", "nbSpace": " ", "fwSpace": " "}.get(
                    local(mark.tag), ""
                )
                yield mark.tail or ""
        elif tag in ("tbl", "subList"):
            inside.append(child)
        elif tag == "script":
            yield f" {child.text or ''} "
        elif tag not in _UNREAD:
            yield from _inline(child, inside)
