"""A pytest plugin (`-p without_qt`) under which Qt cannot be imported, as on a server."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec
from types import ModuleType

ABSENT = ("PySide6", "shiboken6", "pyqtgraph")


class _Absent(MetaPathFinder):
    """Finds nothing of Qt, loudly."""

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if fullname.split(".", maxsplit=1)[0] in ABSENT:
            raise ModuleNotFoundError(f"No module named {fullname!r} here", name=fullname)
        return None


sys.meta_path.insert(0, _Absent())
