"""What covers the window while a file is dragged over it.  GUI thread only."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QEvent, QMimeData, QObject, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QFrame, QLabel, QVBoxLayout, QWidget

from desktop.ui.i18n import Retranslated
from desktop.ui.models.file_kinds import kind_by_name
from desktop.ui.theme import Theme
from desktop.ui.views.controls import label

LOOKED_AT = 200  # of what is dragged, to say what will come of it


def dropped_paths(data: QMimeData) -> list[Path]:
    """The local files and folders of a drag; remote addresses are left out."""
    paths = [Path(url.toLocalFile()) for url in data.urls() if url.isLocalFile()]
    return [path for path in paths if path.is_file() or path.is_dir()]


class DropOverlay(Retranslated, QWidget):
    """Follows the size of its parent."""

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("shade")
        self._theme = theme
        self._kinds: frozenset[str] = frozenset()
        self._icon = QLabel()
        self._title = label("", "title")
        self._text = label("", "soft")
        card = QFrame()
        card.setObjectName("drop_card")
        card.setFixedSize(480, 220)
        inside = QVBoxLayout(card)
        inside.addStretch(1)
        for widget in (self._icon, self._title, self._text):
            inside.addWidget(widget, 0, Qt.AlignmentFlag.AlignHCenter)
        inside.addStretch(1)
        inside.setSpacing(8)
        outside = QVBoxLayout(self)
        outside.addWidget(card, 0, Qt.AlignmentFlag.AlignCenter)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        parent.installEventFilter(self)
        theme.changed.connect(self._on_theme_changed)
        self._on_theme_changed()
        self.retranslate()
        self.hide()

    def retranslate(self) -> None:
        if self._kinds == {"media"}:
            title, text = self.tr("Drop to transcribe"), self.tr("It becomes a new transcript.")
        elif self._kinds and "media" not in self._kinds:
            title = self.tr("Drop to add to your documents")
            text = self.tr("They are indexed here and become answers with their page.")
        else:
            title = self.tr("Drop recordings or documents")
            text = self.tr("Recordings are transcribed, documents and folders become answers.")
        self._title.setText(title)
        self._text.setText(text)

    def show_for(self, paths: Sequence[Path]) -> None:
        """Covers the window and says what will come of what is dragged."""
        kinds = {"folder" if path.is_dir() else kind_by_name(path) for path in paths[:LOOKED_AT]}
        self._kinds = frozenset(kinds - {""}) if kinds != {""} else frozenset()
        self.retranslate()
        self.show()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        shade = self._theme.colour("window")
        shade.setAlphaF(0.82)
        painter.fillRect(self.rect(), shade)

    def showEvent(self, event: QEvent) -> None:
        self._cover()
        self.raise_()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Resize and self.isVisible():
            self._cover()
        return False

    def _cover(self) -> None:
        parent = self.parentWidget()
        if parent is not None:
            self.resize(parent.size())

    def _on_theme_changed(self) -> None:
        ratio = self.devicePixelRatioF()
        self._icon.setPixmap(self._theme.pixmap("file", "accent_text", 56, ratio))
