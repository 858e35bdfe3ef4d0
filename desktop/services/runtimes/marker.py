"""The two small files that tell a whole environment from one that was interrupted.

``.installing`` lies in the folder while it is built; ``malgeul-runtime.json`` once it is whole.
An environment made by hand has neither and counts as whole.
"""

from __future__ import annotations

import json
import os
import time
from dataclasses import asdict, dataclass
from pathlib import Path

UNFINISHED = ".installing"
FINISHED = "malgeul-runtime.json"


@dataclass(frozen=True, slots=True)
class Installed:
    """What was built."""

    name: str
    version: str
    recipe: str
    size_bytes: int
    wall_s: float


def begin(folder: Path) -> None:
    """The folder is under construction from now on."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / FINISHED).unlink(missing_ok=True)
    (folder / UNFINISHED).write_text(str(os.getpid()), encoding="ascii")


def finish(folder: Path, name: str, version: str, recipe: str) -> Installed:
    """It is whole: says so on disk, with its size."""
    installed = Installed(name, version, recipe, size_of(folder), time.time())
    temporary = folder / f"{FINISHED}.new"
    with open(temporary, "w", encoding="utf-8") as file:
        json.dump(asdict(installed), file)
        file.flush()
        os.fsync(file.fileno())
    os.replace(temporary, folder / FINISHED)
    (folder / UNFINISHED).unlink(missing_ok=True)
    return installed


def read(folder: Path) -> Installed | None:
    """What is whole in `folder`; None when it is not, or was not built by us."""
    if unfinished(folder):
        return None
    try:
        return Installed(**json.loads((folder / FINISHED).read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        return None


def unfinished(folder: Path) -> bool:
    """Its building was begun and not finished."""
    return (folder / UNFINISHED).exists()


def size_of(folder: Path) -> int:
    """Bytes in all files below `folder`."""
    total = 0
    for place, _, names in os.walk(folder):
        for name in names:
            try:
                total += os.lstat(os.path.join(place, name)).st_size
            except OSError:  # went away meanwhile
                continue
    return total
