"""File names that every system accepts, from titles that people and meetings give (faults: S53)."""

from __future__ import annotations

import re
import unicodedata

_FORBIDDEN = re.compile(r'[<>:"/\\|?*\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]')
_RESERVED = re.compile(r"(CON|PRN|AUX|NUL|CONIN\$|CONOUT\$|(COM|LPT)[0-9¹²³])", re.IGNORECASE)
_MAX_BYTES = 180  # of 255 in ext4, so that "(2)", an extension and a temporary prefix still fit


def safe_name(title: str, extension: str) -> str:
    """One path component made of `title` with ``.extension``; never empty, hidden or reserved."""
    name = unicodedata.normalize("NFC", title)
    name = "".join(c for c in name if unicodedata.category(c) != "Cf" or c == "\u200d")
    name = re.sub(r"\s+", " ", _FORBIDDEN.sub("_", name)).strip(" .")
    name = name.encode("utf-8")[:_MAX_BYTES].decode("utf-8", "ignore").strip(" .")
    if not name.strip("_ ."):
        name = "transcript"
    if _RESERVED.fullmatch(name.split(".")[0].strip()):
        name = f"_{name}"
    return f"{name}.{extension}"
