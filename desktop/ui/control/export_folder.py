"""Where a file that people save goes unless they choose another folder.  Any thread."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QStandardPaths


def export_folder() -> Path:
    """The person's documents; their home where no such folder was ever made."""
    place = QStandardPaths.StandardLocation.DocumentsLocation
    documents = Path(QStandardPaths.writableLocation(place))
    return documents if documents.is_dir() else Path.home()
