"""Opens what an answer or a passage stands on: a page, a text, or the moment it was said.

GUI thread only.
"""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QWidget

from desktop.errors import MalgeulError
from desktop.events import Passage
from desktop.ui.bridge.task_runner import TaskRunner
from desktop.ui.control.library import LibraryController
from desktop.ui.control.playback import PlaybackController
from desktop.ui.dialogs.passage_viewer import PassageViewer
from desktop.ui.messages import Messages
from desktop.ui.ports import DocumentsBackend
from desktop.ui.theme import Theme
from desktop.ui.views.answer_sources import is_transcript
from desktop.ui.views.transcript_page import TranscriptPage


class CitationsController(QObject):
    """Owns the viewer; plays transcript citations in the transcript."""

    document_wanted = Signal(str)  # the id of a document that is to be opened in the system

    def __init__(
        self,
        backend: DocumentsBackend,
        runner: TaskRunner,
        *,
        library: LibraryController,
        player: PlaybackController,
        page: TranscriptPage,
        messages: Messages,
        theme: Theme,
        window: QWidget,
    ) -> None:
        super().__init__(window)
        self._backend = backend
        self._runner = runner
        self._library = library
        self._player = player
        self._page = page
        self._messages = messages
        self._theme = theme
        self._window = window
        self._moment: tuple[str, float] | None = None
        self.viewer: PassageViewer | None = None
        library.shown_changed.connect(self._on_session_shown)

    def open(self, passages: Sequence[Passage], number: int) -> None:
        """Opens passage `number`, counted from 1, among those beside it."""
        if not 1 <= number <= len(passages):
            return
        passage = passages[number - 1]
        if is_transcript(passage):
            self.play(passage)
            return
        pages = [p for p in passages if not is_transcript(p)]
        viewer = self._viewer()
        viewer.show_passages(pages, next(i for i, p in enumerate(pages) if p is passage))
        if viewer.isVisible():
            viewer.raise_()
        viewer.show()
        viewer.activateWindow()

    def open_one(self, passage: Passage) -> None:
        self.open((passage,), 1)

    def play(self, passage: Passage) -> None:
        """Shows the line of a meeting and plays it."""
        self._moment = (passage.session_id, passage.start_s)
        if self._library.shown_id == passage.session_id:
            self._show_moment()
        else:
            self._library.show_session(passage.session_id)

    def close(self) -> None:
        if self.viewer is not None:
            self.viewer.close()

    def _viewer(self) -> PassageViewer:
        if self.viewer is None:
            viewer = PassageViewer(self._theme, self._window)
            viewer.wanted.connect(self._on_page_wanted)
            viewer.open_requested.connect(self._on_open_requested)
            viewer.finished.connect(self._on_viewer_finished)
            self.viewer = viewer
        return self.viewer

    def _on_page_wanted(self, passage: Passage, page: int) -> None:
        backend, viewer = self._backend, self._viewer()

        def failed(error: MalgeulError) -> None:
            say = self._messages.translate
            if viewer is self.viewer:
                viewer.show_failure(passage, page, say(error.message), say(error.hint))

        self._runner.run(
            lambda: backend.view_passage(passage, page),
            lambda view: viewer.show_view(passage, page, view) if viewer is self.viewer else None,
            failed,
        )

    def _on_open_requested(self, passage: Passage) -> None:
        self.document_wanted.emit(passage.document_id)

    def _on_viewer_finished(self) -> None:
        if self.viewer is not None:
            self.viewer.deleteLater()
            self.viewer = None

    def _on_session_shown(self) -> None:
        if self._moment is not None and self._library.shown_id == self._moment[0]:
            self._show_moment()

    def _show_moment(self) -> None:
        """Brings the line of the wanted moment into view, then plays from there."""
        if self._moment is None:
            return
        _, start_s = self._moment
        self._moment = None
        row = self._library.model.row_at_time(start_s)
        if row >= 0:
            self._page.view.show_row(row)
        self._page.view.setFocus()
        self._player.play_from(start_s)
