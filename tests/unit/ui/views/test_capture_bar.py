"""The bar below the pages: with devices and levels, and as one row."""

from __future__ import annotations

from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from desktop.ui.theme import Theme
from desktop.ui.views.capture_bar import CaptureBar


def test_one_row_alone_stands_in_the_middle(qtbot: QtBot) -> None:
    host = QWidget()
    qtbot.addWidget(host)
    theme = Theme("light", host)
    theme.apply()
    bar = CaptureBar(theme)
    bar.setParent(host)
    bar.resize(960, 200)
    host.resize(960, 200)
    host.show()
    high_px = bar.sizeHint().height()
    bar.set_compact(True)
    qtbot.waitUntil(lambda: bar.sizeHint().height() < high_px)
    bar.resize(960, bar.sizeHint().height())
    row = (bar._primary, bar._source, bar._overlay, bar._model_picker)

    def spread() -> int:
        middles = [widget.geometry().center().y() for widget in row]
        return max(middles) - min(middles)

    qtbot.waitUntil(lambda: spread() <= 1)
