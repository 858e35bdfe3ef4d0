"""The documents as a list, and the same list filtered and sorted.  GUI thread only."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence

from PySide6.QtCore import (
    QAbstractListModel,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    QSortFilterProxyModel,
    Qt,
)

from desktop.events import Document, DocumentState

Index = QModelIndex | QPersistentModelIndex
DOCUMENT_ROLE = Qt.ItemDataRole.UserRole + 1
WORKING = frozenset({DocumentState.QUEUED, DocumentState.PARSING, DocumentState.INDEXING})
_STATE_ORDER = {
    DocumentState.FAILED: 0,
    DocumentState.PARSING: 1,
    DocumentState.INDEXING: 1,
    DocumentState.QUEUED: 2,
    DocumentState.INDEXED: 3,
    DocumentState.REMOVED: 4,
}


class DocumentList(QAbstractListModel):
    """All documents in the order they came; a removed one leaves."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._documents: list[Document] = []
        self._rows: dict[str, int] = {}

    @property
    def documents(self) -> Sequence[Document]:
        return self._documents

    def rowCount(self, parent: Index | None = None) -> int:
        return 0 if parent is not None and parent.isValid() else len(self._documents)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if not index.isValid():
            return None
        document = self._documents[index.row()]
        if role == DOCUMENT_ROLE:
            return document
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole):
            return document.name
        return None

    def row_of(self, document_id: str) -> int:
        return self._rows.get(document_id, -1)

    def reset(self, documents: Iterable[Document]) -> None:
        """Shows other documents."""
        self.beginResetModel()
        self._documents = [d for d in documents if d.state is not DocumentState.REMOVED]
        self._number()
        self.endResetModel()

    def update(self, documents: Iterable[Document]) -> None:
        """Takes changes: known documents are replaced, new ones appended, removed ones leave."""
        fresh: list[Document] = []
        for document in documents:
            row = self._rows.get(document.document_id, -1)
            if document.state is DocumentState.REMOVED:
                if row >= 0:
                    self._remove(row)
            elif row >= 0:
                self._documents[row] = document
                self.dataChanged.emit(self.index(row), self.index(row))
            else:
                fresh.append(document)
        if fresh:
            start = len(self._documents)
            self.beginInsertRows(QModelIndex(), start, start + len(fresh) - 1)
            self._documents.extend(fresh)
            for row, document in enumerate(fresh, start):
                self._rows[document.document_id] = row
            self.endInsertRows()

    def _remove(self, row: int) -> None:
        self.beginRemoveRows(QModelIndex(), row, row)
        del self._documents[row]
        self._number()
        self.endRemoveRows()

    def _number(self) -> None:
        self._rows = {d.document_id: row for row, d in enumerate(self._documents)}


class DocumentFilter(QSortFilterProxyModel):
    """The documents whose name, place or reason holds every word typed, in a chosen order.

    Orders: "when" (newest first), "name", "state" (failed first), "size" (largest first).
    Shown: "all", "indexed", "working", "failed", "watched".
    """

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._words: tuple[str, ...] = ()
        self._order = "when"
        self._shown = "all"
        self.setDynamicSortFilter(True)

    def set_text(self, text: str) -> None:
        self._words = tuple(_folded(text).split())
        self.invalidate()

    def set_shown(self, shown: str) -> None:
        self._shown = shown
        self.invalidate()

    def set_order(self, order: str) -> None:
        self._order = order
        self.invalidate()
        self.sort(0)

    @property
    def filtering(self) -> bool:
        """True while something may be hidden."""
        return bool(self._words) or self._shown != "all"

    def filterAcceptsRow(self, row: int, parent: Index) -> bool:
        source = self.sourceModel()
        assert isinstance(source, DocumentList)
        document = source.documents[row]
        if not _shows(document, self._shown):
            return False
        if not self._words:
            return True
        text = _folded(f"{document.name} {document.path} {document.kind} {document.reason}")
        return all(word in text for word in self._words)

    def lessThan(self, left: Index, right: Index) -> bool:
        source = self.sourceModel()
        assert isinstance(source, DocumentList)
        first, second = source.documents[left.row()], source.documents[right.row()]
        return bool(self._key(first, left.row()) < self._key(second, right.row()))

    def _key(self, document: Document, row: int) -> tuple[float | str, ...]:
        name = _folded(document.name)
        if self._order == "name":
            return (name, row)
        if self._order == "state":
            return (_STATE_ORDER[document.state], name, row)
        if self._order == "size":
            return (-document.size_bytes, name, row)
        # What is under way was added last, though it has no time of indexing yet.
        under_way = document.state in WORKING
        return (not under_way, -document.indexed_wall_s, row if under_way else -row)


def _shows(document: Document, shown: str) -> bool:
    if shown == "indexed":
        return document.state is DocumentState.INDEXED
    if shown == "failed":
        return document.state is DocumentState.FAILED
    if shown == "working":
        return document.state in WORKING
    if shown == "watched":
        return bool(document.folder)
    return True


def _folded(text: str) -> str:
    return unicodedata.normalize("NFC", text).casefold()
