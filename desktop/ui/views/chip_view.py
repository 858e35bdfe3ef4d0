"""Keyword chips that flow like words; hundreds of them scroll.  GUI thread only."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QModelIndex, QPoint, Qt, QTimer, QVariantAnimation, Signal
from PySide6.QtGui import QHelpEvent, QKeyEvent, QResizeEvent
from PySide6.QtWidgets import QFrame, QListView, QToolTip, QWidget

from desktop.records import KeywordEntry
from desktop.ui.models.keyword_list import ENTRY_ROLE, FADE_S, KeywordList
from desktop.ui.models.plain_text import plain_tip
from desktop.ui.models.transcript_line import clock
from desktop.ui.theme import Theme
from desktop.ui.views.chip_delegate import HEIGHT, ChipDelegate
from desktop.ui.views.keyword_style import category_name

CALM_MS = 4_000
SPACING = 3  # around each chip
ROW = HEIGHT + 2 * SPACING


class ChipView(QListView):
    """Emits the entry that was clicked, or for which a menu is wanted."""

    chosen = Signal(object)
    cleared = Signal()
    menu_requested = Signal(object, QPoint)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("chips")
        self._theme = theme
        self._entries = KeywordList(self)
        self._chips = ChipDelegate(theme, self)
        self._calm = QTimer(self)
        self._calm.setSingleShot(True)
        self._calm.setInterval(CALM_MS)
        self._calm.timeout.connect(self._on_calm)
        self._fade = QVariantAnimation(self)
        self._fade.setDuration(round(FADE_S * 1000))
        self._fade.setStartValue(0.0)
        self._fade.setEndValue(1.0)
        self._fade.valueChanged.connect(self._repaint)
        self._prepare()

    def _prepare(self) -> None:
        self.setModel(self._entries)
        self.setItemDelegate(self._chips)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setFlow(QListView.Flow.LeftToRight)
        self.setWrapping(True)
        self.setResizeMode(QListView.ResizeMode.Adjust)
        self.setSpacing(SPACING)
        self.setMouseTracking(True)
        self.setSelectionMode(QListView.SelectionMode.NoSelection)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollMode(QListView.ScrollMode.ScrollPerPixel)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.setEditTriggers(QListView.EditTrigger.NoEditTriggers)
        self.clicked.connect(self._on_clicked)
        self.customContextMenuRequested.connect(self._on_menu_requested)
        self._theme.changed.connect(self._repaint)

    @property
    def entries(self) -> KeywordList:
        """The chips as they stand."""
        return self._entries

    def show_entries(self, entries: list[KeywordEntry], *, afresh: bool) -> None:
        """Shows keywords; `afresh` means other ones, else the same ones further on."""
        if afresh:
            self._calm.stop()
            self._entries.load(entries)
            return
        if self._entries.update(entries) and self.isVisible():
            self._fade.stop()
            self._fade.start()
        if self._entries.settled:
            self._calm.stop()
        elif not self._calm.isActive():
            self._calm.start()

    def set_chosen(self, key: str) -> None:
        """Marks the keyword the transcript is looked through for."""
        self._chips.chosen_key = key
        self._repaint()

    def close_timers(self) -> None:
        """Nothing moves any more."""
        self._calm.stop()
        self._fade.stop()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key = event.key()
        if key in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space):
            self._on_clicked(self.currentIndex())
        elif key == Qt.Key.Key_Escape:
            self.cleared.emit()
        elif key == Qt.Key.Key_Menu:
            self._on_menu_requested(self.visualRect(self.currentIndex()).center())
        else:
            super().keyPressEvent(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Whole rows only: what is left of the height stays free below them."""
        rows, rest = divmod(self.height() - SPACING, ROW)
        self.setViewportMargins(0, 0, 0, rest if rows > 0 else 0)
        super().resizeEvent(event)

    def updateGeometries(self) -> None:
        """The wheel turns whole rows, too."""
        super().updateGeometries()
        self.verticalScrollBar().setSingleStep(ROW)

    def viewportEvent(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            entry = self.indexAt(event.pos()).data(ENTRY_ROLE)
            if entry is None:
                QToolTip.hideText()
            else:
                QToolTip.showText(event.globalPos(), self.tip(entry), self)
            return True
        return bool(super().viewportEvent(event))

    def tip(self, entry: KeywordEntry) -> str:
        """A keyword in a few lines that stay plain text."""
        times = self.tr("said %n time(s)", "", entry.count)
        first, last = clock(entry.first_s), clock(entry.last_s)
        span = first if first == last else f"{first} – {last}"
        importance = self.tr("importance {percent}%").format(percent=round(100 * entry.importance))
        facts = f"{category_name(entry.category)} · {times} · {span}"
        return plain_tip(f"{entry.text}\n{facts}\n{importance}")

    def _on_clicked(self, index: QModelIndex) -> None:
        entry = index.data(ENTRY_ROLE)
        if entry is not None:
            self.chosen.emit(entry)

    def _on_menu_requested(self, place: QPoint) -> None:
        entry = self.indexAt(place).data(ENTRY_ROLE)
        if entry is not None:
            self.menu_requested.emit(entry, self.viewport().mapToGlobal(place))

    def _on_calm(self) -> None:
        if self.underMouse() or self.hasFocus():
            self._calm.start()  # somebody is about to click: chips do not run away
        else:
            self._entries.settle()

    def _repaint(self) -> None:
        self.viewport().update()
