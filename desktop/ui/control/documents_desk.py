"""Puts documents, answers and passages into the window and joins them.  GUI thread only.

The page and the panels appear only where the application offers documents at all.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QFrame, QSplitter, QVBoxLayout, QWidget

from desktop.events import (
    DocumentState,
    NoticeRaised,
    Passage,
    PassagesFound,
    ServiceChanged,
    ServiceState,
    Severity,
)
from desktop.ui.control.answers import AnswersController
from desktop.ui.control.citations import CitationsController
from desktop.ui.control.documents import DocumentsController
from desktop.ui.control.drops import Drop, sort_drop
from desktop.ui.messages import Messages
from desktop.ui.models.file_kinds import kind_by_name
from desktop.ui.ports import DocumentsBackend
from desktop.ui.views.answers_panel import AnswersPanel
from desktop.ui.views.documents_page import DocumentsPage
from desktop.ui.views.passage_cards import PassageCards

if TYPE_CHECKING:
    from desktop.ui.main_window import MainWindow

ANSWERS_PX = 380
MIN_ANSWERS_PX = 288
QUOTE = 400  # characters of a transcript that become part of a question
SERVER = "rag"


class _Host(QFrame):
    """A place the answers panel can stand in: beside the transcript or beside the documents."""

    def __init__(self, name: str = "") -> None:
        super().__init__()
        self.setObjectName(name)
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)

    def take(self, widget: QWidget) -> None:
        self._column.addWidget(widget)
        widget.show()


class DocumentsDesk(QObject):
    """What the window knows of documents."""

    def __init__(self, window: MainWindow, messages: Messages) -> None:
        super().__init__(window)
        self._window = window
        self.backend: DocumentsBackend | None = None
        if isinstance(window.backend, DocumentsBackend):
            self.backend = window.backend
        theme = window.theme
        self.page = DocumentsPage(theme)
        self.panel = AnswersPanel(theme)
        self.cards = PassageCards(theme)
        self._beside_transcript = _Host()
        self._beside_documents = _Host("insight")
        self._columns = QSplitter()
        if self.backend is not None:
            self._build(self.backend, messages)
            self._arrange()
            self._connect()

    def _build(self, backend: DocumentsBackend, messages: Messages) -> None:
        window = self._window
        self.documents = DocumentsController(
            backend, window.runner, window.bridge, self.page,
            messages=messages, theme=window.theme, window=window,
        )  # fmt: skip
        self.answers = AnswersController(
            backend, window.runner, window.bridge, self.panel,
            messages=messages, session=self._session, parent=self,
        )  # fmt: skip
        self.citations = CitationsController(
            backend, window.runner, library=window.library, player=window.player,
            page=window.page, messages=messages, theme=window.theme, window=window,
        )  # fmt: skip

    def _arrange(self) -> None:
        window = self._window
        self._beside_documents.setMinimumWidth(MIN_ANSWERS_PX)
        self._columns.addWidget(self.page)
        self._columns.addWidget(self._beside_documents)
        self._columns.setHandleWidth(1)
        self._columns.setChildrenCollapsible(False)
        self._columns.setStretchFactor(0, 1)
        self._columns.setSizes([2 * ANSWERS_PX, ANSWERS_PX])
        self._beside_transcript.take(self.panel)
        window.pages.add("documents", "documents", self._columns)
        window.insight.set_passages(self.cards)
        window.insight.set_answers(self._beside_transcript)

    def _connect(self) -> None:
        window = self._window
        window.pages.page_shown.connect(self._on_page_shown)
        window.bridge.passages_found.connect(self._on_passages_found)
        window.bridge.session_started.connect(self._on_session_started)
        window.bridge.service_changed.connect(self._on_service_changed)
        window.commands.ask_requested.connect(self.ask_about_selection)
        if window.keywords is not None:
            window.keywords.ask_requested.connect(self.ask_about_keyword)
        self.documents.waits_for_server.connect(self._on_waits_for_server)
        self.documents.added.connect(self._on_documents_added)
        self.documents.status_read.connect(self._show_scope)
        self.page.documents.modelReset.connect(self._show_scope)
        self.page.services_requested.connect(self._on_services_requested)
        self.answers.citation_chosen.connect(self.citations.open)
        self.citations.document_wanted.connect(self._on_document_wanted)
        self.cards.room_wanted.connect(window.insight.share)
        self.cards.opened.connect(self.citations.open_one)
        self.cards.asked_about.connect(self._on_passage_asked_about)

    def refresh(self) -> None:
        """Reads the documents."""
        if self.backend is not None:
            self.documents.refresh()

    def close(self) -> None:
        """Stops timers and motions."""
        if self.backend is not None:
            self.documents.close()
            self.answers.close()
            self.citations.close()
            self.cards.hold()

    # asking ----------------------------------------------------------------------------------
    def ask(self, text: str = "") -> None:
        """Brings the place to ask to the front, with a question in it when one is given."""
        if self.backend is None:
            return
        if self._window.pages.current != "documents":
            self._window.arrangement.show_insight("answers")
        if text:
            self.panel.box.put(text)
        else:
            self.panel.box.edit.setFocus()

    def ask_about_keyword(self, word: str) -> None:
        """Asks at once what the documents say about a keyword."""
        if self.backend is not None:
            self.ask()
            self.answers.ask(self.tr("What do the documents say about “{word}”?").format(word=word))

    def ask_about_selection(self) -> None:
        """Begins a question about the selected lines of the transcript."""
        quote = " ".join(self._window.page.view.selected_text().split())
        if len(quote) > QUOTE:
            quote = quote[:QUOTE].rsplit(" ", 1)[0] + "…"
        if quote:
            ask = self.tr("What do the documents say about this? “{quote}”")
            self.ask(ask.format(quote=quote))
        else:
            self.ask()

    def _on_passage_asked_about(self, passage: Passage) -> None:
        if passage.reasons:
            ask = self.tr("What does “{source}” say about {reasons}?")
            text = ask.format(source=passage.source, reasons=", ".join(passage.reasons[:3]))
        else:
            text = self.tr("What does “{source}” say?").format(source=passage.source)
        self.ask(text)

    def _session(self) -> str:
        """The meeting that matters most to a question asked now."""
        shown = self._window.library.shown_id
        if shown is not None and self._window.pages.current == "transcript":
            return shown
        return self._window.backend.live_session_id or ""

    # dropping --------------------------------------------------------------------------------
    def drop(self, paths: Sequence[Path]) -> None:
        """Transcribes recordings and indexes documents and folders."""
        plain = [path for path in paths if kind_by_name(path) == "media" and path.is_file()]
        for path in plain:
            self._window.live.transcribe(path)
        rest = [path for path in paths if path not in set(plain)]
        if rest:
            self._window.runner.run(lambda: sort_drop(rest), self._on_drop_sorted, long=True)

    def _on_drop_sorted(self, drop: Drop) -> None:
        for path in drop.media:
            self._window.live.transcribe(path)
        if self.backend is None or not (drop.documents or drop.folders):
            return
        self.documents.add([*drop.documents, *drop.folders])
        if self._window.backend.live_session_id is None:  # nobody is taken away from a meeting
            self._window.pages.show_page("documents")

    def _on_documents_added(self, count: int) -> None:
        if self._window.backend.live_session_id is not None:
            self._tell("documents.added", self.tr("%n added to your documents.", None, count))

    def _tell(self, code: str, message: str) -> None:
        self._window.page.banners.raise_notice(NoticeRaised(Severity.INFO, code, message))

    def _on_waits_for_server(self, count: int) -> None:
        message = self.tr("%n will be added as soon as documents can be used.", None, count)
        self._tell("documents.waiting", message)

    # what happened ---------------------------------------------------------------------------
    def _on_page_shown(self, name: str) -> None:
        if name == "documents":
            self._beside_documents.take(self.panel)
            self.documents.refresh()
        elif name == "transcript":
            self._beside_transcript.take(self.panel)

    def _on_passages_found(self, event: PassagesFound) -> None:
        self.cards.show_passages(event.passages)

    def _on_session_started(self, _: object) -> None:
        self.cards.clear()

    def _on_service_changed(self, event: ServiceChanged) -> None:
        became_ready = event.status.state is ServiceState.READY is not event.previous
        if event.status.name == SERVER and became_ready:
            self._window.page.banners.clear_notice("documents.waiting")
            self.documents.server_ready()
            self.answers.server_ready()

    def _show_scope(self) -> None:
        self.panel.set_scope(self.page.documents.count(DocumentState.INDEXED))

    def _on_services_requested(self) -> None:
        self._window.pages.show_page("services")

    def _on_document_wanted(self, document_id: str) -> None:
        row = self.page.documents.row_of(document_id)
        if row >= 0:
            self.documents.open_document(self.page.documents.documents[row])
