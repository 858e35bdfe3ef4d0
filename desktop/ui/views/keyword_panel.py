"""Keywords of the transcript shown: chips, which of them, and what can be done with them.

GUI thread only.
"""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QPoint, Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QMenu, QStackedWidget, QVBoxLayout, QWidget

from desktop.events import KeywordCategory
from desktop.records import KeywordEntry
from desktop.ui.i18n import Retranslated
from desktop.ui.models.plain_text import one_line, plain_tip
from desktop.ui.theme import Theme
from desktop.ui.views.chip_view import ChipView
from desktop.ui.views.controls import IconButton, Segmented, label, set_role
from desktop.ui.views.keyword_style import category_icon, category_name, category_token

BASIC = "basic"
EDGES_PX = 66  # what stands beside the heading's texts and buttons: margins, gaps, padding
WIDE_PX = 316


class KeywordPanel(Retranslated, QFrame):
    """Shows `KeywordEntry` records; every wish is a signal."""

    chosen = Signal(object)  # KeywordEntry
    cleared = Signal()
    scope_chosen = Signal(str)  # "all" or "recent"
    pinned = Signal(str, bool)
    hidden = Signal(str, bool)
    corrected = Signal(str, object)  # KeywordCategory or None
    ask_requested = Signal(str)
    copy_requested = Signal(object)  # texts
    export_requested = Signal(str)  # "csv" or "json"
    forget_requested = Signal()
    hidden_toggled = Signal(bool)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("keyword_panel")
        self._theme = theme
        self._all: list[KeywordEntry] = []
        self._source = ""
        self._shows_hidden = False
        self._heading = label("", "section")
        self._badge = label("", "chip")
        self._more = IconButton(theme, "more")
        self._menu = QMenu(self)
        self._scope = Segmented(theme, (("all", ""), ("recent", "")))
        self._filter = IconButton(theme, "filter")
        self._filter_menu = QMenu(self)
        self._category: KeywordCategory | None = None
        self.chips = ChipView(theme)
        self._nothing = label("", "soft", wrap=True)
        self._stack = QStackedWidget()
        self._arrange()
        self._connect()
        self.retranslate()

    def _arrange(self) -> None:
        self._scope.set_value("all")
        for button, menu in ((self._more, self._menu), (self._filter, self._filter_menu)):
            button.setMenu(menu)
            button.setPopupMode(IconButton.ToolButtonPopupMode.InstantPopup)
        self._nothing.setAlignment(Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignTop)
        self._nothing.setContentsMargins(16, 28, 16, 0)
        self._stack.addWidget(self.chips)
        self._stack.addWidget(self._nothing)
        top = QHBoxLayout()
        top.setContentsMargins(16, 0, 8, 0)
        top.setSpacing(8)
        top.addWidget(self._heading)
        top.addWidget(self._badge, 0, Qt.AlignmentFlag.AlignVCenter)
        top.addStretch(1)
        top.addWidget(self._filter)
        top.addWidget(self._more)
        choices = QHBoxLayout()
        choices.setContentsMargins(12, 0, 12, 4)
        choices.setSpacing(8)
        choices.addWidget(self._scope)
        choices.addStretch(1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 8)
        column.setSpacing(6)
        column.addLayout(top)
        column.addLayout(choices)
        body = QHBoxLayout()
        body.setContentsMargins(9, 0, 5, 0)
        body.addWidget(self._stack)
        column.addLayout(body, 1)

    def _connect(self) -> None:
        self.chips.chosen.connect(self.chosen)
        self.chips.cleared.connect(self.cleared)
        self.chips.menu_requested.connect(self.show_menu)
        self._scope.chosen.connect(self.scope_chosen)
        self._theme.changed.connect(self._fill_menu)

    def retranslate(self) -> None:
        self.chips.setAccessibleName(self.tr("Keywords"))
        texts = {"all": self.tr("Whole session"), "recent": self.tr("Last 5 min")}
        self._scope.set_texts(texts, self.tr("Keywords of"))
        self._more.describe(self.tr("Copy, export, clear"))
        self._filter.describe(self.tr("Show one category only"))
        self._fill_menu()
        self.set_source(self._source)
        self._show(afresh=True)

    @property
    def scope(self) -> str:
        """ "all" for the whole session, "recent" for its last five minutes."""
        return self._scope.value()

    @property
    def shows_hidden(self) -> bool:
        return self._shows_hidden

    @property
    def shown(self) -> list[KeywordEntry]:
        """The entries that the filter lets through, in their order of importance."""
        kind = self._category
        return [entry for entry in self._all if kind is None or entry.category is kind]

    def show_entries(self, entries: Sequence[KeywordEntry], *, afresh: bool) -> None:
        """Shows keywords; `afresh` where they are of another session or stretch."""
        self._all = list(entries)
        self._show(afresh=afresh)

    def set_category(self, category: KeywordCategory | None) -> None:
        """Shows the keywords of one category only, None for all."""
        self._category = category
        name = "filter" if category is None else category_icon(category)
        self._filter.set_icon(name, "text_soft" if category is None else category_token(category))
        self._fill_menu()
        self._show(afresh=True)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._show_badge()

    def _show_badge(self) -> None:
        """A model's name needs room and ends where that does; tool tips tell the whole of it."""
        room = self.width() >= WIDE_PX or self._source == BASIC
        if self._source and self._source != BASIC:
            self._badge.ensurePolished()
            beside = (self._heading, self._filter, self._more)
            left = self.width() - EDGES_PX - sum(each.sizeHint().width() for each in beside)
            name, end = one_line(self._source.rsplit("/", 1)[-1]), Qt.TextElideMode.ElideRight
            self._badge.setText(self._badge.fontMetrics().elidedText(name, end, left))
        self._badge.setVisible(bool(self._source) and room)
        self._heading.setToolTip(self._badge.toolTip() if self._source else "")

    def set_source(self, source: str) -> None:
        """Who found them: "basic", a language model, or "" where nobody knows."""
        self._source = source
        set_role(self._badge, "chip" if source == BASIC else "badge")
        if source == BASIC:
            self._badge.setText(self.tr("basic"))
            self._badge.setToolTip(
                self.tr("Found by statistics. A language model finds better ones: see Services.")
            )
        elif source:
            name = source.rsplit("/", 1)[-1]
            found = self.tr("Found by a language model on this computer.")
            self._badge.setToolTip(plain_tip(f"{name}\n{found}"))
        self._show_badge()

    def show_menu(self, entry: KeywordEntry, place: QPoint) -> None:
        """Opens what can be done with one keyword."""
        menu = self.menu_of(entry)
        menu.aboutToHide.connect(menu.deleteLater)
        menu.popup(place)

    def menu_of(self, entry: KeywordEntry) -> QMenu:
        """What can be done with one keyword."""
        menu, icon = QMenu(self), self._theme.icon
        text = self.tr("Unpin") if entry.pinned else self.tr("Pin")
        pin = menu.addAction(icon("pin"), text)
        pin.triggered.connect(lambda: self.pinned.emit(entry.key, not entry.pinned))
        text = self.tr("Show again") if entry.hidden else self.tr("Hide")
        hide = menu.addAction(icon("show" if entry.hidden else "hide"), text)
        hide.triggered.connect(lambda: self.hidden.emit(entry.key, not entry.hidden))
        kinds = menu.addMenu(icon("tag"), self.tr("Category"))
        for kind in KeywordCategory:
            name = category_name(kind)
            one = kinds.addAction(icon(category_icon(kind), category_token(kind)), name)
            one.setCheckable(True)
            one.setChecked(kind is entry.category)
            one.triggered.connect(lambda _=False, k=kind: self.corrected.emit(entry.key, k))
        kinds.addSeparator()
        found = kinds.addAction(self.tr("As it was found"))
        found.triggered.connect(lambda: self.corrected.emit(entry.key, None))
        menu.addSeparator()
        copy = menu.addAction(icon("copy"), self.tr("Copy"))
        copy.triggered.connect(lambda: self.copy_requested.emit([entry.text]))
        ask = menu.addAction(icon("ask"), self.tr("Ask about it"))
        ask.triggered.connect(lambda: self.ask_requested.emit(entry.text))
        return menu

    def _fill_menu(self) -> None:
        self._fill_filter_menu()
        menu, icon = self._menu, self._theme.icon
        menu.clear()
        copy = menu.addAction(icon("copy"), self.tr("Copy all"))
        copy.triggered.connect(lambda: self.copy_requested.emit([e.text for e in self.shown]))
        csv = menu.addAction(icon("export"), self.tr("Export as a table (.csv)…"))
        csv.triggered.connect(lambda: self.export_requested.emit("csv"))
        data = menu.addAction(icon("export"), self.tr("Export as data (.json)…"))
        data.triggered.connect(lambda: self.export_requested.emit("json"))
        menu.addSeparator()
        hidden = menu.addAction(icon("show"), self.tr("Show hidden ones"))
        hidden.setCheckable(True)
        hidden.setChecked(self._shows_hidden)
        hidden.toggled.connect(self._on_hidden_toggled)
        clear = menu.addAction(icon("trash", "danger_text"), self.tr("Clear…"))
        clear.triggered.connect(self.forget_requested)

    def _fill_filter_menu(self) -> None:
        menu, icon = self._filter_menu, self._theme.icon
        menu.clear()
        choices = [(None, self.tr("All")), *((k, category_name(k)) for k in KeywordCategory)]
        for kind, name in choices:
            one = menu.addAction(name)
            if kind is not None:
                one.setIcon(icon(category_icon(kind), category_token(kind)))
            one.setCheckable(True)
            one.setChecked(kind is self._category)
            one.triggered.connect(lambda _=False, k=kind: self.set_category(k))

    def _show(self, *, afresh: bool) -> None:
        shown = self.shown
        self.chips.show_entries(shown, afresh=afresh)
        self._heading.setText(self.tr("%n keyword(s)", "", len(shown)))
        self._show_badge()
        self._stack.setCurrentIndex(0 if shown else 1)
        if self._category is not None and self._all:
            self._nothing.setText(self.tr("No keyword of this category."))
        elif self.scope == "recent":
            self._nothing.setText(self.tr("No keyword in the last five minutes."))
        else:
            self._nothing.setText(self.tr("What is talked about appears here."))

    def _on_hidden_toggled(self, on: bool) -> None:
        self._shows_hidden = on
        self.hidden_toggled.emit(on)
