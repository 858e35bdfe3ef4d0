"""The head of the transcript: title, facts, and what can be done with the session.

GUI thread only.
"""

from __future__ import annotations

import datetime as dt

from PySide6.QtCore import QEvent, QRect, Qt, Signal
from PySide6.QtGui import QHelpEvent, QKeyEvent, QPainter, QPaintEvent, QPalette
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLineEdit,
    QMenu,
    QPushButton,
    QStyle,
    QStyleOptionFrame,
    QToolTip,
    QVBoxLayout,
    QWidget,
)

from desktop.records import SessionRecord
from desktop.ui.i18n import Retranslated
from desktop.ui.models.plain_text import one_line, plain_tip
from desktop.ui.models.transcript_line import clock
from desktop.ui.theme import Theme
from desktop.ui.views.controls import ElidedLabel, IconButton, set_role

_TITLE_PADDING = 9  # where Qt draws the text: border, padding, and its own two pixels
FORMATS = ("txt", "srt", "vtt", "md", "json", "docx")


class _TitleEdit(QLineEdit):
    """A title that is edited in place; Escape gives up.

    A long one ends in "…" until it is edited, and a tool tip tells it whole.
    """

    given_up = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.hint = ""

    def _shown(self) -> tuple[QRect, str]:
        """Where the text stands, and as much of it as has room."""
        margins = self.textMargins()
        room = self.contentsRect().adjusted(
            _TITLE_PADDING + margins.left(), 0, -_TITLE_PADDING - margins.right(), 0
        )
        text = one_line(self.text())
        elide = Qt.TextElideMode.ElideRight
        return room, self.fontMetrics().elidedText(text, elide, room.width())

    def paintEvent(self, event: QPaintEvent) -> None:
        room, shown = self._shown()
        if self.hasFocus() or shown == self.text():
            super().paintEvent(event)
            return
        option = QStyleOptionFrame()
        self.initStyleOption(option)
        painter = QPainter(self)
        self.style().drawPrimitive(QStyle.PrimitiveElement.PE_PanelLineEdit, option, painter, self)
        painter.setPen(self.palette().color(QPalette.ColorRole.Text))
        painter.drawText(room, int(Qt.AlignmentFlag.AlignVCenter), shown)

    def event(self, event: QEvent) -> bool:
        if isinstance(event, QHelpEvent):
            cut = self._shown()[1] != self.text()
            text = f"{self.text()}\n{self.hint}" if cut else self.hint
            QToolTip.showText(event.globalPos(), plain_tip(text), self)
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.given_up.emit()
            self.clearFocus()
        else:
            super().keyPressEvent(event)


BASIC_MODEL = "basic"  # what is built in; other names are those of models


