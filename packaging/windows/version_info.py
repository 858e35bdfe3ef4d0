"""Writes the version resource of the Windows program: ``version_info.py OUTPUT``."""

from __future__ import annotations

import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def main() -> int:
    text = (ROOT / "desktop" / "__init__.py").read_text(encoding="utf-8")
    version = re.search(r'__version__ = "([^"]+)"', text).group(1)  # type: ignore[union-attr]
    numbers = tuple(int(part) for part in [*re.findall(r"\d+", version), "0", "0", "0"][:4])
    strings = {
        "CompanyName": "Malgeul",
        "FileDescription": "Malgeul (말글)",
        "FileVersion": version,
        "InternalName": "malgeul",
        "LegalCopyright": "MIT licence",
        "OriginalFilename": "malgeul.exe",
        "ProductName": "Malgeul",
        "ProductVersion": version,
    }
    entries = ", ".join(f"StringStruct({k!r}, {v!r})" for k, v in strings.items())
    Path(sys.argv[1]).write_text(
        "VSVersionInfo(\n"
        f"  ffi=FixedFileInfo(filevers={numbers}, prodvers={numbers}, mask=0x3F, flags=0x0,\n"
        "    OS=0x40004, fileType=0x1, subtype=0x0, date=(0, 0)),\n"
        f"  kids=[StringFileInfo([StringTable('040904B0', [{entries}])]),\n"
        "    VarFileInfo([VarStruct('Translation', [1033, 1200])])])\n",
        encoding="utf-8",
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
