"""What a file is, by what is in it.  Its name only chooses between kinds of plain text."""

from __future__ import annotations

import re
from typing import IO

from desktop.services.documents.parsers.archive import Archive
from desktop.services.documents.parsers.failure import ParseFailureError

OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_HTML = re.compile(
    rb"^\s*(?:<!--.*?-->\s*)*(?:<\?xml[^>]*>\s*)?<(?:!doctype\s+html|html|head|body)\b", re.I | re.S
)

# What each suffix promises.
SUFFIXES = {
    "pdf": "pdf", "docx": "docx", "docm": "docx", "dotx": "docx", "pptx": "pptx", "pptm": "pptx",
    "ppsx": "pptx", "xlsx": "xlsx", "xlsm": "xlsx", "xltx": "xlsx", "html": "html", "htm": "html",
    "xhtml": "html", "md": "md", "markdown": "md", "txt": "txt", "text": "txt", "log": "txt",
    "csv": "csv", "tsv": "csv", "hwp": "hwp", "hwpx": "hwpx",
}  # fmt: skip
TEXTS = frozenset({"html", "md", "txt", "csv"})
NAMES = {
    "pdf": "PDF", "docx": "Word", "pptx": "PowerPoint", "xlsx": "Excel", "html": "HTML",
    "md": "Markdown", "txt": "text", "csv": "CSV", "hwp": "HWP", "hwpx": "HWPX",
}  # fmt: skip
_OTHERS = (
    (b"{\\rtf", "RTF"), (b"\x89PNG", "PNG"), (b"\xff\xd8\xff", "JPEG"), (b"GIF8", "GIF"),
    (b"II*\x00", "TIFF"), (b"MM\x00*", "TIFF"), (b"\x1f\x8b", "gzip"), (b"Rar!", "RAR"),
    (b"7z\xbc\xaf", "7-Zip"), (b"\x7fELF", "program"), (b"MZ", "program"), (b"ID3", "MP3"),
    (b"RIFF", "RIFF"), (b"OggS", "Ogg"), (b"HWP Document File V3", "HWP 3"),
)  # fmt: skip


def kind_of(source: IO[bytes], name: str) -> str:
    """The kind of `source`, which is left at its beginning.

    Raises:
        ParseFailureError: empty, encrypted, nothing we read, or not what its name says.
    """
    head = source.read(4096)
    source.seek(0)
    if not head:
        raise ParseFailureError("empty")
    suffix = name.rpartition(".")[2].lower() if "." in name else ""
    promised = SUFFIXES.get(suffix, "")
    found = _by_content(source, head)
    source.seek(0)
    if found in ("", "html") and (promised in TEXTS or not promised):
        return promised or found or "txt"
    if found == "":
        raise ParseFailureError("not-that", promised=NAMES[promised])
    if promised and promised != found:
        raise ParseFailureError("misnamed", promised=NAMES[promised], found=NAMES[found])
    return found


def _by_content(source: IO[bytes], head: bytes) -> str:
    if b"%PDF-" in head[:1024]:
        return "pdf"
    if head.startswith(OLE):
        return _ole(source)
    if head.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return _zip(source)
    if _HTML.match(head):
        return "html"
    for signature, name in _OTHERS:
        if head.startswith(signature):
            raise ParseFailureError("unsupported", found=name)
    return ""


def _zip(source: IO[bytes]) -> str:
    archive = Archive(source)
    for part, kind in (
        ("word/document.xml", "docx"),
        ("ppt/presentation.xml", "pptx"),
        ("xl/workbook.xml", "xlsx"),
        ("Contents/content.hpf", "hwpx"),
    ):
        if part in archive:
            return kind
    names = archive.names()
    if not names:
        raise ParseFailureError("damaged", what="zip")
    if "[Content_Types].xml" in names:
        raise ParseFailureError("damaged", what="[Content_Types].xml")
    raise ParseFailureError("unsupported", found="ZIP")


def _ole(source: IO[bytes]) -> str:
    """Names in an OLE container's directory are UTF-16, wherever it lies."""
    content = source.read()

    def has(name: str) -> bool:
        return name.encode("utf-16-le") in content

    if has("EncryptedPackage") or has("EncryptionInfo"):
        raise ParseFailureError("encrypted")
    if has("FileHeader") and b"HWP Document File" in content:
        return "hwp"
    if has("WordDocument") or has("Workbook") or has("PowerPoint Document"):
        raise ParseFailureError("old-office")
    raise ParseFailureError("damaged", what="OLE")
