"""The first run: what Malgeul does, which language is spoken, which model to use.

GUI thread only.
"""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QIcon
from PySide6.QtWidgets import (
    QDialog,
    QFrame,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from desktop.paths import RESOURCES
from desktop.settings import Settings
from desktop.ui.theme import Theme
from desktop.ui.views.controls import Segmented, label
from desktop.ui.views.tab_order import VisualTabOrder


class WelcomeDialog(VisualTabOrder, QDialog):
    """Shown once; everything in it can be changed later."""

    changed = Signal()
    models_requested = Signal()

    def __init__(self, theme: Theme, settings: Settings, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._settings = settings
        self._language = Segmented(theme, [("ko", ""), ("en", ""), ("auto", "")])
        self._models = QPushButton(self.tr("Choose a model"))
        self._start = QPushButton(self.tr("Get started"))
        self.setWindowTitle(self.tr("Welcome to Malgeul"))
        self.setFixedWidth(520)
        self._arrange()
        self._language.chosen.connect(self._on_language_chosen)
        self._models.clicked.connect(self._on_models_clicked)
        self._start.clicked.connect(self.accept)
        self._start.setFocus()

    def _arrange(self) -> None:
        self._language.set_texts(
            {"ko": "한국어", "en": "English", "auto": self.tr("Detect")},
            self.tr("Spoken language"),
        )
        self._language.set_value(self._settings.recognition.language)
        mark = QLabel()
        icon = QIcon(str(RESOURCES / "icons" / "malgeul.svg"))
        mark.setPixmap(icon.pixmap(QSize(64, 64), self.devicePixelRatioF()))
        page = QFrame()
        page.setObjectName("page")
        column = QVBoxLayout(page)
        column.setContentsMargins(40, 32, 40, 28)
        column.setSpacing(10)
        column.addWidget(mark)
        column.addSpacing(6)
        column.addWidget(label(self.tr("Welcome to Malgeul"), "title"))
        column.addWidget(
            label(self.tr("What is said becomes text you can search and keep."), "soft")
        )
        column.addSpacing(8)
        for icon_name, text in (
            ("both", self.tr("Captions your microphone and what the computer plays, apart.")),
            ("shield", self.tr("Nothing leaves this computer. Every second is accounted for.")),
            ("model", self.tr("Starts with a basic recogniser; a Whisper model hears far better.")),
        ):
            column.addLayout(self._point(icon_name, text))
        column.addSpacing(12)
        column.addWidget(label(self.tr("Which language is mostly spoken?"), "section"))
        column.addWidget(self._language, 0, Qt.AlignmentFlag.AlignLeft)
        column.addSpacing(16)
        buttons = QHBoxLayout()
        self._start.setProperty("role", "primary")
        self._start.setDefault(True)
        for button in (self._models, self._start):
            button.setProperty("big", "true")
            button.setAccessibleName(button.text())
        buttons.addWidget(self._models)
        buttons.addStretch(1)
        buttons.addWidget(self._start)
        column.addLayout(buttons)
        outside = QVBoxLayout(self)
        outside.setContentsMargins(0, 0, 0, 0)
        outside.addWidget(page)

    def _point(self, icon: str, text: str) -> QHBoxLayout:
        picture = QLabel()
        picture.setPixmap(self._theme.pixmap(icon, "accent_text", 22, self.devicePixelRatioF()))
        row = QHBoxLayout()
        row.setSpacing(14)
        row.addWidget(picture, 0, Qt.AlignmentFlag.AlignVCenter)
        row.addWidget(label(text, wrap=True), 1)
        return row

    def _on_language_chosen(self, language: str) -> None:
        self._settings.recognition.language = language
        self.changed.emit()

    def _on_models_clicked(self) -> None:
        self.accept()
        self.models_requested.emit()
