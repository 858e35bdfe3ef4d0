"""The sidebar: brand, search over all sessions, the sessions.  GUI thread only."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from PySide6.QtCore import (
    QDate,
    QItemSelectionModel,
    QLocale,
    QModelIndex,
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
    """A list that keeps Return, Delete and the context menu key useful."""

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
        row, chosen = self._list.currentIndex().row(), self._list.currentIndex().data(RECORD_ROLE)
        place = self._list.verticalScrollBar().value()
        self.sessions.set_records(ordered, [self._day(r.started_wall_s) for r in ordered])
        if chosen is not None:
            self.select(chosen.session_id)
            self._stay_near(row)
        self._list.doItemsLayout()
        self._list.verticalScrollBar().setValue(place)  # nobody had scrolled
        if not self.search_text:
            self._show_list()

    def _stay_near(self, row: int) -> None:
        """From a deleted session the keyboard goes to the next one; it is not shown by that."""
        if not self._list.currentIndex().isValid() and self.sessions.records:
            index = self.sessions.index(min(row, len(self.sessions.records) - 1))
            self._list.selectionModel().setCurrentIndex(
                index, QItemSelectionModel.SelectionFlag.NoUpdate
            )

    def select(self, session_id: str) -> None:
        """Marks a session as the one shown, without emitting."""
        index = self.sessions.index(self.sessions.row_of(session_id))
        if index != self._list.currentIndex():
            self._list.setCurrentIndex(index)

    def show_hits(self, hits: Sequence[SearchHit]) -> None:
        self._hits.set_hits(hits)
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
