"""Arguments that name files: on Windows `*.mp4` becomes the files of that kind.

A Unix shell does that before a program hears of it; cmd.exe and PowerShell hand the pattern over.
click does it for all arguments alike, and only where it reads the command line itself; a question
("who?") is no pattern, so here only arguments for files have it.  Main thread.
"""

from __future__ import annotations

import glob
import os
import sys
from collections.abc import Iterable
from typing import Any

import click


class FilesArgument(click.Argument):
    """A `click.Argument` of any number of files.

    Args:
        platform: as `sys.platform`.
    """

    def __init__(self, *args: Any, platform: str = sys.platform, **attributes: Any) -> None:
        super().__init__(*args, **attributes)
        self.platform = platform

    def process_value(self, ctx: click.Context, value: Any) -> Any:
        """The files that are named or meant; click checks them afterwards."""
        if self.platform == "win32" and isinstance(value, (tuple, list)):
            value = expanded(value)
        return super().process_value(ctx, value)


def expanded(names: Iterable[str]) -> tuple[str, ...]:
    """Every pattern replaced by what it matches, in order of the alphabet; ``**`` means folders.

    A file of that very name ("[draft] talk.mp4") is meant itself, and a pattern without any match
    stays as it is, so that the message about what is missing shows it.
    """
    found: list[str] = []
    for name in map(os.path.expanduser, names):
        matches = [] if os.path.exists(name) else sorted(glob.glob(name, recursive=True))
        found += matches or [name]
    return tuple(found)
