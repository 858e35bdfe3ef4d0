"""File names that every system accepts, from titles that people and meetings give (faults: S53)."""

from __future__ import annotations

import re
import unicodedata

_FORBIDDEN = re.compile(r'[<>:"/\\|?*\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]')
_RESERVED = re.compile(r"(CON|PRN|AUX|NUL|CONIN\$|CONOUT\$|(COM|LPT)[0-9¹²³])", re.IGNORECASE)
_MAX_BYTES = 180  # of 255 in ext4, so that "(2)", an extension and a temporary prefix still fit


def safe_name(title: str, extension: str, number: int = 1) -> str:
    """One path component made of `title` with ``.extension``; never empty, hidden or reserved.

    Args:
        number: of several that are called alike; from 2 on it stands behind the name: "talk (2)".
    """
    name = unicodedata.normalize("NFC", title)
    name = "".join(c for c in name if unicodedata.category(c) != "Cf" or c == "\u200d")
    name = re.sub(r"\s+", " ", _FORBIDDEN.sub("_", name)).strip(" .")
    mark = f" ({number})" if number > 1 else ""
    room = _MAX_BYTES - len(mark)
    name = name.encode("utf-8")[:room].decode("utf-8", "ignore").strip(" .")
    if not name.strip("_ ."):
        name = "transcript"
    if _RESERVED.fullmatch(name.split(".")[0].strip()):
        name = f"_{name}"
    return f"{name}{mark}.{extension}"
