"""The sidebar: brand, search over all sessions, the sessions.  GUI thread only."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from PySide6.QtCore import (
    QDate,
    QEvent,
    QItemSelectionModel,
    QLocale,
    QModelIndex,
    QPersistentModelIndex,
    QPoint,
    QSize,
    Qt,
    QTimer,
    Signal,
)
from PySide6.QtGui import QIcon, QKeyEvent, QKeySequence
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QListView,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from desktop.paths import RESOURCES
from desktop.records import SearchHit, SessionRecord
from desktop.ui.i18n import Retranslated
from desktop.ui.models.session_list import RECORD_ROLE, HitList, SessionList
from desktop.ui.theme import Theme
from desktop.ui.views.controls import IconButton, label
from desktop.ui.views.search_field import SearchField
from desktop.ui.views.session_delegates import HitDelegate, SessionDelegate

SEARCH_DELAY_MS = 180


class _List(QListView):
    """A list that keeps Return, Delete and the context menu key useful.

    The keyboard moves a ring alone: what is selected is what is shown (`mark_shown`).
    """

    chosen = Signal(QModelIndex)
    delete_requested = Signal(QModelIndex)

    def __init__(self, name: str) -> None:
        super().__init__()
        self.setObjectName(name)
        self.setMouseTracking(True)
        self.setUniformItemSizes(False)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollMode(QListView.ScrollMode.ScrollPerPixel)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.clicked.connect(self.chosen)

    def mark_shown(self, index: QModelIndex) -> None:
        """Selects a row, or none where `index` is not valid; the keyboard stays where it is."""
        if index.isValid():
            flag = QItemSelectionModel.SelectionFlag
            self.selectionModel().select(index, flag.ClearAndSelect)
        else:
            self.selectionModel().clearSelection()

    @contextmanager
    def kept(self, key: Callable[[Any], object]) -> Iterator[None]:
        """While the rows are set anew, ring, mark and place stay with the records they are at.

        From a record that goes the ring moves to its neighbour.  `key` tells a record from others.
        """
        row, place = self.currentIndex().row(), self.verticalScrollBar().value()
        before = self._keys(key)
        marked = [before[index.row()] for index in self.selectionModel().selectedIndexes()]
        yield
        rows = {named: n for n, named in enumerate(self._keys(key))}
        near = (*before[row:], *reversed(before[:row])) if row >= 0 else ()
        ring = next((rows[named] for named in near if named in rows), -1)
        self.setCurrentIndex(self.model().index(ring, 0))
        self.mark_shown(self.model().index(rows.get(marked[0], -1) if marked else -1, 0))
        self.doItemsLayout()
        self.verticalScrollBar().setValue(place)  # nobody had scrolled

    def _keys(self, key: Callable[[Any], object]) -> list[object]:
        model = self.model()
        return [key(model.index(n, 0).data(RECORD_ROLE)) for n in range(model.rowCount())]

    def selectionCommand(
        self, index: QModelIndex | QPersistentModelIndex, event: QEvent | None = None
    ) -> QItemSelectionModel.SelectionFlag:
        return QItemSelectionModel.SelectionFlag.NoUpdate

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.chosen.emit(self.currentIndex())
        elif event.matches(QKeySequence.StandardKey.Delete):
            self.delete_requested.emit(self.currentIndex())
        else:
            super().keyPressEvent(event)


class SessionsView(Retranslated, QFrame):
    """Emits which session or line to show, and what to do with a session."""

    session_chosen = Signal(object)
    hit_chosen = Signal(object)
    search_changed = Signal(str)
    menu_requested = Signal(object, QPoint)
    delete_requested = Signal(object)
    file_requested = Signal()

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("sidebar")
        self.setMinimumWidth(216)
        self.setMaximumWidth(360)
        self._theme = theme
        self._shown_id = ""
        self._hits_text = ""
        self._brought = True  # the one that is shown was brought into view
        self.sessions = SessionList(self)
        self._hits = HitList(self)
        self._brand = label("", "brand")
        self._search = SearchField(theme)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(SEARCH_DELAY_MS)
        self._list = _List("sessions")
        self._hit_list = _List("hits")
        self._nothing = label("", "soft", wrap=True)
        self._stack = QStackedWidget()
        self._file = IconButton(theme, "plus")
        self._arrange()
        self._connect()
        self.retranslate()

    def _arrange(self) -> None:
        self._list.setModel(self.sessions)
        self._list.setItemDelegate(SessionDelegate(self._theme, self))
        self._hit_list.setModel(self._hits)
        self._hit_list.setItemDelegate(HitDelegate(self._theme, self))
        self._nothing.setAlignment(Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignTop)
        self._nothing.setContentsMargins(16, 32, 16, 0)
        for page in (self._list, self._hit_list, self._nothing):
            self._stack.addWidget(page)
        mark = QLabel()
        icon = QIcon(str(RESOURCES / "icons" / "malgeul.svg"))
        mark.setPixmap(icon.pixmap(QSize(28, 28), self.devicePixelRatioF()))
        top = QHBoxLayout()
        top.setContentsMargins(16, 14, 12, 4)
        top.setSpacing(10)
        top.addWidget(mark)
        top.addWidget(self._brand, 1)
        top.addWidget(self._file)
        search = QHBoxLayout()
        search.setContentsMargins(12, 4, 12, 6)
        search.addWidget(self._search)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(top)
        column.addLayout(search)
        column.addWidget(self._stack, 1)

    def _connect(self) -> None:
        self._search.textChanged.connect(self._on_search_edited)
        self._timer.timeout.connect(self._on_timer_timeout)
        self._list.chosen.connect(self._on_session_chosen)
        self._hit_list.chosen.connect(self._on_hit_chosen)
        self._list.customContextMenuRequested.connect(self._on_menu_requested)
        self._list.delete_requested.connect(self._on_delete_requested)
        self._file.clicked.connect(self.file_requested)
        self._theme.changed.connect(self._on_theme_changed)
        self._on_theme_changed()

    def retranslate(self) -> None:
        self._brand.setText(self.tr("Malgeul"))
        self._search.setPlaceholderText(self.tr("Search all sessions"))
        self._search.setAccessibleName(self.tr("Search all sessions"))
        self._search.empty.describe(self.tr("Clear the search"), "Esc")
        self._list.setAccessibleName(self.tr("Sessions"))
        self._hit_list.setAccessibleName(self.tr("Search results"))
        self._file.describe(self.tr("Transcribe a file"), "Ctrl+O")
        self.show_sessions(self.sessions.records)

    @property
    def search_text(self) -> str:
        return self._search.text().strip()

    def focus_search(self) -> None:
        self._search.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self._search.selectAll()

    def show_sessions(self, records: Sequence[SessionRecord]) -> None:
        ordered = sorted(records, key=lambda record: -record.started_wall_s)
        days = [self._day(record.started_wall_s) for record in ordered]
        with self._list.kept(lambda record: record.session_id):
            self.sessions.set_records(ordered, days)
        self._mark_shown()
        if not self.search_text:
            self._show_list()

    def select(self, session_id: str) -> None:
        """Marks a session as the one shown, without emitting; "" marks none.

        One that is not in the list yet is marked when it comes.  The first time it is brought
        into view with the keyboard's ring, unless somebody moves that.
        """
        if session_id != self._shown_id:
            self._shown_id, self._brought = session_id, False
            self._mark_shown()

    def _mark_shown(self) -> None:
        index = self.sessions.index(self.sessions.row_of(self._shown_id))
        self._list.mark_shown(index)
        if index.isValid() and not self._brought:
            self._brought = True
            if not self._list.hasFocus():
                self._list.setCurrentIndex(index)

    def show_hits(self, hits: Sequence[SearchHit]) -> None:
        """What was found for `search_text`, now or once more."""
        if self.search_text == self._hits_text:
            with self._hit_list.kept(lambda hit: hit.segment_id):
                self._hits.set_hits(hits)
        else:
            self._hits.set_hits(hits)
        self._hits_text = self.search_text
        self._nothing.setText(self.tr("Nothing found"))
        self._stack.setCurrentWidget(self._hit_list if hits else self._nothing)

    def _show_list(self) -> None:
        self._nothing.setText(self.tr("Your sessions will appear here."))
        filled = bool(self.sessions.records)
        self._stack.setCurrentWidget(self._list if filled else self._nothing)

    def _day(self, wall_s: float) -> str:
        day = dt.datetime.fromtimestamp(wall_s).astimezone().date()
        age = (dt.datetime.now().astimezone().date() - day).days
        if age == 0:
            return self.tr("Today")
        if age == 1:
            return self.tr("Yesterday")
        return QLocale(self.tr("en_GB")).toString(
            QDate(day.year, day.month, day.day), QLocale.FormatType.LongFormat
        )

    def _on_search_edited(self) -> None:
        self._timer.start()

    def _on_timer_timeout(self) -> None:
        if not self.search_text:
            self._show_list()
        self.search_changed.emit(self.search_text)

    def _on_session_chosen(self, index: QModelIndex) -> None:
        record = index.data(RECORD_ROLE)
        if record is not None:
            self.session_chosen.emit(record)

    def _on_hit_chosen(self, index: QModelIndex) -> None:
        hit = index.data(RECORD_ROLE)
        if hit is not None:
            self._hit_list.mark_shown(index)
            self.hit_chosen.emit(hit)

    def _on_menu_requested(self, place: QPoint) -> None:
        record = self._list.indexAt(place).data(RECORD_ROLE)
        if record is not None:
            self.menu_requested.emit(record, self._list.viewport().mapToGlobal(place))

    def _on_delete_requested(self, index: QModelIndex) -> None:
        record = index.data(RECORD_ROLE)
        if record is not None:
            self.delete_requested.emit(record)

    def _on_theme_changed(self) -> None:
        self._search.update()

    def close_search(self) -> None:
        """Stops the wait after a keystroke."""
        self._timer.stop()
