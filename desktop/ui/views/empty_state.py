"""What stands where there is nothing yet: a friendly word and the first steps.  GUI thread only."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QIcon, QPainter, QPaintEvent, QPen, QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from desktop.paths import RESOURCES
from desktop.ui.i18n import Retranslated
from desktop.ui.theme import Theme
from desktop.ui.views.controls import label

_TEXT_WIDTH = 440
_SIDE = 24
_MARGIN = 24
_BELOW_PICTURE, _ABOVE_TEXT, _ABOVE_BUTTONS, _ABOVE_NOTE = 20, 8, 24, 20
_BETWEEN_BUTTONS = 12
_FRAME_INSET = 28
_FORMATS = "PDF · Word · PowerPoint · Excel · HWP · HWPX · HTML · Markdown · TXT"


class EmptyState(Retranslated, QWidget):
    """A picture, a title, a text, two buttons and a note, in the middle of the room there is."""

    side = _SIDE  # free to the left and right of all of them

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._mark = QLabel()
        self._title = label("", "title")
        self._text = label("", "soft", wrap=True)
        self._first = QPushButton()
        self._first.setProperty("role", "primary")
        self._second = QPushButton()
        self._note = label("", "faint", wrap=True)
        self._offers = True
        self._buttons = QBoxLayout(QBoxLayout.Direction.LeftToRight)
        self._arrange()
        theme.changed.connect(self._on_theme_changed)

    def _arrange(self) -> None:
        centre = Qt.AlignmentFlag.AlignHCenter
        for words in (self._text, self._note):
            words.setAlignment(centre)
        # Free room belongs to what may go: the rest moves together.
        self._mark.setContentsMargins(0, 0, 0, _BELOW_PICTURE)
        self._text.setContentsMargins(0, _ABOVE_TEXT, 0, 0)
        self._note.setContentsMargins(0, _ABOVE_NOTE, 0, 0)
        self._buttons.setSpacing(_BETWEEN_BUTTONS)
        for button in (self._first, self._second):
            button.setProperty("big", "true")
            button.setIconSize(QSize(20, 20))
            self._buttons.addWidget(button)
        column = QVBoxLayout(self)
        column.setContentsMargins(self.side, _MARGIN, self.side, _MARGIN)
        column.setSpacing(0)
        column.addStretch(4)
        for widget in (self._mark, self._title, self._text):
            column.addWidget(widget, 0, centre)
        column.addSpacing(_ABOVE_BUTTONS)
        column.addLayout(self._buttons)
        column.setAlignment(self._buttons, centre)
        column.addWidget(self._note, 0, centre)
        column.addStretch(5)

    def say(self, title: str, text: str) -> None:
        """Sets title and text; the text gets the height it needs."""
        self._title.setText(title)
        self._text.setText(text)
        self._fit()

    def _fit(self) -> None:
        """The text is no wider than there is room; where that is low the picture goes first."""
        room_px = self.width() - 2 * self.side
        beside = room_px >= self._first.sizeHint().width() + self._second.sizeHint().width() + (
            _BETWEEN_BUTTONS
        )
        way = QBoxLayout.Direction
        self._buttons.setDirection(way.LeftToRight if beside else way.TopToBottom)
        width = max(1, min(_TEXT_WIDTH, room_px))
        for words in (self._text, self._note):
            words.setMinimumHeight(0)  # what it was when narrower: it would count again
            words.setFixedWidth(width)
            words.setMinimumHeight(max(0, words.heightForWidth(width)))
        left_px = self.height() - self.minimumSizeHint().height()
        for widget, wanted, height_px in (
            (self._text, True, self._text.minimumHeight()),
            (self._note, self._offers, self._note.minimumHeight()),
            (self._mark, True, self._mark.sizeHint().height()),
        ):
            left_px -= height_px if wanted else 0
            widget.setVisible(wanted and left_px >= 0)

    def minimumSizeHint(self) -> QSize:
        """Title and buttons: the rest gives way to what stands above."""
        buttons = (self._first.sizeHint(), self._second.sizeHint())
        height_px = 2 * _MARGIN + self._title.sizeHint().height()
        if self._offers:
            stacked = self._buttons.direction() is QBoxLayout.Direction.TopToBottom
            height_px += _ABOVE_BUTTONS + (
                buttons[0].height() + _BETWEEN_BUTTONS + buttons[1].height()
                if stacked
                else buttons[0].height()
            )
        return QSize(2 * self.side + max(size.width() for size in buttons), height_px)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def set_offers(self, offers: bool) -> None:
        """Whether the buttons and the note below them are shown."""
        self._offers = offers
        self._first.setVisible(offers)
        self._second.setVisible(offers)
        self._fit()

    def offer(self, first: str, second: str, note: str) -> None:
        """Names the buttons, for eyes and screen readers, and what stands below them."""
        for button, text in ((self._first, first), (self._second, second)):
            button.setText(text)
            button.setAccessibleName(text)
        self._note.setText(note)
        self._fit()

    def _on_theme_changed(self) -> None:
        raise NotImplementedError


class TranscriptEmpty(EmptyState):
    """Shown on the start page (`waiting` False) and while the first words are awaited."""

    start_requested = Signal()
    file_requested = Signal()

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(theme, parent)
        self._waiting = False
        self._file = False
        self._nothing = False
        self._paused = False
        icon = QIcon(str(RESOURCES / "icons" / "malgeul.svg"))
        self._mark.setPixmap(icon.pixmap(QSize(72, 72), self.devicePixelRatioF()))
        self._first.clicked.connect(self.start_requested)
        self._second.clicked.connect(self.file_requested)
        self._on_theme_changed()
        self.retranslate()

    def retranslate(self) -> None:
        self.offer(
            self.tr("Start captions"),
            self.tr("Transcribe a file"),
            self.tr("Everything stays on this computer."),
        )
        self._show()

    def set_waiting(self, waiting: bool, *, file: bool = False) -> None:
        """True while capture runs, or a file is read, and nobody has spoken yet."""
        self._waiting, self._file = waiting, file
        self._nothing = False
        self._show()

    def set_paused(self, paused: bool) -> None:
        """Whether the capture that waits for the first words takes a break."""
        self._paused = paused
        self._show()

    def set_nothing(self) -> None:
        """A stored session without a single line."""
        self._waiting, self._nothing = False, True
        self._show()

    def _show(self) -> None:
        if self._waiting and self._file:
            self.say(
                self.tr("Transcribing the file…"),
                self.tr("What is said in it appears here."),
            )
        elif self._waiting and self._paused:
            self.say(
                self.tr("Paused"),
                self.tr("Nothing is recorded until you resume."),
            )
        elif self._waiting:
            self.say(
                self.tr("Listening…"),
                self.tr("Captions appear here as soon as someone speaks."),
            )
        elif self._nothing:
            self.say(
                self.tr("No speech in this session"),
                self.tr("Nothing was said, or it has not been transcribed yet."),
            )
        else:
            self.say(
                self.tr("Ready when you are"),
                self.tr(
                    "Caption your microphone and what the computer plays, live. "
                    "Or drop a recording, or documents to ask about, anywhere in this window."
                ),
            )
        self.set_offers(not self._waiting and not self._nothing)

    def _on_theme_changed(self) -> None:
        self._first.setIcon(self._theme.icon("record", "on_accent"))
        self._second.setIcon(self._theme.icon("file"))


class DocumentsEmpty(EmptyState):
    """A dashed place to drop documents on, and two buttons for those who do not drag."""

    side = _FRAME_INSET + 20
    files_requested = Signal()
    folder_requested = Signal()

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(theme, parent)
        self._first.clicked.connect(self.files_requested)
        self._second.clicked.connect(self.folder_requested)
        self._on_theme_changed()
        self.retranslate()

    def retranslate(self) -> None:
        self.say(
            self.tr("Drop your documents here"),
            self.tr(
                "Ask about them in your own words and get answers with the page they stand on. "
                "While people speak, the passages that matter appear by themselves."
            ),
        )
        self.offer(self.tr("Choose files"), self.tr("Choose a folder"), _FORMATS)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(self._theme.colour("border_strong"), 1.5, Qt.PenStyle.DashLine))
        frame = self.rect().adjusted(_FRAME_INSET, 12, -_FRAME_INSET, 8 - _FRAME_INSET)
        painter.drawRoundedRect(frame, 16, 16)

    def _on_theme_changed(self) -> None:
        ratio = self.devicePixelRatioF()
        self._mark.setPixmap(self._theme.pixmap("documents", "accent_text", 56, ratio))
        self._first.setIcon(self._theme.icon("file", "on_accent"))
        self._second.setIcon(self._theme.icon("folder"))
