"""Lists what is shipped with its licence; ends with an error if one forbids an MIT program.

``python packaging/licences.py OUTPUT.json [FOLDER]`` reads the installed packages that the default
needs; into FOLDER go the licence texts they bring, a folder a package.
"""

from __future__ import annotations

import json
import re
import shutil
import sys
import tomllib
from importlib import metadata
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
# What the packages themselves say too vaguely or not at all, from their licence files.
KNOWN = {
    "av": "BSD-3-Clause; FFmpeg inside: LGPL-3.0-or-later",
    "pyside6-essentials": "LGPL-3.0-only",
    "shiboken6": "LGPL-3.0-only",
    "soxr": "LGPL-2.1-or-later",
    "kiwipiepy": "Apache-2.0",
    "kiwipiepy-model": "Apache-2.0",
    "syhwp": "MIT",
}
# Needed on some of the Pythons only: listed whichever one makes the list.
SOMETIMES = {"async-timeout": "Apache-2.0"}  # redis, before Python 3.11.3
_FORBIDDEN = re.compile(r"\b(?:AGPL|Affero|GPL(?!-compatible))", re.IGNORECASE)
_LESSER = re.compile(r"LGPL|Lesser|GPL-?3?\.?0?.*exception", re.IGNORECASE)
_TEXT = re.compile(r"licen[cs]e|copying|notice|authors", re.IGNORECASE)


def canonical(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def needed() -> list[str]:
    """The packages of the default installation, with all they need on this platform."""
    from packaging.requirements import Requirement

    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    waiting = [(Requirement(line), "") for line in project["dependencies"]]
    found: dict[str, set[str]] = {}
    while waiting:
        wanted, by_extra = waiting.pop()
        if wanted.marker is not None and not wanted.marker.evaluate({"extra": by_extra}):
            continue
        name = canonical(wanted.name)
        extras = {"", *wanted.extras} - found.get(name, set())
        try:
            requires = metadata.distribution(name).requires or ()
        except metadata.PackageNotFoundError:
            continue
        found.setdefault(name, set()).update(extras)
        waiting += [(Requirement(line), extra) for extra in extras for line in requires]
    return sorted(found)


def licence_of(name: str) -> str:
    if name in KNOWN or name in SOMETIMES:
        return KNOWN.get(name) or SOMETIMES[name]
    about = metadata.metadata(name)
    expression = about.get("License-Expression")
    if expression:
        return expression
    classifiers = [
        line.rpartition("::")[2].strip()
        for line in about.get_all("Classifier", [])
        if line.startswith("License ::")
    ]
    return (
        "; ".join(c for c in classifiers if c != "OSI Approved")
        or ((about.get("License") or "unknown").strip().splitlines()[0][:80])
    )


def pinned(name: str) -> str:
    """The version in constraints.txt."""
    text = (ROOT / "constraints.txt").read_text(encoding="utf-8")
    found = re.search(rf"^{re.escape(name)}==([^ ;]+)", text, re.MULTILINE)
    return found.group(1) if found else ""


def forbidden(licence: str) -> bool:
    """A choice is allowed when one of its parts is."""
    parts = re.split(r"\bOR\b|;", licence)
    return all(_FORBIDDEN.search(part) and not _LESSER.search(part) for part in parts)


def copy_texts(folder: Path) -> None:
    """The licences ask for it: whoever gets the program gets their texts."""
    shutil.rmtree(folder, ignore_errors=True)
    for name in needed():
        for file in metadata.files(name) or ():
            if ".dist-info" in file.parts[0] and _TEXT.match(file.name):
                kept = folder / name / file.name
                kept.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(str(file.locate()), kept)


def main() -> int:
    rows = [
        {"name": name, "version": metadata.version(name), "licence": licence_of(name)}
        for name in needed()
    ]
    there = {row["name"] for row in rows}
    rows += [
        {"name": name, "version": pinned(name), "licence": licence}
        for name, licence in SOMETIMES.items()
        if name not in there
    ]
    rows.sort(key=lambda row: row["name"])
    Path(sys.argv[1]).write_text(
        json.dumps(rows, ensure_ascii=False, indent=1) + "\n", encoding="utf-8"
    )
    if len(sys.argv) > 2:
        copy_texts(Path(sys.argv[2]))
    wrong = [row for row in rows if forbidden(row["licence"])]
    for row in wrong:
        print(f"{row['name']}: {row['licence']} does not go with MIT", file=sys.stderr)
    unknown = [row["name"] for row in rows if row["licence"] == "unknown"]
    if unknown:
        print(f"licence unknown: {', '.join(unknown)}", file=sys.stderr)
    return 1 if wrong or unknown else 0


if __name__ == "__main__":
    sys.exit(main())
