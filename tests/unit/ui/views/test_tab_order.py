"""Tab follows the layouts, and what it reaches is brought into view."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QDialog,
    QHBoxLayout,
    QLayoutItem,
    QLineEdit,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)
from pytestqt.qtbot import QtBot
from shiboken6 import Shiboken

from desktop.ui.views.tab_order import VisualTabOrder, focus_chain


class Form(VisualTabOrder, QDialog):
    """A field above an area that scrolls."""

    def __init__(self) -> None:
        super().__init__()
        self.first = QLineEdit()
        body = QWidget()
        inside = QVBoxLayout(body)
        self.fields = [QLineEdit() for _ in range(30)]
        for field in self.fields:
            inside.addWidget(field)
        self.area = QScrollArea()
        self.area.setWidgetResizable(True)
        self.area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.area.setWidget(body)
        column = QVBoxLayout(self)
        column.addWidget(self.first)
        column.addWidget(self.area)
        self.resize(300, 200)


def test_focus_from_outside_scrolls_to_where_it_went(qtbot: QtBot) -> None:
    form = Form()
    qtbot.addWidget(form)
    form.show()
    form.activateWindow()
    qtbot.waitUntil(form.isActiveWindow)
    form.first.setFocus()
    qtbot.keyClick(form.first, Qt.Key.Key_Backtab)
    last = form.fields[-1]
    assert form.focusWidget() is last
    place = last.mapTo(form.area.viewport(), last.rect().center())
    assert form.area.viewport().rect().contains(place)


def test_the_order_is_that_of_the_layouts(qtbot: QtBot) -> None:
    """Not that in which the fields were made; layouts within layouts count where they stand."""
    form = QWidget()
    qtbot.addWidget(form)
    fields = [QLineEdit(form) for _ in range(5)]
    column = QVBoxLayout(form)
    column.addWidget(fields[3])
    row = QHBoxLayout()
    column.addLayout(row)
    row.addWidget(fields[2])
    row.addWidget(fields[0])
    column.addStretch()
    column.addWidget(fields[1])
    form.show()
    assert list(focus_chain(form)) == [fields[n] for n in (3, 2, 0, 1, 4)]


def test_nothing_of_the_layouts_is_kept(qtbot: QtBot) -> None:
    """Qt deletes a layout's item with its widget: Python's object for it must not stay behind."""
    form = Form()
    qtbot.addWidget(form)
    form.show()
    items = _items()
    assert form.fields[-1] in list(focus_chain(form))
    assert _items() == items


def _items() -> int:
    wrappers = Shiboken.getAllValidWrappers()
    return sum(isinstance(w, QLayoutItem) and not isinstance(w, QWidget) for w in wrappers)
