"""Bytes to text: UTF-8, UTF-16, UTF-32, CP949, and at last a guess that is said aloud."""

from __future__ import annotations

import codecs
import re

from desktop.services.documents.parsers.failure import ParseFailureError

_MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_DECLARED = re.compile(rb"(?:charset|encoding)\s*=\s*[\"']?\s*([A-Za-z0-9_.:-]{2,40})", re.I)
_KOREAN = {"euc-kr", "ks_c_5601-1987", "ksc5601", "x-windows-949", "windows-949", "euckr"}
_CONTROLS = re.compile("[\x00-\x08\x0e-\x1f]")
_HANGUL = re.compile("[가-힣]")


def decode(content: bytes, *, declared: bool = False) -> tuple[str, bool]:
    """The text and whether its encoding was only guessed.

    Args:
        declared: look for what the text says of itself (HTML).

    Raises:
        ParseFailureError: ``binary`` when it is no text.
    """
    for mark, encoding in _MARKS:
        if content.startswith(mark):
            return content.decode(encoding, "replace"), False
    zeros = content[:4096].count(0)
    if zeros > len(content[:4096]) // 5:
        return _wide(content), False
    for encoding in [*(_stated(content) if declared else ()), "utf-8", "cp949"]:
        try:
            return _text(content.decode(encoding)), encoding not in ("utf-8",) and not declared
        except (UnicodeDecodeError, LookupError):
            continue
    text = content.decode("cp949", "replace")
    if text.count("\ufffd") > len(text) // 50 or not _HANGUL.search(text):
        text = content.decode("cp1252", "replace")
    return _text(text), True


def _stated(content: bytes) -> list[str]:
    found = _DECLARED.search(content[:4096])
    if found is None:
        return []
    name = found[1].decode("ascii").lower()
    if name in _KOREAN:
        return ["cp949"]
    try:
        codecs.lookup(name)
    except LookupError:
        return []
    # "utf-16" in bytes that could be read as ASCII is a mistake; the rest are bytes to text.
    return [] if name.startswith(("utf-16", "utf-32", "utf-7", "idna", "punycode")) else [name]


def _wide(content: bytes) -> str:
    """UTF-16 without a mark: Latin text has its zeros on one side."""
    odd, even = content[1:4096:2].count(0), content[:4096:2].count(0)
    encoding = "utf-16-le" if odd >= even else "utf-16-be"
    return _text(content.decode(encoding, "replace"))


def _text(text: str) -> str:
    if len(_CONTROLS.findall(text[:100_000])) > 2 + len(text[:100_000]) // 100:
        raise ParseFailureError("binary")
    return text
