"""Leads through a transcript along one keyword: marks its lines, goes from place to place.

GUI thread only.
"""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject

from desktop.records import KeywordEntry
from desktop.ui.views.chip_view import ChipView
from desktop.ui.views.transcript_page import TranscriptPage


class KeywordSearch(QObject):
    """Choosing a keyword shows where it was said first, choosing it again the next place.

    Args:
        page: the transcript; lines without the keyword step back while one is chosen.
        chips: where the chosen keyword is marked.
        searched: the text of the search over all sessions, marked again afterwards.
    """

    def __init__(self, page: TranscriptPage, chips: ChipView, searched: Callable[[], str]) -> None:
        super().__init__(page)
        self._page = page
        self._chips = chips
        self._searched = searched
        self._entry: KeywordEntry | None = None
        self._at = 0
        page.view.focus_stepped.connect(self.step)
        page.view.focus_cleared.connect(self.clear)

    @property
    def key(self) -> str:
        """The keyword that is looked for, "" for none."""
        return self._entry.key if self._entry is not None else ""

    def choose(self, entry: KeywordEntry) -> None:
        """Looks for a keyword, or goes on to its next place."""
        again = entry.key == self.key
        self._entry = entry
        if again:
            self.step(1)
            return
        self._at = 0
        self._chips.set_chosen(entry.key)
        self._page.view.set_highlight(entry.text, loose=True)
        self._show_place()

    def step(self, by: int) -> None:
        """Goes `by` places on, from the last one back to the first."""
        if self._entry is not None:
            self._at = (self._at + by) % len(self._entry.occurrences)
            self._show_place()

    def clear(self) -> None:
        """The whole transcript again."""
        if self._entry is None:
            return
        self._entry = None
        self._chips.set_chosen("")
        self._page.view.set_highlight(self._searched())
        self._page.view.set_focus(frozenset())

    def _show_place(self) -> None:
        assert self._entry is not None
        view, places = self._page.view, self._entry.occurrences
        view.set_focus(frozenset(place.segment_id for place in places))
        view.show_focus_place(self._entry.text, self._at + 1, len(places))
        row = view.transcript.row_of_segment(places[self._at].segment_id)
        if row >= 0:
            view.show_row(row)
