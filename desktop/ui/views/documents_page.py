"""The documents: a list with filter, order and state, what is being indexed, what is in force.

GUI thread only.
"""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QItemSelectionModel, QModelIndex, QPoint, Qt, Signal
from PySide6.QtGui import QKeyEvent, QKeySequence, QMouseEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QFrame,
    QHBoxLayout,
    QListView,
    QMenu,
    QPushButton,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from desktop.events import Document, DocumentState
from desktop.records import DocumentsStatus
from desktop.ui.i18n import Retranslated
from desktop.ui.models.document_list import DOCUMENT_ROLE, DocumentFilter, DocumentList
from desktop.ui.models.document_words import (
    better_text,
    number_text,
    size_text,
    spoken_text,
    way_text,
)
from desktop.ui.models.plain_text import plain_tip
from desktop.ui.theme import Theme
from desktop.ui.views.controls import ElidedLabel, MenuButton, Picker, label
from desktop.ui.views.document_delegate import DocumentDelegate, more_area
from desktop.ui.views.empty_state import DocumentsEmpty
from desktop.ui.views.ingest_bar import IngestBar
from desktop.ui.views.search_field import SearchField


class DocumentsListView(QListView):
    """The list itself: keys, the menu of a row, tool tips."""

    opened = Signal(object)
    menu_requested = Signal(QPoint)
    remove_requested = Signal()
    reindex_requested = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("documents")
        self.setMouseTracking(True)
        self.setUniformItemSizes(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollMode(QListView.ScrollMode.ScrollPerPixel)
        self.verticalScrollBar().setSingleStep(24)

    def chosen(self) -> list[Document]:
        """The selected documents, in the order of the list."""
        indexes = sorted(self.selectedIndexes(), key=lambda index: index.row())
        return [index.data(DOCUMENT_ROLE) for index in indexes]

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._open(self.currentIndex())
        elif event.matches(QKeySequence.StandardKey.Delete):
            self.remove_requested.emit()
        elif event.matches(QKeySequence.StandardKey.Refresh):
            self.reindex_requested.emit()
        else:
            super().keyPressEvent(event)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        super().mouseReleaseEvent(event)
        place = event.position().toPoint()
        index = self.indexAt(place)
        left = event.button() == Qt.MouseButton.LeftButton
        if left and index.isValid() and more_area(self.visualRect(index)).contains(place):
            self.menu_requested.emit(self.viewport().mapToGlobal(place))

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        index = self.indexAt(event.position().toPoint())
        if not more_area(self.visualRect(index)).contains(event.position().toPoint()):
            self._open(index)

    def contextMenuEvent(self, event: object) -> None:
        if self.selectedIndexes():
            self.menu_requested.emit(event.globalPos())  # type: ignore[attr-defined]

    def _open(self, index: QModelIndex) -> None:
        if index.isValid():
            self.opened.emit(index.data(DOCUMENT_ROLE))


class DocumentsPage(Retranslated, QFrame):
    """Shows documents and emits what is to be done with them."""

    files_requested = Signal()
    folder_requested = Signal()
    watch_requested = Signal()
    unwatch_requested = Signal(str)
    services_requested = Signal()

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("page")
        self._theme = theme
        self._status: DocumentsStatus | None = None
        self._read = False  # whether it is known what documents there are
        self._chosen_ids: list[str] = []
        self.documents = DocumentList(self)
        self.filter = DocumentFilter(self)
        self._title = label("", "title")
        self._facts = ElidedLabel("", "faint")
        self._field = SearchField(theme)
        self._shown = Picker(theme, "filter")
        self._order = Picker(theme)
        self._add = MenuButton(theme)
        self._add.setProperty("role", "primary")
        self._add.setObjectName("add_documents")
        self._menu = QMenu(self)
        self.ingest = IngestBar(theme)
        self.empty = DocumentsEmpty(theme)
        self.list = DocumentsListView()
        self._nothing = label("", "soft")
        self._stack = QStackedWidget()
        self._way = ElidedLabel("", "faint")
        self._better = QPushButton()
        self._better.setProperty("role", "link")
        self._arrange()
        self._connect()
        self.retranslate()
        self._show_list()

    def _arrange(self) -> None:
        self.filter.set_source(self.documents)
        self.filter.set_order("when")
        self.list.setModel(self.filter)
        self.list.setItemDelegate(DocumentDelegate(self._theme, self))
        self._nothing.setAlignment(Qt.AlignmentFlag.AlignCenter)
        for page in (self.empty, self.list, self._nothing):
            self._stack.addWidget(page)
        self._add.setMenu(self._menu)
        self._field.setMinimumWidth(120)
        titles = QVBoxLayout()
        titles.setSpacing(0)
        titles.addWidget(self._title)
        titles.addWidget(self._facts)
        head = QHBoxLayout()
        head.setContentsMargins(24, 10, 24, 8)
        head.setSpacing(8)
        head.addLayout(titles, 3)
        head.addWidget(self._add)
        self._tools = QWidget()
        tools = QHBoxLayout(self._tools)
        tools.setContentsMargins(24, 0, 24, 8)
        tools.setSpacing(8)
        tools.addWidget(self._field, 1)
        tools.addWidget(self._shown)
        tools.addWidget(self._order)
        bar = QVBoxLayout()
        bar.setContentsMargins(24, 0, 24, 0)
        bar.addWidget(self.ingest)
        self._foot = QFrame()
        self._foot.setObjectName("documents_foot")
        line = QHBoxLayout(self._foot)
        line.setContentsMargins(24, 4, 16, 4)
        line.addWidget(self._way, 1)
        line.addWidget(self._better)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(head)
        column.addWidget(self._tools)
        column.addLayout(bar)
        column.addWidget(self._stack, 1)
        column.addWidget(self._foot)

    def _connect(self) -> None:
        self._field.textChanged.connect(self.filter.set_text)
        self._field.textChanged.connect(self._show_list)
        self._shown.activated.connect(self._on_shown_chosen)
        self._order.activated.connect(self._on_order_chosen)
        self._better.clicked.connect(self.services_requested)
        self.empty.files_requested.connect(self.files_requested)
        self.empty.folder_requested.connect(self.folder_requested)
        self._theme.changed.connect(self._on_theme_changed)
        for signal in (
            self.documents.rowsInserted,
            self.documents.rowsRemoved,
            self.documents.modelReset,
        ):
            signal.connect(self._show_list)
        self.documents.modelReset.connect(self._show_status)
        self.list.entered.connect(self._on_row_entered)
        self.filter.modelAboutToBeReset.connect(self._on_about_to_reset)
        self.filter.modelReset.connect(self._on_reset)

    def retranslate(self) -> None:
        self._title.setText(self.tr("Documents"))
        self._field.setPlaceholderText(self.tr("Filter documents"))
        self._field.setAccessibleName(self._field.placeholderText())
        self._field.empty.describe(self.tr("Clear the filter"), "Esc")
        self._shown.setAccessibleName(self.tr("Which documents to show"))
        self._order.setAccessibleName(self.tr("Order"))
        self._shown.fill(
            [
                ("all", self.tr("All")),
                ("indexed", self.tr("Ready")),
                ("working", self.tr("Under way")),
                ("failed", self.tr("Failed")),
                ("watched", self.tr("Watched folders")),
            ],
            self._shown.value() or "all",
        )
        self._order.fill(
            [
                ("when", self.tr("Newest first")),
                ("name", self.tr("By name")),
                ("state", self.tr("Failed first")),
                ("size", self.tr("Largest first")),
            ],
            self._order.value() or "when",
        )
        self._add.setText(self.tr("Add"))
        self._add.setAccessibleName(self.tr("Add documents"))
        self.list.setAccessibleName(self.tr("Documents"))
        self._better.setText(self.tr("Open the services"))
        self._better.setAccessibleName(self._better.text())
        self._show_list()
        self._on_theme_changed()
        self._show_status()

    def focus_filter(self) -> None:
        self._field.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self._field.selectAll()

    def show_documents(self, documents: Sequence[Document]) -> None:
        self._read = True
        self.documents.reset(documents)

    def show_status(self, status: DocumentsStatus) -> None:
        self._status = status
        self._show_status()
        self._fill_menu()

    def _show_status(self) -> None:
        status = self._status
        self._foot.setVisible(status is not None)
        self._facts.setVisible(status is not None)
        if status is None:
            return
        parts = [self.tr("%n document(s)", None, status.documents)]
        failed = self.documents.count(DocumentState.FAILED)
        if failed:
            parts.append(self.tr("%n failed", None, failed))
        if status.chunks:
            chunks = number_text(status.chunks)
            parts.append(self.tr("{count} passages").format(count=chunks))
        parts.append(self.tr("{size} used").format(size=size_text(status.storage_bytes)))
        self._facts.setText(" · ".join(parts))
        way = self.tr("Searching by {way}").format(way=way_text(status.way)) if status.way else ""
        better = better_text(status.hint)
        self._way.setText(". ".join(part for part in (way, better) if part))
        self._better.setVisible(bool(status.hint))

    def _show_list(self) -> None:
        filled = bool(self.documents.documents)
        self._tools.setVisible(filled)
        if not filled and not self._read:
            self._nothing.setText(self.tr("Looking for your documents…"))
            self._stack.setCurrentWidget(self._nothing)
        elif not filled:
            self._stack.setCurrentWidget(self.empty)
        elif self.filter.filtering and not self.filter.rowCount():
            self._nothing.setText(self.tr("No document matches the filter."))
            self._stack.setCurrentWidget(self._nothing)
        else:
            self._stack.setCurrentWidget(self.list)

    def _fill_menu(self) -> None:
        theme, menu = self._theme, self._menu
        menu.clear()
        menu.addAction(theme.icon("file"), self.tr("Files…"), self.files_requested.emit)
        menu.addAction(theme.icon("folder"), self.tr("A folder…"), self.folder_requested.emit)
        menu.addSeparator()
        menu.addAction(theme.icon("eye"), self.tr("Watch a folder…"), self.watch_requested.emit)
        for folder in self._status.watched if self._status is not None else ():
            shown = self.fontMetrics().elidedText(folder, Qt.TextElideMode.ElideLeft, 320)
            text = self.tr("Stop watching {folder}").format(folder=shown.replace("&", "&&"))
            action = menu.addAction(theme.icon("close"), text)
            action.setData(folder)
            action.triggered.connect(self._on_unwatch_triggered)

    def _on_unwatch_triggered(self) -> None:
        self.unwatch_requested.emit(self.sender().data())  # type: ignore[attr-defined]

    def _on_shown_chosen(self) -> None:
        self.filter.set_shown(self._shown.value())
        self._show_list()

    def _on_order_chosen(self) -> None:
        self.filter.set_order(self._order.value())

    def _on_about_to_reset(self) -> None:
        self._chosen_ids = [document.document_id for document in self.list.chosen()]

    def _on_reset(self) -> None:
        """What was chosen and is still shown is chosen again."""
        rows = [row for i in self._chosen_ids if (row := self.filter.row_of(i)) >= 0]
        flag = QItemSelectionModel.SelectionFlag
        for row in rows:
            self.list.selectionModel().select(self.filter.index(row), flag.Select)
        if rows:
            index = self.filter.index(rows[0])
            self.list.selectionModel().setCurrentIndex(index, flag.NoUpdate)

    def _on_row_entered(self, index: QModelIndex) -> None:
        self.list.setToolTip(plain_tip(spoken_text(index.data(DOCUMENT_ROLE))))

    def _on_theme_changed(self) -> None:
        self._add.setIcon(self._theme.icon("plus", "on_accent"))
        self._fill_menu()
        self.list.viewport().update()
