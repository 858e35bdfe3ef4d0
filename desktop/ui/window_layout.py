"""Where the parts of the main window stand, and what of it is remembered.  GUI thread only."""

from __future__ import annotations

import base64
import binascii
import contextlib

from PySide6.QtCore import QByteArray, QObject, Qt
from PySide6.QtWidgets import QMainWindow, QSplitter, QVBoxLayout, QWidget

from desktop.settings import InterfaceSettings
from desktop.ui.screen_room import with_room
from desktop.ui.theme import Theme
from desktop.ui.tokens import MIN_WINDOW_PX
from desktop.ui.views.insight_panel import InsightPanel
from desktop.ui.views.navigation import RAIL_PX
from desktop.ui.views.pages import Pages
from desktop.ui.views.sessions_view import SessionsView
from desktop.ui.views.suppressed_drawer import DRAWER_PX, SuppressedDrawer
from desktop.ui.views.transcript_page import TranscriptPage

SIDEBAR_PX = 248
INSIGHT_PX = 324
FIRST_SIZE_PX = (1280, 780)
ROOM_FOR_ALL_PX = 1240  # of the window: list, transcript, tabs and drawer side by side
REMEMBERED_COLUMNS = 3  # the drawer is closed at every start


class WindowLayout(QObject):
    """The columns of the transcript's page, the pages, and what stands below all of them."""

    def __init__(  # noqa: PLR0917 - the parts it arranges
        self,
        window: QMainWindow,
        theme: Theme,
        sidebar: SessionsView,
        page: TranscriptPage,
        drawer: SuppressedDrawer,
        below: tuple[QWidget, ...],
    ) -> None:
        super().__init__(window)
        self._window = window
        self.sidebar = sidebar
        self.page = page
        self.drawer = drawer
        self._made_room = False  # the drawer has the place of what stands beside the transcript
        self.pages = Pages(theme)
        self.insight = InsightPanel(theme)
        self.columns = QSplitter(Qt.Orientation.Horizontal)
        self._arrange_columns()
        self.pages.set_notices(page.banners, page.tasks)
        self.pages.add("transcript", "transcript", self.columns, page.notices)
        column = QVBoxLayout()
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.pages, 1)
        for widget in below:
            column.addWidget(widget)
        centre = QWidget()
        centre.setLayout(column)
        window.setCentralWidget(centre)
        available = window.screen().availableSize()
        window.setMinimumSize(with_room(MIN_WINDOW_PX, available))
        window.resize(with_room(FIRST_SIZE_PX, available))
        page.header.sidebar_toggled.connect(self.toggle_sidebar)
        page.header.insight_toggled.connect(self.toggle_insight)
        page.header.suppressed_toggled.connect(self.toggle_drawer)
        self.insight.close_requested.connect(self.toggle_insight)
        drawer.close_requested.connect(self.toggle_drawer)

    def _arrange_columns(self) -> None:
        for widget in (self.sidebar, self.page, self.insight, self.drawer):
            self.columns.addWidget(widget)
        self.columns.setStretchFactor(1, 1)
        self.columns.setHandleWidth(1)
        self.columns.setChildrenCollapsible(False)
        rest = FIRST_SIZE_PX[0] - RAIL_PX - SIDEBAR_PX - INSIGHT_PX
        self.columns.setSizes([SIDEBAR_PX, rest, INSIGHT_PX, DRAWER_PX])

    def toggle_sidebar(self) -> None:
        self.pages.show_page("transcript")
        self.sidebar.setVisible(self.sidebar.isHidden())

    def toggle_insight(self) -> None:
        """Shows or hides what stands beside the transcript."""
        self.show_insight("" if not self.insight.isHidden() else self.insight.tab)

    def toggle_drawer(self) -> None:
        """Shows or hides the held-back lines; in a small window instead of the tabs."""
        shows = self.drawer.isHidden()
        if shows and not self.insight.isHidden() and self._window.width() < ROOM_FOR_ALL_PX:
            self.show_insight("")
            self._made_room = True
        self.drawer.setVisible(shows)
        if not shows and self._made_room:
            self.show_insight(self.insight.tab)

    def show_insight(self, tab: str) -> None:
        """Shows a tab beside the transcript; "" hides them."""
        if tab and self._window.width() < ROOM_FOR_ALL_PX:
            self.drawer.hide()
        self._made_room = False
        self.insight.setVisible(bool(tab))
        self.page.header.set_insight_shown(bool(tab))
        if tab:
            self.pages.show_page("transcript")
            self.insight.show_tab(tab)

    def restore(self, interface: InterfaceSettings) -> None:
        """Puts everything where it was; what an edited settings file spoilt stays as it is."""
        with contextlib.suppress(ValueError, binascii.Error):
            self._window.restoreGeometry(QByteArray(base64.b64decode(interface.geometry)))
        if len(interface.columns_px) == REMEMBERED_COLUMNS:
            self.columns.setSizes([*interface.columns_px, DRAWER_PX])
        self.insight.setVisible(interface.insight)
        self.page.header.set_insight_shown(interface.insight)

    def remember(self, interface: InterfaceSettings) -> None:
        """Writes the places into the settings."""
        geometry = self._window.saveGeometry().data()
        interface.geometry = base64.b64encode(geometry).decode("ascii")
        interface.insight = self._made_room or not self.insight.isHidden()
        sizes = self.columns.sizes()[:REMEMBERED_COLUMNS]
        if all(sizes):  # a hidden column has no size worth keeping
            interface.columns_px = sizes
