"""The documents page and the index behind it.  GUI thread only.

Changes of documents are gathered for a moment: a folder of thousands changes the list a few times
a second instead of once a file.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from PySide6.QtCore import QObject, QPoint, QTimer, QUrl, Signal
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QFileDialog, QMenu, QWidget

from desktop.errors import MalgeulError, ServiceError
from desktop.events import Document, DocumentChanged, DocumentState, IngestProgressed
from desktop.records import DocumentsStatus
from desktop.ui.bridge.event_bridge import EventBridge
from desktop.ui.bridge.task_runner import TaskRunner
from desktop.ui.dialogs.boxes import Question, ask_first
from desktop.ui.messages import Messages
from desktop.ui.models.document_words import WORKING
from desktop.ui.models.file_kinds import DOCUMENT_SUFFIXES
from desktop.ui.ports import DocumentsBackend
from desktop.ui.theme import Theme
from desktop.ui.views.documents_page import DocumentsPage

GATHER_MS = 60
MAX_WAITING = 10_000  # paths that wait for the server
STATUS_MS = 1500  # the index is asked for its size this long after the last change


class DocumentsController(QObject):
    """Keeps the page true and carries out what it asks for."""

    status_read = Signal(object)
    added = Signal(int)  # files and folders that are in the list now
    waits_for_server = Signal(int)  # how many files and folders

    def __init__(
        self,
        backend: DocumentsBackend,
        runner: TaskRunner,
        bridge: EventBridge,
        page: DocumentsPage,
        *,
        messages: Messages,
        theme: Theme,
        window: QWidget,
    ) -> None:
        super().__init__(window)
        self._backend = backend
        self._runner = runner
        self._page = page
        self._messages = messages
        self._theme = theme
        self._window = window
        self._changed: dict[str, Document] = {}
        self._reading = False
        self._waiting: list[Path] = []
        self._gather = self._timer(GATHER_MS, self._on_gather_timeout)
        self._later = self._timer(STATUS_MS, self.refresh_status)
        self._connect(bridge)

    def _timer(self, interval_ms: int, slot: object) -> QTimer:
        timer = QTimer(self)
        timer.setSingleShot(True)
        timer.setInterval(interval_ms)
        timer.timeout.connect(slot)
        return timer

    def _connect(self, bridge: EventBridge) -> None:
        bridge.document_changed.connect(self._on_document_changed)
        bridge.ingest_progressed.connect(self._on_ingest_progressed)
        page = self._page
        page.files_requested.connect(self.choose_files)
        page.folder_requested.connect(self.choose_folder)
        page.watch_requested.connect(self.choose_watched)
        page.unwatch_requested.connect(self._on_unwatch_requested)
        page.ingest.pause_requested.connect(self._on_pause_requested)
        page.ingest.cancel_requested.connect(self._on_cancel_requested)
        page.list.opened.connect(self.open_document)
        page.list.menu_requested.connect(self._on_menu_requested)
        page.list.remove_requested.connect(self.remove_chosen)
        page.list.reindex_requested.connect(self.reindex_chosen)

    def close(self) -> None:
        """Stops waiting for more changes."""
        self._gather.stop()
        self._later.stop()

    # reading ---------------------------------------------------------------------------------
    def refresh(self) -> None:
        """Reads list and status anew."""
        if self._reading:
            return
        self._reading = True
        self._changed.clear()
        self._runner.run(self._backend.documents, self._on_documents_read, self._on_unread)
        self.refresh_status()

    def refresh_status(self) -> None:
        self._runner.run(self._backend.documents_status, self._on_status_read, _ignore)

    def _on_documents_read(self, documents: Sequence[Document]) -> None:
        self._reading = False
        self._page.show_documents([self._said(document) for document in documents])
        self._on_gather_timeout()  # what changed while they were read

    def _on_unread(self, _: object) -> None:
        """The server is not there yet: its first event makes the page read again."""
        self._reading = False

    def _on_status_read(self, status: DocumentsStatus) -> None:
        say = self._messages.translate
        said = replace(status, way=say(status.way), hint=say(status.hint))
        self._page.show_status(said)
        self.status_read.emit(said)

    def _said(self, document: Document) -> Document:
        """A document with its messages in the interface's language."""
        say = self._messages.translate
        return replace(
            document,
            reason=say(document.reason),
            hint=say(document.hint),
            warnings=tuple(map(say, document.warnings)),
        )

    def _on_document_changed(self, event: DocumentChanged) -> None:
        self._changed[event.document.document_id] = event.document
        if not self._gather.isActive():
            self._gather.start()

    def _on_gather_timeout(self) -> None:
        if self._reading:
            return
        changed, self._changed = self._changed, {}
        if changed:
            self._page.documents.update(self._said(document) for document in changed.values())
            self._later.start()

    def _on_ingest_progressed(self, event: IngestProgressed) -> None:
        self._page.ingest.show_progress(event)

    # adding ----------------------------------------------------------------------------------
    def add(self, paths: Sequence[Path]) -> None:
        """Queues files and folders; while the server is on its way they wait here for it."""
        backend = self._backend

        def failed(error: MalgeulError) -> None:
            if isinstance(error, ServiceError):
                self._waiting = [*self._waiting, *paths][:MAX_WAITING]
                self.waits_for_server.emit(len(paths))
            else:
                self._runner.failed.emit(error)

        def added(_: object) -> None:
            self._later.start()
            self.added.emit(len(paths))

        self._runner.run(lambda: backend.add_documents(paths), added, failed)

    def server_ready(self) -> None:
        """The server is there: reads what it has, and hands over what waited for it."""
        waiting, self._waiting = self._waiting, []
        if waiting:
            self.add(waiting)
        self.refresh()

    def choose_files(self) -> None:
        patterns = " ".join(f"*{suffix}" for suffix in sorted(DOCUMENT_SUFFIXES))
        chosen, _ = QFileDialog.getOpenFileNames(
            self._window,
            self.tr("Add documents"),
            "",
            self.tr("Documents") + f" ({patterns});;" + self.tr("All files") + " (*)",
        )
        if chosen:
            self.add([Path(name) for name in chosen])

    def choose_folder(self) -> None:
        chosen = QFileDialog.getExistingDirectory(self._window, self.tr("Add a folder"))
        if chosen:
            self.add([Path(chosen)])

    def choose_watched(self) -> None:
        chosen = QFileDialog.getExistingDirectory(self._window, self.tr("Watch a folder"))
        if chosen:
            self.watch(Path(chosen), True)

    def watch(self, folder: Path, on: bool) -> None:
        """Indexes a folder and whatever changes in it, or leaves off doing so."""
        backend = self._backend
        self._runner.run(lambda: backend.watch_folder(folder, on), lambda _: self.refresh_status())

    def _on_unwatch_requested(self, folder: str) -> None:
        self.watch(Path(folder), False)

    def _on_pause_requested(self, on: bool) -> None:
        backend = self._backend
        self._runner.run(lambda: backend.pause_ingest(on))

    def _on_cancel_requested(self) -> None:
        self._runner.run(self._backend.cancel_ingest, lambda _: self.refresh())

    # one or several documents ----------------------------------------------------------------
    def open_document(self, document: Document) -> None:
        """Opens the file with the program the system has for it."""
        if document.path:
            QDesktopServices.openUrl(QUrl.fromLocalFile(document.path))

    def reveal(self, document: Document) -> None:
        """Opens the folder the file lies in."""
        QDesktopServices.openUrl(QUrl.fromLocalFile(str(Path(document.path).parent)))

    def reindex_chosen(self) -> None:
        backend = self._backend
        for document in self._page.list.chosen():
            number = document.document_id
            self._runner.run(lambda n=number: backend.reindex_document(n))  # type: ignore[misc]  # `n` is bound now

    def remove_chosen(self) -> None:
        """Asks, then removes from the index; the files stay."""
        documents = self._page.list.chosen()
        if not documents:
            return
        if len(documents) == 1:
            name = documents[0].name
            text = self.tr("Remove “{name}” from the documents?").format(name=name)
        else:
            text = self.tr("Remove %n document(s)?", None, len(documents))
        question = Question(
            self.tr("Remove documents"),
            text,
            self.tr("No answer will come from them any more. The files stay where they are."),
            self.tr("Remove"),
            self.tr("Keep"),
            danger=True,
        )
        ask_first(self._window, question, lambda: self.remove(documents))

    def remove(self, documents: Sequence[Document]) -> None:
        backend = self._backend

        def work() -> None:
            for document in documents:
                backend.remove_document(document.document_id)

        def done(_: object) -> None:
            gone = [replace(d, state=DocumentState.REMOVED) for d in documents]
            self._page.documents.update(gone)
            self.refresh_status()

        self._runner.run(work, done, long=True)

    def _on_menu_requested(self, place: QPoint) -> None:
        documents = self._page.list.chosen()
        if documents:
            self.menu_of(documents).popup(place)

    def menu_of(self, documents: Sequence[Document]) -> QMenu:
        """What can be done with the chosen documents."""
        menu, icon = QMenu(self._window), self._theme.icon
        one = documents[0] if len(documents) == 1 else None
        if one is not None and one.path:
            menu.addAction(icon("open"), self.tr("Open"), lambda: self.open_document(one))
            menu.addAction(icon("folder"), self.tr("Show in its folder"), lambda: self.reveal(one))
        if not any(d.state in WORKING for d in documents):
            menu.addAction(icon("restore"), self.tr("Index again"), self.reindex_chosen)
        if one is not None and one.folder:
            text = self.tr("Stop watching its folder")
            menu.addAction(icon("eye"), text, lambda: self.watch(Path(one.folder), False))
        elif one is not None and one.path:
            text = self.tr("Watch its folder")
            folder = Path(one.path).parent
            menu.addAction(icon("eye"), text, lambda: self.watch(folder, True))
        menu.addSeparator()
        menu.addAction(icon("trash", "danger_text"), self.tr("Remove…"), self.remove_chosen)
        menu.aboutToHide.connect(menu.deleteLater)
        return menu


def _ignore(_: object) -> None:
    """A status that cannot be read now is read after the next change."""
