"""Where the parts of the main window stand."""

from __future__ import annotations

from PySide6.QtCore import QSize

from desktop.ui.control.commands import INTERRUPTED
from desktop.ui.main_window import MainWindow
from desktop.ui.screen_room import with_room
from desktop.ui.tokens import MIN_WINDOW_PX
from desktop.ui.window_layout import FIRST_SIZE_PX


def test_the_first_window_is_whole_on_a_small_screen() -> None:
    assert with_room(FIRST_SIZE_PX, QSize(1920, 1040)) == QSize(*FIRST_SIZE_PX)
    assert with_room(FIRST_SIZE_PX, QSize(1280, 672)) == QSize(1264, 624)  # full HD at 150 %
    assert with_room(FIRST_SIZE_PX, QSize(1366, 728)) == QSize(1280, 680)


def test_a_window_becomes_as_low_as_a_small_screen_needs(window: MainWindow) -> None:
    assert with_room(MIN_WINDOW_PX, QSize(1920, 1040)) == QSize(*MIN_WINDOW_PX)
    small = with_room(MIN_WINDOW_PX, QSize(1093, 574))  # 1366 x 768 at 125 %
    assert small == QSize(960, 526)
    window.setMinimumSize(small)
    window.page.banners.clear_notice(INTERRUPTED)
    window.desk.ask()  # the tab with most in it
    for page in window.pages.names:
        window.pages.show_page(page)
        assert window.minimumSizeHint().height() <= small.height(), page
