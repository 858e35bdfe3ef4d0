"""What stands where no document is yet: what to drop, and what comes of it.  GUI thread only."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from desktop.ui.i18n import Retranslated
from desktop.ui.theme import Theme
from desktop.ui.views.controls import label

_INSET = 28
_TEXT_WIDTH = 420
_FORMATS = "PDF · Word · PowerPoint · Excel · HWP · HWPX · HTML · Markdown · TXT"


class DocumentsEmpty(Retranslated, QWidget):
    """A dashed place to drop on, and two buttons for those who do not drag."""

    files_requested = Signal()
    folder_requested = Signal()

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._icon = QLabel()
        self._title = label("", "title")
        self._text = label("", "soft", wrap=True)
        self._formats = label("", "faint")
        self._files = QPushButton()
        self._files.setProperty("role", "primary")
        self._folder = QPushButton()
        for button in (self._files, self._folder):
            button.setProperty("big", "true")
            button.setIconSize(QSize(20, 20))
        self._arrange()
        self._files.clicked.connect(self.files_requested)
        self._folder.clicked.connect(self.folder_requested)
        theme.changed.connect(self._on_theme_changed)
        self._on_theme_changed()
        self.retranslate()

    def _arrange(self) -> None:
        centre = Qt.AlignmentFlag.AlignHCenter
        self._text.setAlignment(centre)
        self._text.setFixedWidth(_TEXT_WIDTH)
        buttons = QHBoxLayout()
        buttons.setSpacing(12)
        buttons.addStretch(1)
        buttons.addWidget(self._files)
        buttons.addWidget(self._folder)
        buttons.addStretch(1)
        column = QVBoxLayout(self)
        column.setContentsMargins(48, 48, 48, 48)
        column.setSpacing(0)
        column.addStretch(4)
        column.addWidget(self._icon, 0, centre)
        column.addSpacing(20)
        column.addWidget(self._title, 0, centre)
        column.addSpacing(8)
        column.addWidget(self._text, 0, centre)
        column.addSpacing(24)
        column.addLayout(buttons)
        column.addSpacing(20)
        column.addWidget(self._formats, 0, centre)
        column.addStretch(5)

    def retranslate(self) -> None:
        self._title.setText(self.tr("Drop your documents here"))
        self._text.setText(
            self.tr(
                "Ask about them in your own words and get answers with the page they stand on. "
                "While people speak, the passages that matter appear by themselves."
            )
        )
        self._text.setMinimumHeight(self._text.heightForWidth(_TEXT_WIDTH))
        self._files.setText(self.tr("Choose files"))
        self._folder.setText(self.tr("Choose a folder"))
        for button in (self._files, self._folder):
            button.setAccessibleName(button.text())
        self._formats.setText(
            "PDF · Word · PowerPoint · Excel · HWP · HWPX · HTML · Markdown · TXT"
        )

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        pen = QPen(self._theme.colour("border_strong"), 1.5, Qt.PenStyle.DashLine)
        painter.setPen(pen)
        painter.drawRoundedRect(self.rect().adjusted(_INSET, 12, -_INSET, -_INSET + 8), 16, 16)

    def _on_theme_changed(self) -> None:
        ratio = self.devicePixelRatioF()
        self._icon.setPixmap(self._theme.pixmap("documents", "accent_text", 56, ratio))
        self._files.setIcon(self._theme.icon("file", "on_accent"))
        self._folder.setIcon(self._theme.icon("folder"))
