"""The keywords of the session shown: finds, merges, decides, and leads to where they were said.

Live and stored sessions alike.  Every call into the store goes through the task runner.
GUI thread only.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path

from PySide6.QtCore import QObject, QTimer, Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QFileDialog

from desktop import events as ev
from desktop.records import KeywordDecision, KeywordEntry, SessionKeywords
from desktop.services.keywords.book import KeywordBook
from desktop.ui.bridge.event_bridge import EventBridge
from desktop.ui.bridge.task_runner import TaskRunner
from desktop.ui.control import keyword_export
from desktop.ui.control.export_folder import export_folder
from desktop.ui.control.keyword_search import KeywordSearch
from desktop.ui.control.library import LibraryController, safe_file_name
from desktop.ui.control.live import LiveController, LiveSession
from desktop.ui.dialogs.boxes import Question, ask_first
from desktop.ui.ports import KeywordsBackend
from desktop.ui.views.keyword_panel import KeywordPanel

REFRESH_MS = 150
"""Several findings within this time are shown at once."""


def _merged(stored: SessionKeywords, met: KeywordBook) -> KeywordBook:
    """What is stored, and what came while it was read."""
    book = KeywordBook().add(stored.keywords)
    mentions = {
        key: {**book.mentions.get(key, {}), **met.mentions.get(key, {})}
        for key in {**book.mentions, **met.mentions}
    }
    decisions = {decision.key: decision for decision in stored.decisions}
    return KeywordBook(mentions, {**decisions, **met.decisions})


class KeywordsController(QObject):
    """Keeps one book a growing session, and that of the session shown.

    `ask_requested` carries the keyword somebody wants to know more about.
    """

    ask_requested = Signal(str)
    exported = Signal(object)  # Path of the file that was written

    def __init__(  # noqa: PLR0917 - the parts it connects
        self,
        backend: KeywordsBackend,
        runner: TaskRunner,
        bridge: EventBridge,
        live: LiveController,
        library: LibraryController,
        panel: KeywordPanel,
        search: KeywordSearch,
    ) -> None:
        super().__init__(panel)
        self._backend = backend
        self._runner = runner
        self._live = live
        self._library = library
        self._panel = panel
        self.search = search
        self._books: dict[str, KeywordBook] = {}
        self._sources: dict[str, str] = {}
        self._session_id: str | None = None
        self._refresh = QTimer(self)
        self._refresh.setSingleShot(True)
        self._refresh.setInterval(REFRESH_MS)
        self._refresh.timeout.connect(self._on_refresh_due)
        self._connect(bridge)

    def _connect(self, bridge: EventBridge) -> None:
        bridge.keywords_found.connect(self._on_keywords_found)
        bridge.segment_changed.connect(self._on_segment_changed)
        self._library.shown_changed.connect(self._on_shown_changed)
        self._live.started.connect(self._on_live_started)
        self._live.grown.connect(self._on_live_grown)
        panel = self._panel
        panel.chosen.connect(self.search.choose)
        panel.cleared.connect(self.search.clear)
        panel.scope_chosen.connect(lambda _: self._show(afresh=True))
        panel.hidden_toggled.connect(lambda _: self._show(afresh=True))
        panel.pinned.connect(self._on_pinned)
        panel.hidden.connect(self._on_hidden)
        panel.corrected.connect(lambda key, kind: self._decide(key, category=kind))
        panel.copy_requested.connect(self._on_copy_requested)
        panel.export_requested.connect(self._on_export_requested)
        panel.forget_requested.connect(self._on_forget_requested)
        panel.ask_requested.connect(self.ask_requested)

    def close(self) -> None:
        """Stops waiting; nothing is shown any more."""
        self._refresh.stop()
        self._panel.chips.close_timers()

    @property
    def book(self) -> KeywordBook:
        """The keywords of the session shown."""
        return self._books.get(self._session_id or "", KeywordBook())

    # what is shown -------------------------------------------------------------------------------
    def entries(self) -> tuple[KeywordEntry, ...]:
        """The keywords of the stretch that is chosen, the most important first."""
        if self._panel.scope == "recent":
            lines = self._library.model.lines
            now_s = max((line.end_s for line in lines[-4:]), default=0.0)
            return self.book.recent(now_s)
        return self.book.entries(with_hidden=self._panel.shows_hidden)

    def _show(self, *, afresh: bool = False) -> None:
        self._refresh.stop()
        self._panel.show_entries(self.entries(), afresh=afresh)
        self._panel.set_source(self._sources.get(self._session_id or "", ""))

    def _show_soon(self) -> None:
        if not self._refresh.isActive():
            self._refresh.start()

    def _on_refresh_due(self) -> None:
        self._show()

    def _on_shown_changed(self) -> None:
        session_id = self._library.shown_id
        if session_id == self._session_id:
            return
        self.search.clear()
        self._session_id = session_id
        growing = {s for s in self._books if self._live.growing(s) is not None}
        self._books = {s: book for s, book in self._books.items() if s in growing}
        self._sources = {s: source for s, source in self._sources.items() if s in growing}
        self._show(afresh=True)
        self._load()

    def _load(self) -> None:
        session_id, backend = self._session_id, self._backend
        if session_id is None:
            return

        def done(stored: SessionKeywords) -> None:
            if session_id == self._session_id or self._live.growing(session_id) is not None:
                met = self._books.get(session_id, KeywordBook())
                self._books[session_id] = _merged(stored, met)
                self._sources.setdefault(session_id, stored.source)
            if session_id == self._session_id:
                self._show(afresh=True)

        self._runner.run(lambda: backend.session_keywords(session_id), done)

    # events --------------------------------------------------------------------------------------
    def _on_live_started(self, session: LiveSession) -> None:
        self._books.setdefault(session.session_id, KeywordBook())

    def _on_live_grown(self, session: LiveSession) -> None:
        if session.session_id == self._session_id and self._panel.scope == "recent":
            self._show_soon()

    def _on_keywords_found(self, event: ev.KeywordsFound) -> None:
        session = self._live.of_track(event.track)
        if session is None:
            return  # it came after the session's end: stored, and read when it is shown
        session_id = session.session_id
        self._books[session_id] = self._books.get(session_id, KeywordBook()).add(event.keywords)
        self._sources[session_id] = event.source
        if session_id == self._session_id:
            self._show_soon()

    def _on_segment_changed(self, event: ev.SegmentChanged) -> None:
        if event.change not in ("edited", "removed", "restored"):
            return
        book = self._books.get(event.session_id)
        if book is not None:
            self._books[event.session_id] = book.without_segment(event.segment_id)
        if event.session_id == self._session_id:
            self._load()

    # decisions -----------------------------------------------------------------------------------
    def _decide(self, key: str, **changes: object) -> None:
        session_id, backend, book = self._session_id, self._backend, self.book
        if session_id is None:
            return
        before = book.decisions.get(key, KeywordDecision(key))
        decision = replace(before, **changes)  # type: ignore[arg-type]  # fields of a decision
        self._books[session_id] = replace(book, decisions={**book.decisions, key: decision})
        self._show()
        self._runner.run(lambda: backend.decide_keyword(session_id, decision))

    def _on_pinned(self, key: str, on: bool) -> None:
        self._decide(key, pinned=on)
        self._panel.chips.entries.settle()  # asked for: it goes where it belongs at once

    def _on_hidden(self, key: str, on: bool) -> None:
        if on and key == self.search.key:
            self.search.clear()
        self._decide(key, hidden=on)

    def _on_forget_requested(self) -> None:
        question = Question(
            self.tr("Clear the keywords"),
            self.tr("Forget the keywords found in this session?"),
            self.tr("What you pinned, hid or corrected is remembered."),
            self.tr("Clear"),
            self.tr("Keep"),
            danger=True,
        )
        ask_first(self._panel.window(), question, self._forget)

    def _forget(self) -> None:
        session_id, backend = self._session_id, self._backend
        if session_id is not None:
            self.search.clear()
            self._books[session_id] = self.book.clear()
            self._show(afresh=True)
            self._runner.run(lambda: backend.clear_keywords(session_id))

    # out -----------------------------------------------------------------------------------------
    def _on_copy_requested(self, texts: Iterable[str]) -> None:
        QGuiApplication.clipboard().setText("\n".join(texts))

    def _on_export_requested(self, format_name: str) -> None:
        record = self._library.shown_record
        title = safe_file_name(record.title if record is not None else self.tr("keywords"))
        name = self.tr("{title} keywords").format(title=title)
        chosen, _ = QFileDialog.getSaveFileName(
            self._panel.window(),
            self.tr("Export the keywords"),
            str(export_folder() / f"{name}.{format_name}"),
            f"{format_name.upper()} (*.{format_name})",
        )
        if chosen:
            self.export(Path(chosen), format_name, self.exported.emit)

    def export(
        self, target: Path, format_name: str, done: Callable[[Path], None] | None = None
    ) -> None:
        """Writes what is shown as "csv" or "json"."""
        entries = self._panel.shown
        self._runner.run(
            lambda: keyword_export.write(entries, target, format_name), done, long=True
        )
