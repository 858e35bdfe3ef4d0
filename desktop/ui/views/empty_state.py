"""What stands where there is no transcript yet: a friendly word and the first steps.

GUI thread only.
"""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QIcon
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from desktop.paths import RESOURCES
from desktop.ui.i18n import Retranslated
from desktop.ui.theme import Theme
from desktop.ui.views.controls import label


class EmptyState(Retranslated, QWidget):
    """Shown on the start page (`waiting` False) and while the first words are awaited."""

    start_requested = Signal()
    file_requested = Signal()

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._waiting = False
        self._nothing = False
        self._mark = QLabel()
        self._title = label("", "title")
        self._text = label("", "soft", wrap=True)
        self._start = QPushButton()
        self._start.setProperty("role", "primary")
        self._start.setProperty("big", "true")
        self._file = QPushButton()
        self._file.setProperty("big", "true")
        self._note = label("", "faint")
        self._arrange()
        self._start.clicked.connect(self.start_requested)
        self._file.clicked.connect(self.file_requested)
        theme.changed.connect(self._on_theme_changed)
        self._on_theme_changed()
        self.retranslate()

    def _arrange(self) -> None:
        centre = Qt.AlignmentFlag.AlignHCenter
        icon = QIcon(str(RESOURCES / "icons" / "malgeul.svg"))
        self._mark.setPixmap(icon.pixmap(QSize(72, 72), self.devicePixelRatioF()))
        self._text.setAlignment(centre)
        self._text.setFixedWidth(440)
        buttons = QHBoxLayout()
        buttons.setSpacing(12)
        buttons.addStretch(1)
        buttons.addWidget(self._start)
        buttons.addWidget(self._file)
        buttons.addStretch(1)
        column = QVBoxLayout(self)
        column.setContentsMargins(24, 24, 24, 24)
        column.setSpacing(0)
        column.addStretch(4)
        column.addWidget(self._mark, 0, centre)
        column.addSpacing(24)
        column.addWidget(self._title, 0, centre)
        column.addSpacing(8)
        column.addWidget(self._text, 0, centre)
        column.addSpacing(24)
        column.addLayout(buttons)
        column.addSpacing(20)
        column.addWidget(self._note, 0, centre)
        column.addStretch(5)

    def retranslate(self) -> None:
        self._start.setText(self.tr("Start captions"))
        self._start.setAccessibleName(self._start.text())
        self._file.setText(self.tr("Transcribe a file"))
        self._file.setAccessibleName(self._file.text())
        self._note.setText(self.tr("Everything stays on this computer."))
        self._show()

    def set_waiting(self, waiting: bool) -> None:
        """True while capture runs and nobody has spoken yet."""
        self._waiting = waiting
        self._nothing = False
        self._show()

    def set_nothing(self) -> None:
        """A stored session without a single line."""
        self._waiting, self._nothing = False, True
        self._show()

    def _show(self) -> None:
        if self._waiting:
            self._title.setText(self.tr("Listening…"))
            self._text.setText(self.tr("Captions appear here as soon as someone speaks."))
        elif self._nothing:
            self._title.setText(self.tr("No speech in this session"))
            self._text.setText(self.tr("Nothing was said, or it has not been transcribed yet."))
        else:
            self._title.setText(self.tr("Ready when you are"))
            self._text.setText(
                self.tr(
                    "Caption your microphone and what the computer plays, live. "
                    "Or drop a recording, or documents to ask about, anywhere in this window."
                )
            )
        self._text.setMinimumHeight(self._text.heightForWidth(self._text.width()))
        idle = not self._waiting and not self._nothing
        for widget in (self._start, self._file, self._note):
            widget.setVisible(idle)

    def _on_theme_changed(self) -> None:
        self._start.setIcon(self._theme.icon("record", "on_accent"))
        self._file.setIcon(self._theme.icon("file"))
        for button in (self._start, self._file):
            button.setIconSize(QSize(20, 20))
