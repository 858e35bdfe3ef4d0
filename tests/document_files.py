"""Documents made for tests, good and bad, by the libraries people's programs are like."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from pathlib import Path
from typing import Any

KOREAN = "담당자는 박서연 책임이며 예산은 3,200만 원으로 확정되었다."
ENGLISH = "The refund is paid within fourteen days."
SHARED = Path(__file__).resolve().parents[2] / "shared" / "data" / "docs"


def pdf(*pages: str, hidden: str = "", loops: bool = False) -> bytes:
    """A PDF with a line of Latin text a page; `hidden` is white text on the last one."""
    objects: list[bytes] = [b"<< /Type /Catalog /Pages 2 0 R >>", b""]
    kids = []
    font = b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>"
    objects.append(font)
    for number, text in enumerate(pages):
        lines = [f"BT /F1 12 Tf 0 g 72 {720 - 20 * i} Td ({line}) Tj ET" for i, line in
                 enumerate(text.split("\n"))]  # fmt: skip
        if hidden and number == len(pages) - 1:
            lines.append(f"BT /F1 12 Tf 1 g 72 100 Td ({hidden}) Tj ET")
        stream = "\n".join(lines).encode("latin-1")
        objects.append(b"<< /Length %d >>\nstream\n%s\nendstream" % (len(stream), stream))
        content = len(objects)
        objects.append(
            b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents %d 0 R"
            b" /Resources << /Font << /F1 3 0 R >> >> >>" % content
        )
        kids.append(len(objects))
    if loops:
        kids.append(2)
    listed = b" ".join(b"%d 0 R" % kid for kid in kids)
    objects[1] = b"<< /Type /Pages /Kids [%s] /Count %d >>" % (listed, len(kids))
    out = io.BytesIO(b"")
    out.write(b"%PDF-1.4\n")
    offsets = []
    for number, body in enumerate(objects, 1):
        offsets.append(out.tell())
        out.write(b"%d 0 obj\n%s\nendobj\n" % (number, body))
    start = out.tell()
    out.write(b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1))
    for offset in offsets:
        out.write(b"%010d 00000 n \n" % offset)
    out.write(b"trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF" %
              (len(objects) + 1, start))  # fmt: skip
    return out.getvalue()


def docx(*, secret: str = "") -> bytes:
    """Headings, a paragraph, a table, and text nobody sees."""
    from docx import Document

    document = Document()
    document.core_properties.title = "분기 보고"
    document.add_heading("개요", 1)
    document.add_paragraph(KOREAN)
    document.add_heading("Refunds", 2)
    document.add_paragraph(ENGLISH)
    table = document.add_table(rows=2, cols=2)
    for row, texts in zip(table.rows, (("항목", "금액"), ("회의실", "1,200")), strict=True):
        for cell, text in zip(row.cells, texts, strict=True):
            cell.text = text
    if secret:
        run = document.add_paragraph().add_run(secret)
        run.font.hidden = True
    return _saved(document)


def docx_nested() -> bytes:
    """A table in a cell of a table, and one in a cell of that."""
    from docx import Document

    document = Document()
    outer = document.add_table(rows=3, cols=2)
    _fill(outer, ("항목", "예산"), ("장비", ""), ("합계", "1,500"))
    inner = outer.cell(1, 1).add_table(rows=2, cols=2)
    _fill(inner, ("카메라", "1,200"), ("마이크", "300"))
    _fill(inner.cell(1, 1).add_table(rows=1, cols=2), ("상자", "빨강"))
    return _saved(document)


def pptx() -> bytes:
    from pptx import Presentation

    presentation = Presentation()
    slide = presentation.slides.add_slide(presentation.slide_layouts[1])
    slide.shapes.title.text = "로드맵"
    slide.placeholders[1].text = KOREAN
    slide.notes_slide.notes_text_frame.text = "Say this slowly."
    slide = presentation.slides.add_slide(presentation.slide_layouts[1])
    slide.shapes.title.text = "Refunds"
    slide.placeholders[1].text = ENGLISH
    return _saved(presentation)


def xlsx() -> bytes:
    import datetime

    from openpyxl import Workbook

    workbook = Workbook()
    sheet = workbook.active
    sheet.title = "예산"
    sheet.append(["부서", "금액", "날짜"])
    sheet.append(["플랫폼개발팀", 1200.5, datetime.date(2024, 7, 12)])
    sheet.append(["총무팀", 3, None])
    return _saved(workbook)


def hwpx(text: str = KOREAN) -> bytes:
    from hwpx import HwpxDocument

    document = HwpxDocument.new()
    document.add_paragraph(text)
    return bytes(document.to_bytes())


def hwpx_nested() -> bytes:
    """A table with a caption, and a table in one of its cells."""
    from hwpx import HwpxDocument

    document = HwpxDocument.new()
    outer = document.add_table(3, 2)
    outer.set_caption("표 1. 장비 예산")
    _fill(outer, ("항목", "예산"), ("장비", ""), ("합계", "1,500"))
    _fill(outer.cell(1, 1).add_table(1, 2), ("카메라", "1,200"))
    return bytes(document.to_bytes())


def html(body: str, head: str = "") -> bytes:
    return f"<!DOCTYPE html><html><head>{head}</head><body>{body}</body></html>".encode()


def zipped(parts: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return out.getvalue()


def replaced(content: bytes, name: str, part: bytes) -> bytes:
    """A zip container with one part replaced or added."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        parts = {entry: archive.read(entry) for entry in archive.namelist()}
    return zipped({**parts, name: part})


def lying_zip(content: bytes, name: str, size: int) -> bytes:
    """A part that unpacks to far more than the container says."""
    packed = zipped({name: b"x" * size})
    real = struct.pack("<I", size)
    crc = struct.pack("<I", zlib.crc32(b"x" * size))
    assert packed.count(real) >= 2
    return packed.replace(real, struct.pack("<I", 1000)).replace(crc, crc)


def _fill(table: Any, *rows: tuple[str, ...]) -> None:
    for at, row in enumerate(rows):
        for column, text in enumerate(row):
            cell = table.cell(at, column)
            if hasattr(cell, "set_text"):
                cell.set_text(text)
            else:
                cell.text = text


def _saved(document: object) -> bytes:
    out = io.BytesIO()
    document.save(out)  # type: ignore[attr-defined]
    return out.getvalue()
