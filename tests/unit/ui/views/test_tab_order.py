"""What Tab reaches is brought into view."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QLineEdit, QScrollArea, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from desktop.ui.views.tab_order import VisualTabOrder


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
