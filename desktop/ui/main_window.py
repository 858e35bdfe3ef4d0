"""The main window: puts the parts together and nothing else.  GUI thread only."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import (
    QCloseEvent,
    QDragEnterEvent,
    QDragLeaveEvent,
    QDropEvent,
    QKeySequence,
    QShortcut,
)
from PySide6.QtWidgets import QMainWindow

from desktop.errors import MalgeulError
from desktop.events import NoticeCleared, SegmentChanged
from desktop.ui.bridge.event_bridge import EventBridge, EventSource
from desktop.ui.bridge.garbage import GuiGarbageCollector
from desktop.ui.bridge.stall_watchdog import StallWatchdog
from desktop.ui.bridge.task_runner import TaskRunner
from desktop.ui.control.commands import Commands
from desktop.ui.control.documents_desk import DocumentsDesk
from desktop.ui.control.equipment import EquipmentController
from desktop.ui.control.library import LibraryController
from desktop.ui.control.live import LiveController
from desktop.ui.control.playback import Playback, PlaybackController
from desktop.ui.i18n import Retranslated, Translations
from desktop.ui.keyword_part import add_keywords
from desktop.ui.machine_part import add_machine_room
from desktop.ui.ports import Backend, KeywordsBackend, MachineRoomBackend, MirrorBackend
from desktop.ui.theme import Theme
from desktop.ui.views.capture_bar import CaptureBar
from desktop.ui.views.drop_overlay import DropOverlay, dropped_paths
from desktop.ui.views.navigation import PAGES
from desktop.ui.views.sessions_view import SessionsView
from desktop.ui.views.status_strip import StatusStrip
from desktop.ui.views.suppressed_drawer import SuppressedDrawer
from desktop.ui.views.tab_order import VisualTabOrder
from desktop.ui.views.transcript_page import TranscriptPage
from desktop.ui.window_layout import WindowLayout


class MainWindow(VisualTabOrder, Retranslated, QMainWindow):
    """The pages, with the capture bar and the status strip below all of them.

    Another page is ``window.pages.add(name, icon, widget)``; what stands beside the transcript
    is set with ``window.insight.set_passages(widget)`` and ``set_answers(widget)``.
    """

    def __init__(
        self,
        backend: Backend,
        bus: EventSource,
        theme: Theme,
        translations: Translations,
        *,
        playback: Playback | None = None,
        mirror: MirrorBackend | None = None,
    ) -> None:
        super().__init__()
        self.backend = backend
        self.mirror = mirror
        self.theme = theme
        self.bridge = EventBridge(bus, self, translate=translations.messages.event)
        self.runner = TaskRunner(self)
        self.watchdog = StallWatchdog(self)
        self._garbage = GuiGarbageCollector(self)
        self.sidebar = SessionsView(theme)
        self.page = TranscriptPage(theme, backend.settings.interface.font_size_pt)
        self.bar = CaptureBar(theme)
        self.strip = StatusStrip(theme)
        self.drawer = SuppressedDrawer(theme, self)
        self.arrangement = WindowLayout(
            self, theme, self.sidebar, self.page, self.drawer, (self.bar, self.strip)
        )
        self.pages, self.insight = self.arrangement.pages, self.arrangement.insight
        self.setAcceptDrops(True)
        self.drop = DropOverlay(theme, self)
        self.live = LiveController(backend, self.bridge, self.bar, self)
        self.library = LibraryController(
            backend, self.runner, self.live, self.sidebar, self.page, self.drawer, self
        )
        self.player = PlaybackController(
            backend, self.runner, self.library, self.page, playback, self
        )
        self.commands = Commands(
            self, theme, self.live, self.library, self.page, messages=translations.messages
        )
        self.equipment = EquipmentController(self, translations, self.commands)
        self.keywords = (
            add_keywords(self, backend) if isinstance(backend, KeywordsBackend) else None
        )
        self.desk = DocumentsDesk(self, translations.messages)
        self.machine_room = (
            add_machine_room(self, backend, translations.messages.translate)
            if isinstance(backend, MachineRoomBackend)
            else None
        )
        self._connect()
        self._add_shortcuts()
        self.retranslate()
        self.library.show_nothing()
        self.arrangement.restore(backend.settings.interface)

    def _connect(self) -> None:
        bridge, page = self.bridge, self.page
        bridge.recogniser_changed.connect(self.strip.show_recogniser)
        bridge.lag_measured.connect(self.strip.show_lag)
        bridge.ledger_updated.connect(self.strip.show_ledger)
        bridge.notice_raised.connect(self.commands.show_notice)
        bridge.notice_cleared.connect(self._on_notice_cleared)
        bridge.progress_reported.connect(self.commands.show_progress)
        bridge.session_started.connect(self.strip.clear_session)
        bridge.segment_changed.connect(self._on_segment_changed)
        self.runner.failed.connect(self.commands.show_error)
        self.live.failed.connect(self.commands.show_error)
        page.tasks.cancel_requested.connect(self._on_cancel_requested)
        page.empty.start_requested.connect(self.live.start)
        page.empty.file_requested.connect(self.commands.open_file)
        self.sidebar.menu_requested.connect(self.commands.show_session_menu)
        self.sidebar.delete_requested.connect(self.commands.delete)
        self.sidebar.file_requested.connect(self.commands.open_file)
        self.pages.rail.settings_requested.connect(self.equipment.open_settings)
        self.pages.rail.models_requested.connect(self.equipment.open_models)
        self.library.shown_changed.connect(self._on_session_shown)
        self.pages.page_shown.connect(self._on_page_shown)
        self.strip.models_requested.connect(self.equipment.open_models)
        self.sidebar.sessions.modelReset.connect(self._on_sessions_reset)

    def _add_shortcuts(self) -> None:
        for keys, command in (
            ("Ctrl+R", self.bar.toggle),
            ("Ctrl+P", self.bar.toggle_pause),
            ("Ctrl+Shift+O", self.bar.toggle_overlay),
            ("Ctrl+F", self._focus_search),
            ("Ctrl+E", self.page.header.open_export_menu),
            ("Ctrl+L", self.page.view.jump_to_end),
            ("Ctrl+O", self.commands.open_file),
            ("Ctrl+,", self.equipment.open_settings),
            ("Ctrl+M", self.equipment.open_models),
            ("Ctrl+\\", self.arrangement.toggle_sidebar),
            ("Ctrl+I", self.arrangement.toggle_insight),
            ("Ctrl+K", self.desk.ask),
            ("Ctrl+Shift+K", self.desk.ask_about_selection),
            ("F1", self.equipment.open_about),
        ):
            QShortcut(QKeySequence(keys), self).activated.connect(command)
        for number, name in enumerate(PAGES, 1):
            choose = QShortcut(QKeySequence(f"Ctrl+{number}"), self)
            choose.activated.connect(lambda n=name: self.pages.show_page(n))
        space = QShortcut(QKeySequence(Qt.Key.Key_Space), self.page.view)
        space.setContext(Qt.ShortcutContext.WidgetShortcut)
        space.activated.connect(self._on_space_pressed)

    def retranslate(self) -> None:
        self.setWindowTitle(self.tr("Malgeul"))

    def open(self) -> None:
        """Shows the window and reads what it shows."""
        self.show()
        self.bar.setFocus()  # no button looks chosen before Tab is pressed
        self.watchdog.start()
        self._garbage.start()
        self.library.refresh()
        self.equipment.refresh()
        self.desk.refresh()

    def shut_down(self) -> None:
        """Stops every timer and thread of the window; it may be closed afterwards."""
        self.player.stop()
        self.desk.close()
        self.live.close()
        for part in (self.keywords, self.machine_room):
            if part is not None:
                part.close()
        self.watchdog.stop()
        self._garbage.stop()
        self.sidebar.close_search()
        self.bridge.close()
        self.runner.close()

    def closeEvent(self, event: QCloseEvent) -> None:
        self.arrangement.remember(self.backend.settings.interface)
        try:
            self.backend.save_settings()
        except MalgeulError as error:
            self.commands.show_error(error)  # closing goes on: the place of a window is little
        self.shut_down()
        super().closeEvent(event)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        paths = dropped_paths(event.mimeData())
        if paths:
            event.acceptProposedAction()
            self.drop.show_for(paths)

    def dragLeaveEvent(self, event: QDragLeaveEvent) -> None:
        self.drop.hide()

    def dropEvent(self, event: QDropEvent) -> None:
        self.drop.hide()
        event.acceptProposedAction()
        self.desk.drop(dropped_paths(event.mimeData()))

    def _focus_search(self) -> None:
        self.pages.show_page("transcript")
        self.sidebar.show()
        self.sidebar.focus_search()

    def _on_space_pressed(self) -> None:
        if self.page.player.isVisible():
            self.player.toggle()
        else:
            self.bar.toggle_pause()

    def _on_notice_cleared(self, event: NoticeCleared) -> None:
        self.page.banners.clear_notice(event.code)

    def _on_segment_changed(self, event: SegmentChanged) -> None:
        if event.change in ("restored", "removed"):
            self.library.reload()

    def _on_session_shown(self) -> None:
        if self.library.shown_id is not None:
            self.pages.show_page("transcript")

    def _on_page_shown(self, name: str) -> None:
        self.bar.set_compact(name != "transcript")

    def _on_cancel_requested(self, task: str) -> None:
        self.backend.cancel_task(task)

    def _on_sessions_reset(self) -> None:
        self.commands.offer_recovery(self.sidebar.sessions.records)
