"""PowerPoint presentations: slides as pages, their titles as headings, tables and notes."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator
from typing import IO
from xml.etree.ElementTree import Element

from desktop.services.documents.extracted import Extracted
from desktop.services.documents.parsers import building
from desktop.services.documents.parsers.archive import Archive, attribute, local
from desktop.services.documents.parsers.building import TextBuilder
from desktop.services.documents.parsers.word import core_title

_TITLES = frozenset({"title", "ctrTitle"})
_PASSING = frozenset({"sldNum", "dt", "ftr"})
MAX_SLIDES = 5_000


def extract(source: IO[bytes]) -> Extracted:
    archive = Archive(source)
    archive.verify()
    builder = TextBuilder("pptx")
    if archive.escapes:
        builder.warn(building.ODD_NAMES)
    for slide in _slides(archive)[:MAX_SLIDES]:
        builder.page()
        _read(archive.xml(slide), builder)
        for target in relations(archive, slide).values():
            if "/notesSlide" in target and target in archive:
                notes = "\n".join(_paragraphs(archive.xml(target), notes=True))
                builder.text(notes)
    builder.title = core_title(archive)
    return builder.build()


def relations(archive: Archive, part: str) -> dict[str, str]:
    """Relation id to part name, of one part."""
    folder, name = posixpath.split(part)
    path = f"{folder}/_rels/{name}.rels"
    if path not in archive:
        return {}
    found = {}
    for relation in archive.xml(path):
        target = relation.get("Target", "")
        if relation.get("TargetMode") != "External":
            joined = target.lstrip("/") if target.startswith("/") else f"{folder}/{target}"
            found[relation.get("Id", "")] = posixpath.normpath(joined)
    return found


def _slides(archive: Archive) -> list[str]:
    """Part names in the order they are shown."""
    targets = relations(archive, "ppt/presentation.xml")
    order = [
        targets.get(_relation_id(entry), "")
        for entry in archive.xml("ppt/presentation.xml").iter()
        if local(entry.tag) == "sldId"
    ]
    return [name for name in order if name in archive]


def _relation_id(entry: Element) -> str:
    for key, value in entry.attrib.items():
        if key.startswith("{") and local(key) == "id":
            return value
    return ""


def _read(slide: Element, builder: TextBuilder) -> None:
    for shape in slide.iter():
        tag = local(shape.tag)
        if tag == "sp":
            kind = _placeholder(shape)
            text = "\n".join(_paragraphs(shape))
            if kind in _TITLES:
                builder.heading(text, 1)
            elif kind not in _PASSING:
                builder.text(text)
        elif tag == "tbl":
            builder.table(
                [" ".join(_paragraphs(cell)) for cell in row if local(cell.tag) == "tc"]
                for row in shape
                if local(row.tag) == "tr"
            )


def _placeholder(shape: Element) -> str:
    mark = shape.find("{*}nvSpPr/{*}nvPr/{*}ph")
    return attribute(mark, "type") if mark is not None else ""


def _paragraphs(parent: Element, *, notes: bool = False) -> Iterator[str]:
    for paragraph in parent.iter():
        if local(paragraph.tag) != "p":
            continue
        pieces = []
        for node in paragraph.iter():
            tag = local(node.tag)
            if tag == "t":
                pieces.append(node.text or "")
            elif tag == "br":
                pieces.append("\n")
        text = "".join(pieces)
        if text.strip() and not (notes and text.strip().isdigit()):  # the slide's number
            yield text