class SessionHeader(Retranslated, QFrame):
    """Emits renames, exports and the like for the session shown."""

    renamed = Signal(str)
    export_requested = Signal(str)
    delete_requested = Signal()
    suppressed_toggled = Signal()
    sidebar_toggled = Signal()
    insight_toggled = Signal()
    live_requested = Signal()

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("session_header")
        self._theme = theme
        self._record: SessionRecord | None = None
        self._title_text = ""
        self._live = False
        self._file = False
        self._paused = False
        self._lines = 0
        self._sidebar = IconButton(theme, "sidebar")
        self._title = _TitleEdit()
        self._title.setObjectName("title_edit")
        self._facts = ElidedLabel("", "faint")
        self._back = QPushButton()
        self._back.setProperty("role", "link")
        self._suppressed = IconButton(theme, "filter")
        self._suppressed_count = 0
        self._export = IconButton(theme, "export")
        self._more = IconButton(theme, "more")
        self._insight = IconButton(theme, "insight")
        self._export_menu = QMenu(self)
        self._more_menu = QMenu(self)
        self._arrange()
        self._connect()
        self.retranslate()
        self.show_back(False)

    def _arrange(self) -> None:
        self.setFixedHeight(64)
        self._export.setMenu(self._export_menu)
        self._export.setPopupMode(IconButton.ToolButtonPopupMode.InstantPopup)
        self._more.setMenu(self._more_menu)
        self._more.setPopupMode(IconButton.ToolButtonPopupMode.InstantPopup)
        texts = QVBoxLayout()
        texts.setSpacing(0)
        texts.addWidget(self._title)
        facts = QHBoxLayout()
        facts.setContentsMargins(9, 0, 0, 0)  # below the first letter of the title
        facts.addWidget(self._facts)
        texts.addLayout(facts)
        row = QHBoxLayout(self)
        row.setContentsMargins(8, 6, 12, 6)
        row.setSpacing(4)
        row.addWidget(self._sidebar)
        row.addLayout(texts, 1)
        row.addWidget(self._back)
        row.addWidget(self._suppressed)
        row.addWidget(self._export)
        row.addWidget(self._more)
        row.addWidget(self._insight)

    def _connect(self) -> None:
        self._sidebar.clicked.connect(self.sidebar_toggled)
        self._title.editingFinished.connect(self._on_title_edited)
        self._title.given_up.connect(self._on_title_given_up)
        self._back.clicked.connect(self.live_requested)
        self._suppressed.clicked.connect(self.suppressed_toggled)
        self._insight.clicked.connect(self.insight_toggled)
        self._theme.changed.connect(self._fill_menus)

    def retranslate(self) -> None:
        self._sidebar.describe(self.tr("Show or hide the sessions"), "Ctrl+\\")
        self._title.setAccessibleName(self.tr("Session title"))
        self._title.hint = self.tr("Rename this session")
        self._back.setText(self.tr("Back to live"))
        self._back.setAccessibleName(self._back.text())
        self._export.describe(self.tr("Export"), "Ctrl+E")
        self._more.describe(self.tr("More"))
        self._insight.describe(self.tr("Show or hide keywords and answers"), "Ctrl+I")
        self._fill_menus()
        self.set_suppressed_count(self._suppressed_count)
        self._show_facts()

    def show_session(
        self, record: SessionRecord | None, *, title: str, live: bool, file: bool = False
    ) -> None:
        """Shows what is known; `file`: what is live is no meeting but a file being transcribed."""
        before = self._record.session_id if self._record is not None else ""
        same = record is not None and record.session_id == before
        self._record, self._live, self._file = record, live, file
        self._title_text = title
        if not (same and self._title.hasFocus() and self._title.isModified()):
            self._title.setText(title)  # what is being typed is left alone
            self._title.setCursorPosition(0)
        known = record is not None or live
        for button in (self._suppressed, self._export, self._more):
            button.setVisible(known)
        self._title.setReadOnly(not known)
        self._lines = record.segment_count if record is not None else 0
        self._show_facts()

    def set_line_count(self, lines: int) -> None:
        self._lines = lines
        self._show_facts()

    def set_suppressed_count(self, count: int) -> None:
        self._suppressed_count = count
        text = self.tr("Held-back lines: {count}").format(count=count)
        self._suppressed.describe(text)
        self._suppressed.set_icon("filter", "accent_text" if count else "text_soft")

    def show_back(self, shown: bool) -> None:
        """Offers the way back to the live transcript."""
        self._back.setVisible(shown)

    def set_insight_shown(self, shown: bool) -> None:
        """Colours the button of the panel that is open."""
        self._insight.set_icon("insight", "accent_text" if shown else "text_soft")

    def open_export_menu(self) -> None:
        if self._export.isVisible():
            self._export.showMenu()

    def focus_title(self) -> None:
        self._title.setFocus()
        self._title.selectAll()

    def set_paused(self, paused: bool) -> None:
        """Whether the meeting that is live takes a break."""
        self._paused = paused
        self._show_facts()

    def _show_facts(self) -> None:
        parts: list[str] = []
        if self._live:
            live = self.tr("Paused") if self._paused else self.tr("Live")
            parts.append(self.tr("Transcribing") if self._file else live)
        record = self._record
        if record is not None and not self._live:
            started = dt.datetime.fromtimestamp(record.started_wall_s).astimezone()
            parts += [started.strftime("%Y-%m-%d %H:%M"), clock(record.duration_s)]
        if self._record is not None or self._live:
            parts.append(self.tr("%n line(s)", "", self._lines))
        if record is not None and record.model and not self._live:
            basic = record.model == BASIC_MODEL
            parts.append(self.tr("Basic recogniser") if basic else record.model)
        self._facts.setText(" · ".join(parts))
        set_role(self._facts, self._role())

    def _role(self) -> str:
        """A recording without a line yet has its state in colour."""
        if not self._live or self._file or self._lines:
            return "faint"
        return "warning" if self._paused else "danger"

    def _fill_menus(self) -> None:
        names = {
            "txt": self.tr("Plain text (.txt)"),
            "srt": self.tr("Subtitles (.srt)"),
            "vtt": self.tr("Web subtitles (.vtt)"),
            "md": self.tr("Markdown (.md)"),
            "json": self.tr("Data (.json)"),
            "docx": self.tr("Word document (.docx)"),
        }
        self._export_menu.clear()
        for name in FORMATS:
            action = self._export_menu.addAction(self._theme.icon("file"), names[name])
            action.triggered.connect(lambda _=False, n=name: self.export_requested.emit(n))
        self._more_menu.clear()
        rename = self._more_menu.addAction(self._theme.icon("edit"), self.tr("Rename"))
        rename.triggered.connect(self.focus_title)
        self._more_menu.addSeparator()
        delete = self._more_menu.addAction(
            self._theme.icon("trash", "danger_text"), self.tr("Delete…")
        )
        delete.triggered.connect(self.delete_requested)

    def _on_title_edited(self) -> None:
        text = self._title.text().strip()
        if text and text != self._title_text:
            self._title_text = text
            self.renamed.emit(text)
        else:
            self._title.setText(self._title_text)

    def _on_title_given_up(self) -> None:
        self._title.setText(self._title_text)
