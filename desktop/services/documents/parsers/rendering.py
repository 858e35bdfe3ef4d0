"""A page of a PDF as a picture, with the places where a quote stands."""

from __future__ import annotations

import base64
import io
import re
import unicodedata
import zlib
from struct import pack
from typing import IO, Any

from desktop.services.documents.parsers.failure import ParseFailureError
from desktop.services.documents.parsers.pdf import open_pdf

MAX_PIXELS = 4_000_000
_WIDTH_PX = 1_200
_WORTH_SHOWING = 0.5  # of a quote must be found, or nothing is marked


def render(source: IO[bytes], number: int, quote: str) -> dict[str, Any]:
    """Page `number` (from 1): ``png`` (base64), ``boxes`` (x, y, width, height in 0..1), ``pages``.

    Raises:
        ParseFailureError: no such page, or it cannot be drawn.
    """
    import pypdfium2

    document = open_pdf(source)
    if not 1 <= number <= len(document):
        raise ParseFailureError("damaged", what=f"page {number}")
    try:
        page = document[number - 1]
        width, height = page.get_size()
        if width <= 0 or height <= 0:
            raise ParseFailureError("damaged", what=f"page {number}")
        scale = min(_WIDTH_PX / width, (MAX_PIXELS / (width * height)) ** 0.5)
        bitmap = page.render(scale=scale, rev_byteorder=True, prefer_bgrx=False)
        png = _png(bitmap)
        boxes = _boxes(page, quote) if quote else []
    except pypdfium2.PdfiumError as error:
        raise ParseFailureError("damaged", what=f"page {number}") from error
    return {"png": base64.b64encode(png).decode("ascii"), "boxes": boxes, "pages": len(document)}


def _png(bitmap: Any) -> bytes:
    """Eight-bit RGB; written here, so that no picture library has to be in the process."""
    width, height, stride, channels = bitmap.width, bitmap.height, bitmap.stride, bitmap.n_channels
    pixels = memoryview(bitmap.buffer).cast("B")
    out = io.BytesIO()
    packer = zlib.compressobj(3)
    data = []
    for row in range(height):
        line = bytes(pixels[row * stride : row * stride + width * channels])
        if channels == 4:
            line = b"".join(line[i : i + 3] for i in range(0, len(line), 4))
        elif channels == 1:
            line = b"".join(bytes((value,)) * 3 for value in line)
        data.append(packer.compress(b"\x00" + line))
    data.append(packer.flush())
    out.write(b"\x89PNG\r\n\x1a\n")
    for kind, content in (
        (b"IHDR", pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)),
        (b"IDAT", b"".join(data)),
        (b"IEND", b""),
    ):
        out.write(pack(">I", len(content)) + kind + content)
        out.write(pack(">I", zlib.crc32(kind + content)))
    return out.getvalue()


def _boxes(page: Any, quote: str) -> list[tuple[float, float, float, float]]:
    """Where the quote stands; rectangles of whole lines, in the page as it is drawn."""
    textpage = page.get_textpage()
    found = locate(str(textpage.get_text_range()), quote)
    width, height = page.get_size()
    left, bottom, _, _ = page.get_bbox()
    boxes = []
    for start, end in found:
        for index in range(textpage.count_rects(start, end - start)):
            x0, y0, x1, y1 = textpage.get_rect(index)
            box = (
                (x0 - left) / width,
                1 - (y1 - bottom) / height,
                (x1 - x0) / width,
                (y1 - y0) / height,
            )
            boxes.append(tuple(round(min(1.0, max(0.0, value)), 5) for value in box))
    return boxes


def locate(text: str, quote: str) -> list[tuple[int, int]]:
    """Where `quote` stands in `text`, white space apart; by lines when not as a whole.

    Empty when less than half of it is found.
    """
    plain, places = _plain(text)
    whole, _ = _plain(quote)
    if not whole:
        return []
    at = plain.find(whole)
    if at >= 0:
        return [(places[at], places[at + len(whole) - 1] + 1)]
    found = []
    count = 0
    for line in re.split(r"[\n\t]|(?<=[.!?。])\s", quote):
        wanted, _ = _plain(line)
        at = plain.find(wanted) if len(wanted) > 3 else -1
        if at >= 0:
            found.append((places[at], places[at + len(wanted) - 1] + 1))
            count += len(wanted)
    return found if count >= _WORTH_SHOWING * len(whole) else []


def _plain(text: str) -> tuple[str, list[int]]:
    """`text` composed and without white space, and where each character came from."""
    letters: list[str] = []
    places: list[int] = []
    for place, letter in enumerate(text):
        if letter.isspace() or letter in "\x02\ufffe\u200b":
            continue
        for piece in unicodedata.normalize("NFKC", letter):
            if not piece.isspace():
                letters.append(piece.casefold()[:1] or piece)
                places.append(place)
    return "".join(letters), places
