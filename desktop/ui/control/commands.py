"""What menus, shortcuts, drops and banner actions do: files, dialogs, confirmations.

GUI thread only.
"""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QObject, QPoint, QUrl, Signal
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QFileDialog, QInputDialog, QMenu, QWidget

from desktop.errors import MalgeulError, StorageError
from desktop.events import NoticeRaised, ProgressReported, Severity
from desktop.records import SessionRecord, SessionState
from desktop.ui.control.export_folder import export_folder
from desktop.ui.control.library import LibraryController, safe_file_name
from desktop.ui.control.live import LiveController
from desktop.ui.dialogs.boxes import Question, ask_first
from desktop.ui.messages import Messages
from desktop.ui.models.transcript_line import TranscriptLine
from desktop.ui.models.transcript_words import default_name
from desktop.ui.theme import Theme
from desktop.ui.views.transcript_page import TranscriptPage

RENAME_PX = 380  # the width of the dialog: its title and a name are read whole
EXPORTED = "export.done"
INTERRUPTED = "session.interrupted"
MEDIA_PATTERNS = "*.wav *.mp3 *.m4a *.flac *.ogg *.opus *.aac *.wma *.mp4 *.mkv *.mov *.webm *.avi"


class Commands(QObject):
    """Commands that need to ask the person something."""

    models_requested = Signal()
    settings_requested = Signal()
    services_requested = Signal()
    folder_requested = Signal()  # with everything that Malgeul keeps
    ask_requested = Signal()  # about the selected lines

    def __init__(
        self,
        window: QWidget,
        theme: Theme,
        live: LiveController,
        library: LibraryController,
        page: TranscriptPage,
        *,
        messages: Messages,
    ) -> None:
        super().__init__(window)
        self._window = window
        self._theme = theme
        self._live = live
        self._library = library
        self._page = page
        self._messages = messages
        self._exported: Path | None = None  # the file that was told of last
        self._interrupted: list[str] = []  # sessions that were offered, the latest last
        page.header.export_requested.connect(self.export_shown)
        page.header.delete_requested.connect(self.delete_shown)
        page.banners.action_requested.connect(self.do)
        library.exported.connect(self.tell_exported)
        page.view.menu_requested.connect(self._on_line_menu_requested)

    def do(self, action: str) -> None:
        """Carries out the action of a banner."""
        if action == "models":
            self.models_requested.emit()
        elif action == "settings":
            self.settings_requested.emit()
        elif action == "services":
            self.services_requested.emit()
        elif action == "open_folder":
            self.folder_requested.emit()
        elif action == EXPORTED and self._exported is not None:
            QDesktopServices.openUrl(QUrl.fromLocalFile(str(self._exported.parent)))
        elif action == "retry":
            self._live.start()
        elif action == "recover" and self._interrupted:
            self._page.banners.clear_notice(INTERRUPTED)
            self._library.recover(self._interrupted[-1])

    def tell_exported(self, written: Path) -> None:
        """Says that a file was written, and where: nothing else is seen of it here."""
        self._exported = written
        message = self.tr("“{name}” was saved.").format(name=written.name)
        notice = NoticeRaised(Severity.INFO, EXPORTED, message, str(written.parent), EXPORTED)
        self._page.banners.raise_notice(notice)

    # notices -----------------------------------------------------------------------------------
    def show_error(self, error: MalgeulError) -> None:
        """Shows an error as a banner."""
        action = {"model": "models", "settings": "settings"}.get(error.code.split(".")[0], "")
        say = self._messages.translate
        message, hint = say(error.message), say(error.hint)
        notice = NoticeRaised(Severity.ERROR, error.code, message, hint, action)
        self._page.banners.raise_notice(notice)

    def show_notice(self, notice: NoticeRaised) -> None:
        if notice.severity is Severity.ERROR:
            self._live.start_failed()
        self._page.banners.raise_notice(notice)

    def show_progress(self, event: ProgressReported) -> None:
        self._page.tasks.show_progress(event)  # what went wrong comes as a notice of its own

    def offer_recovery(self, records: list[SessionRecord]) -> None:
        """Tells of an interrupted session and offers to bring it back; then of the next one."""
        lost = [record for record in records if self._interrupted_one(record)]
        waits = INTERRUPTED in self._page.banners.codes
        if waits and any(record.session_id == self._interrupted[-1] for record in lost):
            return
        fresh = [record for record in lost if record.session_id not in self._interrupted]
        if not fresh:
            if waits:  # it was recovered or deleted by other means
                self._page.banners.clear_notice(INTERRUPTED)
            return
        self._interrupted.append(fresh[0].session_id)
        self._page.banners.raise_notice(
            NoticeRaised(
                Severity.WARNING,
                INTERRUPTED,
                self.tr("“{title}” was interrupted.").format(title=fresh[0].title),
                self.tr("Its sound is safe. What is missing can be transcribed now."),
                "recover",
            )
        )

    def _interrupted_one(self, record: SessionRecord) -> bool:
        """A session that never came to its end and that nothing works on."""
        return record.state is SessionState.RECORDING and not self._live.works_on(record.session_id)

    # sessions ----------------------------------------------------------------------------------
    def export_shown(self, format_name: str) -> None:
        if self._library.shown_id is None:
            return
        record = self._library.shown_record
        name = safe_file_name(record.title if record is not None else "transcript")
        chosen, _ = QFileDialog.getSaveFileName(
            self._window,
            self.tr("Export the transcript"),
            str(export_folder() / f"{name}.{format_name}"),
            f"{format_name.upper()} (*.{format_name})",
        )
        if chosen:
            self._library.export(self._library.shown_id, Path(chosen), format_name)

    def delete_shown(self) -> None:
        if self._library.shown_record is not None:
            self.delete(self._library.shown_record)
        elif self._library.shown_id is not None:
            self._tell_in_use(self._library.shown_id)

    def delete(self, record: SessionRecord) -> None:
        """Asks, then deletes for good; not while it grows."""
        if self._live.works_on(record.session_id):
            self._tell_in_use(record.session_id)
            return
        question = Question(
            self.tr("Delete session"),
            self.tr("Delete “{title}” for good?").format(title=record.title),
            self.tr("The transcript and the recording are removed. This cannot be undone."),
            self.tr("Delete"),
            self.tr("Keep"),
            danger=True,
        )
        ask_first(self._window, question, lambda: self._library.delete(record.session_id))

    def _tell_in_use(self, session_id: str) -> None:
        capture = self._live.capture
        if capture is not None and capture.session_id == session_id:
            error = StorageError(
                "This session is being recorded.",
                hint="Stop the recording, then delete the session.",
                code="storage.in_use",
            )
        else:
            error = StorageError(
                "This session is still being transcribed.",
                hint="Wait until it is finished, or cancel it, then delete it.",
                code="storage.in_use",
            )
        self.show_error(error)

    def open_file(self) -> None:
        chosen, _ = QFileDialog.getOpenFileName(
            self._window,
            self.tr("Transcribe a file"),
            "",
            self.tr("Audio and video") + f" ({MEDIA_PATTERNS});;" + self.tr("All files") + " (*)",
        )
        if chosen:
            self._live.transcribe(Path(chosen))

    def show_session_menu(self, record: SessionRecord, place: QPoint) -> None:
        menu = QMenu(self._window)
        if self._interrupted_one(record):
            recover = menu.addAction(self._theme.icon("restore"), self.tr("Recover"))
            recover.triggered.connect(lambda: self._library.recover(record.session_id))
        rename = menu.addAction(self._theme.icon("edit"), self.tr("Rename"))
        rename.triggered.connect(lambda: self._rename(record))
        if not self._live.works_on(record.session_id):
            menu.addSeparator()
            delete = menu.addAction(self._theme.icon("trash", "danger_text"), self.tr("Delete…"))
            delete.triggered.connect(lambda: self.delete(record))
        menu.aboutToHide.connect(menu.deleteLater)
        menu.popup(place)

    def _rename(self, record: SessionRecord) -> None:
        self._library.show_session(record.session_id)
        self._page.header.focus_title()

    # lines -------------------------------------------------------------------------------------
    def _on_line_menu_requested(self, line: TranscriptLine, place: QPoint) -> None:
        view, menu = self._page.view, QMenu(self._window)
        copy = menu.addAction(self._theme.icon("copy"), self.tr("Copy"))
        copy.triggered.connect(view.copy)
        ask = menu.addAction(self._theme.icon("ask"), self.tr("Ask the documents about this"))
        ask.triggered.connect(self.ask_requested)
        if line.segment_id:
            edit = menu.addAction(self._theme.icon("edit"), self.tr("Correct this line"))
            edit.triggered.connect(view.edit_current)
            text = self.tr("Remove bookmark") if line.bookmarked else self.tr("Bookmark")
            mark = menu.addAction(self._theme.icon("bookmark"), text)
            mark.triggered.connect(view.toggle_bookmark)
            name = menu.addAction(self._theme.icon("mic"), self.tr("Rename the speaker…"))
            name.triggered.connect(lambda: self._rename_speaker(line))
        record = self._library.shown_record
        if record is not None and record.has_audio:
            play = menu.addAction(self._theme.icon("play"), self.tr("Play from here"))
            play.triggered.connect(lambda: view.play_requested.emit(line))
        menu.aboutToHide.connect(menu.deleteLater)
        menu.popup(place)

    def _rename_speaker(self, line: TranscriptLine) -> None:
        present = self._library.model.name(line.track) or default_name(line.track)
        dialog = QInputDialog(self._window)
        dialog.setWindowTitle(self.tr("Rename the speaker"))
        dialog.setLabelText(self.tr("Name"))
        dialog.setTextValue(present)
        dialog.resize(RENAME_PX, dialog.sizeHint().height())
        dialog.textValueSelected.connect(
            lambda name: self._library.rename_track(line.track, name.strip() or present)
        )
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()
