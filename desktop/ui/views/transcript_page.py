"""The centre of the window: header, banners, tasks, transcript or empty state, player.

GUI thread only.
"""

from __future__ import annotations

from PySide6.QtWidgets import QFrame, QStackedWidget, QVBoxLayout, QWidget

from desktop.ui.models.transcript_model import TranscriptModel
from desktop.ui.theme import Theme
from desktop.ui.views.banner import BannerStack
from desktop.ui.views.empty_state import TranscriptEmpty
from desktop.ui.views.pages import NoticeSlot
from desktop.ui.views.player_bar import PlayerBar
from desktop.ui.views.session_header import SessionHeader
from desktop.ui.views.task_cards import TaskCards
from desktop.ui.views.transcript_view import TranscriptView

MIN_PX = 374  # what the smallest window leaves beside both of its neighbours


class TranscriptPage(QFrame):
    """Holds the parts; shows the empty state while the transcript has no row."""

    def __init__(self, theme: Theme, font_size_pt: float, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("transcript_page")
        self.setMinimumWidth(MIN_PX)
        self.header = SessionHeader(theme)
        self.banners = BannerStack(theme)
        self.tasks = TaskCards(theme)
        self.notices = NoticeSlot()
        self.notices.take((self.banners, self.tasks))
        self.empty = TranscriptEmpty(theme)
        self.view = TranscriptView(theme, font_size_pt)
        self.player = PlayerBar(theme)
        self._stack = QStackedWidget()
        self._stack.addWidget(self.empty)
        self._stack.addWidget(self.view)
        self._shown: TranscriptModel | None = None
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.header)
        column.addWidget(self.notices)
        column.addWidget(self._stack, 1)
        column.addWidget(self.player)

    def show_transcript(self, model: TranscriptModel, *, live: bool, playable: bool) -> None:
        """Shows another transcript."""
        if self._shown is not None:
            for signal in (
                self._shown.rowsInserted,
                self._shown.rowsRemoved,
                self._shown.modelReset,
            ):
                signal.disconnect(self._on_rows_changed)
        self._shown = model
        self.view.setModel(model)
        for signal in (model.rowsInserted, model.rowsRemoved, model.modelReset):
            signal.connect(self._on_rows_changed)
        self.view.set_live(live)
        self.view.set_playable(playable)
        self._on_rows_changed()
        if live:
            self.view.jump_to_end()

    def _on_rows_changed(self) -> None:
        empty = self._shown is None or self._shown.rowCount() == 0
        self._stack.setCurrentWidget(self.empty if empty else self.view)
