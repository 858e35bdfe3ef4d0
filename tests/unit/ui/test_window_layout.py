"""Where the parts of the main window stand."""

from __future__ import annotations

from PySide6.QtCore import QSize

from desktop.ui.window_layout import FIRST_SIZE_PX, first_size


def test_the_first_window_is_whole_on_a_small_screen() -> None:
    assert first_size(QSize(1920, 1040)) == QSize(*FIRST_SIZE_PX)
    assert first_size(QSize(1280, 672)) == QSize(1264, 624)  # full HD at 150 %
    assert first_size(QSize(1366, 728)) == QSize(1280, 680)
