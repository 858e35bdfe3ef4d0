"""Turns the pages of a document: one back, one on, to a number, to the one that is cited.

GUI thread only.
"""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QIntValidator
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QPushButton, QWidget

from desktop.ui.i18n import Retranslated
from desktop.ui.theme import Theme
from desktop.ui.views.controls import IconButton, label

FIELD_PX = 58


class PageTurner(Retranslated, QWidget):
    """Shown where there is more than one page; emits the number of the page wanted, from 1."""

    wanted = Signal(int)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._page = 0
        self._pages = 0
        self._cited = 0
        self._back = IconButton(theme, "chevron-left")
        self._field = QLineEdit()
        self._valid = QIntValidator(1, 1, self)
        self._total = label("", "soft")
        self._on = IconButton(theme, "chevron-right")
        self._home = QPushButton()
        self._home.setProperty("role", "link")
        self._home.setAutoDefault(False)  # Enter belongs to the number
        self._arrange()
        self._back.clicked.connect(self.turn_back)
        self._on.clicked.connect(self.turn_on)
        self._home.clicked.connect(self._on_home_clicked)
        self._field.editingFinished.connect(self._on_number_entered)
        self.retranslate()

    def _arrange(self) -> None:
        self._field.setValidator(self._valid)
        self._field.setFixedWidth(FIELD_PX)
        self._field.setAlignment(Qt.AlignmentFlag.AlignCenter)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(6)
        for widget in (self._back, self._field, self._total, self._on, self._home):
            row.addWidget(widget)

    def retranslate(self) -> None:
        self._back.describe(self.tr("Page before"), "Ctrl+PgUp")
        self._on.describe(self.tr("Next page"), "Ctrl+PgDown")
        self._field.setAccessibleName(self.tr("Page"))
        self._home.setText(self.tr("To the cited page"))
        self._home.setAccessibleName(self._home.text())
        self._show()

    def show_page(self, page: int, pages: int, cited: int) -> None:
        """`page` of `pages` is shown; `cited` is the page that was asked for first."""
        self._page, self._pages, self._cited = page, pages, cited
        self._valid.setTop(max(1, pages))
        self._show()

    def turn_back(self) -> None:
        self._turn(self._page - 1)

    def turn_on(self) -> None:
        self._turn(self._page + 1)

    def _turn(self, page: int) -> None:
        if 1 <= page <= self._pages and page != self._page:
            self.wanted.emit(page)

    def _show(self) -> None:
        self.setVisible(self._pages > 1 and self._page > 0)
        self._field.setText(str(self._page))
        self._total.setText(f"/ {self._pages}")
        self._back.setEnabled(self._page > 1)
        self._on.setEnabled(self._page < self._pages)
        self._home.setVisible(0 < self._cited != self._page)

    def _on_home_clicked(self) -> None:
        self._turn(self._cited)

    def _on_number_entered(self) -> None:
        page = int(self._field.text() or 0)
        self._show()  # what cannot be turned to gives way to the page that is shown
        self._turn(page)
