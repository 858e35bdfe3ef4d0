"""The pages of the window in one stack, and the notices that follow from page to page.

GUI thread only.
"""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QStackedWidget, QVBoxLayout, QWidget

from desktop.ui.theme import Theme
from desktop.ui.views.navigation import PAGES, NavigationRail


class NoticeSlot(QWidget):
    """Where notices and running tasks stand on a page: only the page shown has them."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(0)

    def take(self, notices: tuple[QWidget, ...]) -> None:
        """Takes the notices over from whichever page had them."""
        for notice in notices:
            hidden = notice.isHidden()
            self._column.addWidget(notice)
            notice.setHidden(hidden)


class Pages(QFrame):
    """The rail and the page it chose.

    ``add("services", "services", widget)`` makes a page; `show_page` brings it to the front.
    """

    page_shown = Signal(str)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("page")
        self.rail = NavigationRail(theme)
        self._stack = QStackedWidget()
        self._frames: dict[str, QWidget] = {}
        self._slots: dict[str, NoticeSlot] = {}
        self._notices: tuple[QWidget, ...] = ()
        self._current = ""
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(0)
        row.addWidget(self.rail)
        row.addWidget(self._stack, 1)
        self.rail.page_chosen.connect(self.show_page)

    @property
    def current(self) -> str:
        """The name of the page shown."""
        return self._current

    @property
    def names(self) -> tuple[str, ...]:
        """The pages that are there, in their order."""
        return tuple(name for name in PAGES if name in self._frames)

    def set_notices(self, *notices: QWidget) -> None:
        """Widgets that stand at the top of whichever page is shown."""
        self._notices = notices

    def add(self, name: str, icon: str, widget: QWidget, slot: NoticeSlot | None = None) -> None:
        """Adds a page.

        Args:
            name: one of `PAGES`, which also tells its place and its shortcut.
            icon: of ``resources/icons``.
            widget: fills the page.
            slot: where notices stand, when not above the widget.
        """
        frame = widget
        if slot is None:
            frame = QFrame()
            frame.setObjectName("page")
            slot = NoticeSlot()
            column = QVBoxLayout(frame)
            column.setContentsMargins(0, 0, 0, 0)
            column.setSpacing(0)
            column.addWidget(slot)
            column.addWidget(widget, 1)
        self._frames[name], self._slots[name] = frame, slot
        self._stack.addWidget(frame)
        self.rail.add(name, icon)
        if not self._current:
            self.show_page(name)

    def show_page(self, name: str) -> None:
        """Shows a page; one that is not there changes nothing."""
        if name not in self._frames:
            return
        self.rail.set_current(name)
        if name == self._current:
            return
        self._current = name
        self._slots[name].take(self._notices)
        self._stack.setCurrentWidget(self._frames[name])
        self.page_shown.emit(name)
