"""Puts the keywords into the window.  GUI thread only."""

from __future__ import annotations

from typing import TYPE_CHECKING

from desktop.ui.control.keyword_search import KeywordSearch
from desktop.ui.control.keywords import KeywordsController
from desktop.ui.ports import KeywordsBackend
from desktop.ui.views.keyword_panel import KeywordPanel

if TYPE_CHECKING:
    from desktop.ui.main_window import MainWindow


def add_keywords(window: MainWindow, backend: KeywordsBackend) -> KeywordsController:
    """The chips beside the transcript, tied to it."""
    panel = KeywordPanel(window.theme)
    window.insight.set_keywords(panel)
    search = KeywordSearch(window.page, panel.chips, lambda: window.sidebar.search_text)
    controller = KeywordsController(
        backend, window.runner, window.bridge, window.live, window.library, panel, search
    )
    controller.exported.connect(window.commands.tell_exported)
    return controller
