"""Plain text, Markdown and comma-separated values."""

from __future__ import annotations

import csv
import io
import re
from typing import IO

from desktop.services.documents.extracted import Extracted
from desktop.services.documents.parsers import building
from desktop.services.documents.parsers.building import TextBuilder
from desktop.services.documents.parsers.decoding import decode

_HEADING = re.compile(r"(#{1,6})\s+(.+?)\s*#*$")
_FENCE = re.compile(r"\s{0,3}(```+|~~~+)")
_RULE = re.compile(r"\s*\|?\s*:?-{2,}:?\s*(\|\s*:?-{2,}:?\s*)*\|?\s*$")
_FRONT = re.compile(r"\A---\n(.*?\n)?(?:---|\.\.\.)\n", re.S)
_MAX_FIELD = 1_000_000


def _read(source: IO[bytes], builder: TextBuilder) -> str:
    text, guessed = decode(source.read())
    if guessed:
        builder.warn(building.GUESSED_ENCODING)
    return text.replace("\r\n", "\n").replace("\r", "\n")


def extract_text(source: IO[bytes]) -> Extracted:
    """Paragraphs are what empty lines part."""
    builder = TextBuilder("txt")
    for paragraph in re.split(r"\n[ \t]*\n", _read(source, builder).replace("\x0c", "\n\n")):
        builder.text(paragraph)
    return builder.build()


def extract_markdown(source: IO[bytes]) -> Extracted:
    """Headings, fenced code and pipe tables; the words keep their marks."""
    builder = TextBuilder("md")
    lines = _FRONT.sub("", _read(source, builder)).split("\n")
    paragraph: list[str] = []

    def flush() -> None:
        if paragraph:
            builder.text("\n".join(paragraph))
            paragraph.clear()

    at = 0
    while at < len(lines):
        line = lines[at]
        heading, fence = _HEADING.match(line), _FENCE.match(line)
        if heading:
            flush()
            builder.heading(heading[2], len(heading[1]))
            if len(heading[1]) == 1 and not builder.title:
                builder.title = heading[2]
        elif fence:
            flush()
            end = next(
                (i for i in range(at + 1, len(lines)) if lines[i].strip().startswith(fence[1])),
                len(lines),
            )
            builder.code("\n".join(lines[at + 1 : end]))
            at = end
        elif "|" in line and at + 1 < len(lines) and _RULE.match(lines[at + 1]):
            flush()
            end = next((i for i in range(at, len(lines)) if "|" not in lines[i]), len(lines))
            rows = [lines[at], *lines[at + 2 : end]]
            builder.table(
                [cell.strip() for cell in row.strip().strip("|").split("|")] for row in rows
            )
            at = end - 1
        elif not line.strip():
            flush()
        else:
            paragraph.append(line)
        at += 1
    flush()
    return builder.build()


def extract_csv(source: IO[bytes]) -> Extracted:
    """The first row is taken for the header."""
    builder = TextBuilder("csv")
    text = _read(source, builder).replace("\x00", "")
    csv.field_size_limit(_MAX_FIELD)
    try:
        dialect: type[csv.Dialect] | str = csv.Sniffer().sniff(text[:8192], ",;\t|")
    except csv.Error:
        dialect = "excel"
    try:
        builder.table(csv.reader(io.StringIO(text), dialect))
    except csv.Error:  # a field beyond all bounds, a quote that never ends: still text
        builder.text(text)
    return builder.build()
