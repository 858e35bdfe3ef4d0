"""The keywords shown as chips.  GUI thread only.

A chip keeps its place while others come and go; `settle` puts them into the order of importance
when nobody is looking for one.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import QAbstractListModel, QModelIndex, QObject, QPersistentModelIndex, Qt

from desktop.records import KeywordEntry

ENTRY_ROLE = int(Qt.ItemDataRole.UserRole) + 1
SHOWN_ROLE = ENTRY_ROLE + 1  # how much of it is there: 0 when it has just come, 1 after a moment
FADE_S = 0.24
Index = QModelIndex | QPersistentModelIndex
_NOWHERE = QModelIndex()


class KeywordList(QAbstractListModel):
    """Keyword entries in the order in which they stand in the window."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._entries: list[KeywordEntry] = []
        self._wanted: list[str] = []
        self._born_s: dict[str, float] = {}

    @property
    def entries(self) -> list[KeywordEntry]:
        """What is shown; do not change the list."""
        return self._entries

    @property
    def settled(self) -> bool:
        """True while the chips stand in the order of importance."""
        return [entry.key for entry in self._entries] == self._wanted

    def rowCount(self, parent: Index = _NOWHERE) -> int:
        return 0 if parent.isValid() else len(self._entries)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid():
            return None
        entry = self._entries[index.row()]
        if role == ENTRY_ROLE:
            return entry
        if role == SHOWN_ROLE:
            age_s = time.monotonic() - self._born_s.get(entry.key, -FADE_S)
            return min(1.0, max(0.0, age_s / FADE_S))
        if role == Qt.ItemDataRole.DisplayRole:
            return entry.text
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return f"{entry.text}, {entry.count}"
        return None

    def row_of(self, key: str) -> int:
        return next((i for i, entry in enumerate(self._entries) if entry.key == key), -1)

    def load(self, entries: Sequence[KeywordEntry]) -> None:
        """Other keywords altogether: in their order at once, without fading in."""
        self.beginResetModel()
        self._entries = list(entries)
        self._wanted = [entry.key for entry in entries]
        self._born_s.clear()
        self.endResetModel()

    def update(self, entries: Sequence[KeywordEntry]) -> bool:
        """The same keywords further on: known ones stay where they are, new ones come last.

        Returns:
            True when new ones came.
        """
        fresh = {entry.key: entry for entry in entries}
        self._wanted = list(fresh)
        for row in range(len(self._entries) - 1, -1, -1):
            entry = fresh.pop(self._entries[row].key, None)
            if entry is None:
                self.beginRemoveRows(_NOWHERE, row, row)
                del self._entries[row]
                self.endRemoveRows()
            elif entry != self._entries[row]:
                self._entries[row] = entry
                self.dataChanged.emit(self.index(row), self.index(row))
        if fresh:
            now_s, first = time.monotonic(), len(self._entries)
            self.beginInsertRows(_NOWHERE, first, first + len(fresh) - 1)
            self._entries += fresh.values()
            self._born_s = {
                key: at_s for key, at_s in self._born_s.items() if now_s - at_s < FADE_S
            } | dict.fromkeys(fresh, now_s)
            self.endInsertRows()
        return bool(fresh)

    def settle(self) -> None:
        """Puts the chips into the order of importance."""
        if self.settled:
            return
        self.layoutAboutToBeChanged.emit()
        before = [entry.key for entry in self._entries]
        place = {key: i for i, key in enumerate(self._wanted)}
        self._entries.sort(key=lambda entry: place.get(entry.key, len(place)))
        rows = {entry.key: i for i, entry in enumerate(self._entries)}
        old = self.persistentIndexList()
        self.changePersistentIndexList(old, [self.index(rows[before[i.row()]]) for i in old])
        self.layoutChanged.emit()
