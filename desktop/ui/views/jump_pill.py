"""The floating "Jump to now" pill over a transcript that has been scrolled away from its end."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import QGraphicsDropShadowEffect, QPushButton, QWidget

from desktop.ui.i18n import Retranslated
from desktop.ui.theme import Theme


class JumpPill(Retranslated, QPushButton):
    """Emits `clicked` to follow the newest text again."""

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme
        self.setObjectName("jump_pill")
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setIconSize(QSize(16, 16))
        theme.changed.connect(self._on_theme_changed)
        self._on_theme_changed()
        self.retranslate()

    def retranslate(self) -> None:
        self.setText(self.tr("Jump to now"))
        self.setAccessibleName(self.tr("Jump to now"))
        self.setToolTip(self.tr("Follow the newest text (Ctrl+L)"))

    def _on_theme_changed(self) -> None:
        self.setIcon(self._theme.icon("down", "on_accent"))
        shadow = QGraphicsDropShadowEffect(self)
        shadow.setBlurRadius(18)
        shadow.setOffset(0, 3)
        colour = self._theme.colour("text")
        colour.setAlphaF(0.25)
        shadow.setColor(colour)
        self.setGraphicsEffect(shadow)
