"""The documents as a list, and the same list filtered and sorted.  GUI thread only."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence

from PySide6.QtCore import (
    QAbstractListModel,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    Qt,
    Signal,
)

from desktop.events import Document, DocumentState
from desktop.ui.models.document_words import WORKING, spoken_text
from desktop.ui.models.plain_text import one_line

Index = QModelIndex | QPersistentModelIndex
DOCUMENT_ROLE = Qt.ItemDataRole.UserRole + 1
MANY_ROWS = 64  # more than that going one by one takes longer than showing the list anew
_WORK_ORDER = {DocumentState.INDEXING: 0, DocumentState.PARSING: 1, DocumentState.QUEUED: 2}
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

    changed = Signal(object)  # the documents that were replaced

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
        if role == Qt.ItemDataRole.DisplayRole:
            return one_line(document.name)
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return spoken_text(document)
        return None

    def row_of(self, document_id: str) -> int:
        return self._rows.get(document_id, -1)

    def count(self, state: DocumentState) -> int:
        """How many are in a state."""
        return sum(document.state is state for document in self._documents)

    def reset(self, documents: Iterable[Document]) -> None:
        """Shows other documents."""
        self.beginResetModel()
        self._documents = [d for d in documents if d.state is not DocumentState.REMOVED]
        self._number()
        self.endResetModel()

    def update(self, documents: Iterable[Document]) -> None:
        """Takes changes: known documents are replaced, new ones appended, removed ones leave."""
        fresh: dict[str, Document] = {}
        replaced: list[Document] = []
        for document in documents:
            row = self._rows.get(document.document_id, -1)
            if document.state is DocumentState.REMOVED:
                if row >= 0:
                    self._remove(row)
            elif row >= 0:
                self._documents[row] = document
                replaced.append(document)
            else:
                fresh[document.document_id] = document
        if fresh:
            start = len(self._documents)
            self.beginInsertRows(QModelIndex(), start, start + len(fresh) - 1)
            self._documents.extend(fresh.values())
            for row, document_id in enumerate(fresh, start):
                self._rows[document_id] = row
            self.endInsertRows()
        if replaced:
            self.changed.emit(replaced)

    def _remove(self, row: int) -> None:
        self.beginRemoveRows(QModelIndex(), row, row)
        del self._documents[row]
        self._number()
        self.endRemoveRows()

    def _number(self) -> None:
        self._rows = {d.document_id: row for row, d in enumerate(self._documents)}


class DocumentFilter(QAbstractListModel):
    """The documents whose name, place or reason holds every word typed, in a chosen order.

    Orders: "when" (newest first), "name", "state" (failed first), "size" (largest first).
    Shown: "all", "indexed", "working", "failed", "watched".

    Not a `QSortFilterProxyModel`, whose every comparison would call back into Python: with twenty
    thousand documents that takes seconds.  What is chosen stays chosen when documents change.
    """

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._source = DocumentList(self)
        self._words: tuple[str, ...] = ()
        self._order = "when"
        self._shown = "all"
        self._ids: list[str] = []
        self._rows: dict[str, int] = {}
        self._keys: dict[str, tuple[float | str, ...]] = {}
        self._texts: dict[str, str] = {}

    def set_source(self, source: DocumentList) -> None:
        self._source = source
        source.modelReset.connect(self._on_source_reset)
        source.rowsInserted.connect(self._on_rows_inserted)
        source.rowsRemoved.connect(self._refresh)
        source.changed.connect(self._on_documents_changed)
        self._on_source_reset()

    def rowCount(self, parent: Index | None = None) -> int:
        return 0 if parent is not None and parent.isValid() else len(self._ids)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if not index.isValid():
            return None
        row = self._source.row_of(self._ids[index.row()])
        return self._source.data(self._source.index(row), role)

    def row_of(self, document_id: str) -> int:
        return self._rows.get(document_id, -1)

    def set_text(self, text: str) -> None:
        self._words = tuple(_folded(text).split())
        self._begin_anew()

    def set_shown(self, shown: str) -> None:
        self._shown = shown
        self._begin_anew()

    def set_order(self, order: str) -> None:
        self._order = order
        self._keys = {d.document_id: self._key(d) for d in self._source.documents}
        self._begin_anew()

    @property
    def filtering(self) -> bool:
        """True while something may be hidden."""
        return bool(self._words) or self._shown != "all"

    def _begin_anew(self) -> None:
        self.beginResetModel()
        self._set(self._wanted())
        self.endResetModel()

    def _set(self, ids: list[str]) -> None:
        self._ids = ids
        self._rows = {document_id: row for row, document_id in enumerate(ids)}

    def _wanted(self) -> list[str]:
        ids = [d.document_id for d in self._source.documents if self._accepts(d)]
        return sorted(ids, key=self._keys.__getitem__)

    def _accepts(self, document: Document) -> bool:
        if not _shows(document, self._shown):
            return False
        text = self._texts[document.document_id] if self._words else ""
        return all(word in text for word in self._words)

    def _learn(self, documents: Iterable[Document]) -> None:
        for document in documents:
            self._keys[document.document_id] = self._key(document)
            self._texts[document.document_id] = _folded(
                f"{document.name} {document.path} {document.kind} {document.reason}"
            )

    def _refresh(self) -> None:
        """Takes over what has changed: rows go, come, and move, and stay chosen meanwhile."""
        wanted = self._wanted()
        known = set(wanted)
        gone = [row for row, document_id in enumerate(self._ids) if document_id not in known]
        if len(gone) > MANY_ROWS:
            self._begin_anew()
            return
        for row in reversed(gone):
            self.beginRemoveRows(QModelIndex(), row, row)
            del self._ids[row]
            self.endRemoveRows()
        present = set(self._ids)
        fresh = [document_id for document_id in wanted if document_id not in present]
        if fresh:
            start = len(self._ids)
            self.beginInsertRows(QModelIndex(), start, start + len(fresh) - 1)
            self._ids.extend(fresh)
            self.endInsertRows()
        if self._ids != wanted:
            self._move(wanted)
        self._set(wanted)

    def _move(self, wanted: list[str]) -> None:
        self.layoutAboutToBeChanged.emit()
        held = self.persistentIndexList()
        names = [self._ids[index.row()] for index in held]
        self._set(wanted)
        self.changePersistentIndexList(held, [self.index(self._rows[name]) for name in names])
        self.layoutChanged.emit()

    def _on_source_reset(self) -> None:
        self._keys, self._texts = {}, {}
        self._learn(self._source.documents)
        self._begin_anew()

    def _on_rows_inserted(self, _: Index, first: int, last: int) -> None:
        self._learn(self._source.documents[first : last + 1])
        self._refresh()

    def _on_documents_changed(self, documents: Sequence[Document]) -> None:
        self._learn(documents)
        self._refresh()
        for document in documents:
            row = self.row_of(document.document_id)
            if row >= 0:
                self.dataChanged.emit(self.index(row), self.index(row))

    def _key(self, document: Document) -> tuple[float | str, ...]:
        name = _folded(document.name)
        if self._order == "name":
            return (name, document.document_id)
        if self._order == "state":
            return (_STATE_ORDER[document.state], name, document.document_id)
        if self._order == "size":
            return (-document.size_bytes, name, document.document_id)
        # What is under way was added last, though it has no time of indexing yet.
        if document.state in WORKING:
            return (0, _WORK_ORDER[document.state], name, document.document_id)
        return (1, -document.indexed_wall_s, name, document.document_id)


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
