"""The session list of the sidebar, grouped by day, and the hits of a search.  GUI thread only."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import QAbstractListModel, QModelIndex, QObject, QPersistentModelIndex, Qt

from desktop.records import SearchHit, SessionRecord
from desktop.ui.models.plain_text import one_line, plain_tip

RECORD_ROLE = int(Qt.ItemDataRole.UserRole) + 1
HEADING_ROLE = RECORD_ROLE + 1
LIVE_ROLE = RECORD_ROLE + 2
PAUSED_ROLE = RECORD_ROLE + 3
Index = QModelIndex | QPersistentModelIndex
_NOWHERE = QModelIndex()


class SessionList(QAbstractListModel):
    """Sessions, the newest first; the live one is marked, and whether it takes a break."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._records: list[SessionRecord] = []
        self._headings: list[str] = []
        self.live_id: str | None = None
        self._paused = False

    def set_records(self, records: Sequence[SessionRecord], headings: Sequence[str]) -> None:
        """`headings` holds the name of each record's day."""
        self.beginResetModel()
        self._records = list(records)
        self._headings = [
            heading if i == 0 or headings[i - 1] != heading else ""
            for i, heading in enumerate(headings)
        ]
        self.endResetModel()

    @property
    def records(self) -> list[SessionRecord]:
        return self._records

    def set_live(self, session_id: str | None, *, paused: bool = False) -> None:
        self.live_id, self._paused = session_id, paused
        if self._records:
            self.dataChanged.emit(self.index(0), self.index(len(self._records) - 1))

    def row_of(self, session_id: str) -> int:
        return next(
            (i for i, record in enumerate(self._records) if record.session_id == session_id), -1
        )

    def rowCount(self, parent: Index = _NOWHERE) -> int:
        return 0 if parent.isValid() else len(self._records)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid():
            return None
        record = self._records[index.row()]
        if role == RECORD_ROLE:
            return record
        if role == HEADING_ROLE:
            return self._headings[index.row()]
        if role == LIVE_ROLE:
            return record.session_id == self.live_id
        if role == PAUSED_ROLE:
            return self._paused and record.session_id == self.live_id
        return _words(role, record.title, record.preview)


class HitList(QAbstractListModel):
    """Lines that match a search over all sessions."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._hits: list[SearchHit] = []

    def set_hits(self, hits: Sequence[SearchHit]) -> None:
        self.beginResetModel()
        self._hits = list(hits)
        self.endResetModel()

    def rowCount(self, parent: Index = _NOWHERE) -> int:
        return 0 if parent.isValid() else len(self._hits)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid():
            return None
        hit = self._hits[index.row()]
        if role == RECORD_ROLE:
            return hit
        if role == HEADING_ROLE:
            before = self._hits[index.row() - 1] if index.row() else None
            fresh = before is None or before.session_id != hit.session_id
            return one_line(hit.session_title) if fresh else ""
        return _words(role, f"{hit.session_title}: {hit.text}", "")


def _words(role: int, title: str, more: str) -> str | None:
    """A row in words: on one line, and as a tool tip."""
    if role == Qt.ItemDataRole.DisplayRole:
        return one_line(title)
    if role == Qt.ItemDataRole.ToolTipRole:
        return plain_tip("\n".join(filter(None, (title, more))))
    return None
