"""Excel workbooks: each sheet a heading and a table, dates as dates.  Formulas show their value."""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterator
from typing import IO
from xml.etree.ElementTree import Element

from desktop.services.documents.extracted import Extracted
from desktop.services.documents.parsers import building
from desktop.services.documents.parsers.archive import Archive, attribute, local
from desktop.services.documents.parsers.building import MAX_CELLS_A_ROW, TextBuilder
from desktop.services.documents.parsers.failure import ParseFailureError
from desktop.services.documents.parsers.slides import relations
from desktop.services.documents.parsers.word import core_title

MAX_SHEETS = 500
MAX_CELLS = 2_000_000
_MAX_COUNT = 1 << 31  # more strings than a workbook can hold: a made-up number
_DATES = frozenset({*range(14, 23), *range(27, 37), 45, 46, 47, *range(50, 59)})
_QUOTED = re.compile(r"\"[^\"]*\"|\[[^\]]*\]|\\.")
_DATE_SIGN = re.compile(r"[ymdhs년월일]", re.I)
_COLUMN = re.compile(r"[A-Z]{1,3}")


def extract(source: IO[bytes]) -> Extracted:
    archive = Archive(source)
    archive.verify()
    builder = TextBuilder("xlsx")
    if archive.escapes:
        builder.warn(building.ODD_NAMES)
    workbook = archive.xml("xl/workbook.xml")
    shared = _shared(archive)
    dates = _date_styles(archive)
    since_1904 = any(attribute(p, "date1904") in ("1", "true") for p in workbook.iter())
    targets = relations(archive, "xl/workbook.xml")
    sheets = [entry for entry in workbook.iter() if local(entry.tag) == "sheet"]
    budget = [MAX_CELLS]
    for sheet in sheets[:MAX_SHEETS]:
        part = next(
            (targets[v] for k, v in sheet.attrib.items() if local(k) == "id" and v in targets), ""
        )
        if part not in archive or "worksheet" not in part:
            continue
        builder.page()
        builder.heading(attribute(sheet, "name"), 1)
        values = _Values(shared, dates, since_1904)
        builder.table(_rows(archive.xml(part), values, budget))
    for part in sorted(
        n for n in archive.names() if re.match(r"xl/(comments|drawings/drawing)", n)
    ):
        builder.text("\n".join(_texts(archive.xml(part))))
    builder.title = core_title(archive)
    return builder.build()


def _texts(root: Element) -> Iterator[str]:
    for node in root.iter():
        if local(node.tag) == "t" and (node.text or "").strip():
            yield node.text or ""


def _shared(archive: Archive) -> list[str]:
    if "xl/sharedStrings.xml" not in archive:
        return []
    root = archive.xml("xl/sharedStrings.xml")
    declared = attribute(root, "count")
    if declared.isdigit() and int(declared) > _MAX_COUNT:
        raise ParseFailureError("damaged", what="xl/sharedStrings.xml")
    return [_rich(item) for item in root if local(item.tag) == "si"]


def _rich(item: Element) -> str:
    """The text of a string that may be cut into runs; readings of Japanese are left out."""
    pieces = []
    for child in item:
        if local(child.tag) == "t":
            pieces.append(child.text or "")
        elif local(child.tag) == "r":
            pieces += [node.text or "" for node in child if local(node.tag) == "t"]
    return "".join(pieces)


def _date_styles(archive: Archive) -> frozenset[int]:
    """Which cell styles show dates."""
    if "xl/styles.xml" not in archive:
        return frozenset()
    root = archive.xml("xl/styles.xml")
    own = {
        attribute(entry, "numFmtId"): attribute(entry, "formatCode")
        for entry in root.findall("{*}numFmts/{*}numFmt")
    }
    found = set()
    for index, style in enumerate(root.findall("{*}cellXfs/{*}xf")):
        number = attribute(style, "numFmtId")
        code = _QUOTED.sub("", own.get(number, ""))
        if (number.isdigit() and int(number) in _DATES) or _DATE_SIGN.search(code):
            found.add(index)
    return frozenset(found)


class _Values:
    """Cells to text."""

    def __init__(self, shared: list[str], dates: frozenset[int], since_1904: bool) -> None:
        self._shared = shared
        self._dates = dates
        self._epoch = (
            datetime.datetime(1904, 1, 1) if since_1904 else datetime.datetime(1899, 12, 30)
        )

    def text(self, cell: Element) -> str:
        kind = attribute(cell, "t")
        if kind == "inlineStr":
            inside = cell.find("{*}is")
            return _rich(inside) if inside is not None else ""
        found = cell.find("{*}v")
        value = (found.text or "") if found is not None else ""
        if kind == "s":
            index = int(value) if value.isdigit() and len(value) < 10 else -1
            return self._shared[index] if 0 <= index < len(self._shared) else ""
        if kind == "b":
            return "TRUE" if value == "1" else "FALSE"
        if kind in ("", "n") and value:
            return self._number(value, attribute(cell, "s"))
        return value

    def _number(self, value: str, style: str) -> str:
        try:
            number = float(value)
        except ValueError:
            return value
        if style.isdigit() and int(style) in self._dates and 0 <= number < 2_958_466:
            moment = self._epoch + datetime.timedelta(days=number)
            if number < 1:
                return f"{moment:%H:%M}"
            return f"{moment:%Y-%m-%d}" if number.is_integer() else f"{moment:%Y-%m-%d %H:%M}"
        return f"{number:.10g}" if abs(number) < 1e15 else value


def _rows(sheet: Element, values: _Values, budget: list[int]) -> Iterator[list[str]]:
    for row in sheet.iter():
        if local(row.tag) != "row":
            continue
        cells: list[str] = []
        for cell in row:
            budget[0] -= 1
            if budget[0] < 0:
                raise ParseFailureError("too-much-text", limit=f"{MAX_CELLS:,}")
            column = _column(attribute(cell, "r"), len(cells))
            if column < MAX_CELLS_A_ROW:
                cells += [""] * (column - len(cells))
                cells.append(values.text(cell))
        yield cells


def _column(reference: str, following: int) -> int:
    """The index of a cell by its reference; never before its left neighbour."""
    found = _COLUMN.match(reference)
    if found is None:
        return following
    index = 0
    for letter in found[0]:
        index = index * 26 + ord(letter) - 64
    return max(index - 1, following)
