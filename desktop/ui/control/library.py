"""Stored sessions: list, open, search, rename, delete, recover, edit, export.

Every call into the store goes through the task runner.  GUI thread only.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QObject, Signal

from desktop.errors import MalgeulError
from desktop.events import Track
from desktop.records import GapRecord, SearchHit, SegmentRecord, SessionRecord, SuppressedRecord
from desktop.ui.bridge.task_runner import TaskRunner
from desktop.ui.control.live import LiveController, LiveSession
from desktop.ui.models.transcript_model import TranscriptModel
from desktop.ui.ports import Backend
from desktop.ui.views.sessions_view import SessionsView
from desktop.ui.views.suppressed_drawer import SuppressedDrawer
from desktop.ui.views.transcript_page import TranscriptPage


@dataclass(frozen=True, slots=True)
class _Loaded:
    record: SessionRecord
    segments: Sequence[SegmentRecord]
    gaps: Sequence[GapRecord]
    suppressed: Sequence[SuppressedRecord]


def safe_file_name(title: str) -> str:
    """A file name from a title (faults: S53); the exporter guards the target as well."""
    bare = re.sub(r'[\x00-\x1f<>:"/\\|?*]+', " ", title).strip(" .")
    return bare[:80].strip() or "transcript"


class LibraryController(QObject):
    """Decides which session the page shows."""

    shown_changed = Signal()
    exported = Signal(object)  # Path of the file that was written

    def __init__(  # noqa: PLR0917 - the parts it connects
        self,
        backend: Backend,
        runner: TaskRunner,
        live: LiveController,
        sidebar: SessionsView,
        page: TranscriptPage,
        drawer: SuppressedDrawer,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._backend = backend
        self._runner = runner
        self._live = live
        self._sidebar = sidebar
        self._page = page
        self._drawer = drawer
        self._stored = TranscriptModel(self)
        self.shown_id: str | None = None
        self.shown_record: SessionRecord | None = None
        self._connect()

    def _connect(self) -> None:
        self._sidebar.session_chosen.connect(self._on_session_chosen)
        self._sidebar.hit_chosen.connect(self._on_hit_chosen)
        self._sidebar.search_changed.connect(self._on_search_changed)
        self.shown_changed.connect(lambda: self._sidebar.select(self.shown_id or ""))
        self._live.started.connect(self.show_live)
        self._live.finished.connect(self._on_live_finished)
        self._live.grown.connect(self._on_live_grown)
        self._live.paused_changed.connect(self._show_paused)
        self._live.recovered.connect(self._on_recovered)
        self._page.header.renamed.connect(self._on_renamed)
        self._page.header.live_requested.connect(self._on_live_requested)
        self._page.view.edited.connect(self._on_line_edited)
        self._page.view.bookmark_toggled.connect(self._on_bookmark_toggled)
        self._drawer.restore_requested.connect(self._on_restore_requested)

    @property
    def shows_live(self) -> bool:
        """True while the page shows a session that is growing."""
        return self.shown_id is not None and self._live.growing(self.shown_id) is not None

    @property
    def model(self) -> TranscriptModel:
        """The transcript on the page."""
        return self._page.view.transcript

    # showing ---------------------------------------------------------------------------------
    def refresh(self) -> None:
        """Reads the session list again."""
        self._runner.run(self._backend.sessions, self._on_sessions_read)

    def show_nothing(self) -> None:
        """The start page."""
        self.shown_id, self.shown_record = None, None
        self._stored.clear()
        self._page.empty.set_waiting(False)
        self._page.show_transcript(self._stored, live=False, playable=False)
        self._page.header.show_session(None, title="", live=False)
        self._show_back()
        self.shown_changed.emit()

    def show_live(self, session: LiveSession) -> None:
        self.shown_id, self.shown_record = session.session_id, None
        self._page.empty.set_waiting(True, file=session.is_file)
        self._page.show_transcript(session.model, live=True, playable=False)
        self._page.header.show_session(None, title=session.title, live=True, file=session.is_file)
        self._show_paused()
        self._drawer.show_records(())
        self._on_live_grown(session)
        self.refresh()
        self._show_back()
        self.shown_changed.emit()
        self._load_suppressed()

    def show_session(self, session_id: str, segment_id: int = 0) -> None:
        """Opens a session and, when given, brings one of its lines into view."""
        growing = self._live.growing(session_id)
        if growing is not None:
            self.show_live(growing)
            self._show_segment(segment_id)
            return
        record = self._record(session_id)
        if record is None:
            return  # it was deleted: what is shown stays, and so does what orders are about
        before, self.shown_id = self.shown_id, session_id
        backend = self._backend

        def failed(error: MalgeulError) -> None:
            if self.shown_id == session_id:
                self.shown_id = before  # it is still on the page: orders are about it
            self._runner.failed.emit(error)

        def load() -> _Loaded:
            return _Loaded(
                record,
                backend.segments(session_id),
                backend.gaps(session_id),
                backend.suppressed(session_id),
            )

        self._runner.run(load, lambda loaded: self._on_loaded(loaded, segment_id), failed)

    def reload(self) -> None:
        """Reads the session on the page again."""
        if self.shown_id is not None and not self.shows_live:
            self.show_session(self.shown_id)

    # commands --------------------------------------------------------------------------------
    def export(self, session_id: str, target: Path, format_name: str) -> None:
        backend = self._backend
        self._runner.run(
            lambda: backend.export_session(session_id, target, format_name),
            self.exported.emit,
            long=True,
        )

    def delete(self, session_id: str) -> None:
        backend = self._backend

        def done(_: object) -> None:
            if session_id == self.shown_id:
                self.show_nothing()
            self.refresh()

        def failed(error: MalgeulError) -> None:
            self._runner.failed.emit(error)
            self.refresh()  # a part of it may be gone all the same

        self._runner.run(lambda: backend.delete_session(session_id), done, failed, long=True)

    def recover(self, session_id: str) -> None:
        """Brings a session back and opens it, unless a recording is what people look at."""
        backend = self._backend

        def order() -> Sequence[SessionRecord]:
            backend.recover_session(session_id)
            return backend.sessions()

        def done(records: Sequence[SessionRecord]) -> None:
            self._on_sessions_read(records)
            if self._live.capture is None:
                self.show_session(session_id)
            else:
                self.reload()

        self._runner.run(order, done)

    # inside ----------------------------------------------------------------------------------
    def _record(self, session_id: str) -> SessionRecord | None:
        row = self._sidebar.sessions.row_of(session_id)
        return self._sidebar.sessions.records[row] if row >= 0 else None

    def _show_segment(self, segment_id: int) -> None:
        row = self.model.row_of_segment(segment_id) if segment_id else -1
        if row >= 0:
            self._page.view.show_row(row)
            self._page.view.setFocus()

    def _show_back(self) -> None:
        capture = self._live.capture
        self._page.header.show_back(capture is not None and capture.session_id != self.shown_id)

    def _show_paused(self) -> None:
        self._page.empty.set_paused(self._live.paused)
        self._page.header.set_paused(self._live.paused)
        self._mark_live(self._live.capture or self._live.growing(self.shown_id or ""))

    def _mark_live(self, session: LiveSession | None) -> None:
        paused = self._live.paused and session is self._live.capture
        self._sidebar.sessions.set_live(session.session_id if session else None, paused=paused)

    def _load_suppressed(self) -> None:
        session_id = self.shown_id
        if session_id is None:
            return
        backend = self._backend

        def done(records: Sequence[SuppressedRecord]) -> None:
            if session_id == self.shown_id:
                self._drawer.show_records(records)
                self._page.header.set_suppressed_count(self._drawer.count)

        self._runner.run(lambda: backend.suppressed(session_id), done)

    def _on_sessions_read(self, records: Sequence[SessionRecord]) -> None:
        self._sidebar.show_sessions(records)
        self._search(self._sidebar.search_text)  # a session with hits may have come, gone, changed

    def _on_loaded(self, loaded: _Loaded, segment_id: int) -> None:
        record = loaded.record
        if record.session_id != self.shown_id:
            return  # another one was chosen meanwhile
        self.shown_record = record
        names = {track.track: track.name for track in record.tracks if track.name}
        self._stored.load(loaded.segments, loaded.gaps, names)
        self._page.empty.set_nothing()
        self._page.view.set_highlight(self._sidebar.search_text)
        self._page.show_transcript(self._stored, live=False, playable=record.has_audio)
        self._page.header.show_session(record, title=record.title, live=False)
        self._page.header.set_line_count(len(loaded.segments))
        self._drawer.show_records(loaded.suppressed)
        self._page.header.set_suppressed_count(self._drawer.count)
        self._show_back()
        if segment_id:
            self._show_segment(segment_id)
        else:
            self._page.view.verticalScrollBar().setValue(0)
        self.shown_changed.emit()

    def _on_session_chosen(self, record: SessionRecord) -> None:
        self.show_session(record.session_id)

    def _on_hit_chosen(self, hit: SearchHit) -> None:
        self.show_session(hit.session_id, hit.segment_id)

    def _on_search_changed(self, text: str) -> None:
        self._page.view.set_highlight(text)
        self._search(text)

    def _search(self, text: str) -> None:
        if not text:
            return
        backend = self._backend

        def done(hits: Sequence[SearchHit]) -> None:
            if self._sidebar.search_text == text:
                self._sidebar.show_hits(hits)

        self._runner.run(lambda: backend.search(text), done)

    def _on_live_requested(self) -> None:
        if self._live.capture is not None:
            self.show_live(self._live.capture)

    def _on_live_finished(self, session: LiveSession) -> None:
        capture = self._live.capture
        self._mark_live(capture)
        shown = session.session_id == self.shown_id
        if shown:
            self._page.view.set_live(False)

        def done(records: Sequence[SessionRecord]) -> None:
            self._on_sessions_read(records)
            if shown and self.shown_id == session.session_id:
                self.show_session(session.session_id)

        self._runner.run(self._backend.sessions, done)

    def _on_recovered(self, session_id: str) -> None:
        def done(records: Sequence[SessionRecord]) -> None:
            self._on_sessions_read(records)
            if session_id == self.shown_id:
                self.show_session(session_id)

        self._runner.run(self._backend.sessions, done)

    def _on_live_grown(self, session: LiveSession) -> None:
        if session.session_id == self.shown_id:
            self._page.header.set_line_count(session.model.speech_count)
            if session.suppressed != self._drawer.count:
                self._load_suppressed()

    def _on_renamed(self, title: str) -> None:
        session_id = self.shown_id
        if session_id is None:
            return
        backend = self._backend
        self._runner.run(
            lambda: backend.rename_session(session_id, title), lambda _: self.refresh()
        )

    def _on_line_edited(self, segment_id: int, text: str) -> None:
        backend, model = self._backend, self.model
        self._runner.run(
            lambda: backend.edit_segment(segment_id, text),
            lambda _: model.set_text(segment_id, text),
        )

    def _on_bookmark_toggled(self, segment_id: int, on: bool) -> None:
        backend, model = self._backend, self.model
        self._runner.run(
            lambda: backend.bookmark_segment(segment_id, on),
            lambda _: model.set_bookmarked(segment_id, on),
        )

    def _on_restore_requested(self, suppressed_id: int) -> None:
        backend = self._backend

        def done(_: object) -> None:
            self.reload()
            self._load_suppressed()

        self._runner.run(lambda: backend.restore_suppressed(suppressed_id), done)

    def rename_track(self, track: Track, name: str) -> None:
        """Gives a speaker another name in the session on the page."""
        session_id = self.shown_id
        if session_id is None:
            return
        backend, model = self._backend, self.model
        self._runner.run(
            lambda: backend.rename_track(session_id, track, name),
            lambda _: model.set_name(track, name),
        )
