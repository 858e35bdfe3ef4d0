"""The rail at the left: one button a page, settings and models below.  GUI thread only."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import QButtonGroup, QFrame, QToolButton, QVBoxLayout, QWidget

from desktop.ui.i18n import Retranslated
from desktop.ui.theme import Theme
from desktop.ui.views.controls import IconButton

PAGES = ("transcript", "documents", "services", "charts")
"""The pages in their order; Ctrl+1 opens the first, whichever of them are there."""

RAIL_PX = 80


class _RailButton(QToolButton):
    """A page: its icon above its name; coloured while it is the one shown."""

    def __init__(self, theme: Theme, icon: str) -> None:
        super().__init__()
        self._theme = theme
        self._icon = icon
        self.setCheckable(True)
        self.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextUnderIcon)
        self.setIconSize(QSize(22, 22))
        self.setProperty("page", "true")  # its size is in the style sheet, which has the last word
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.toggled.connect(self._show_icon)
        theme.changed.connect(self._show_icon)
        self._show_icon()

    def _show_icon(self) -> None:
        colour = "accent_text" if self.isChecked() else "text_soft"
        self.setIcon(self._theme.icon(self._icon, colour))


class NavigationRail(Retranslated, QFrame):
    """Emits which page to show; shows only the pages that exist."""

    page_chosen = Signal(str)
    settings_requested = Signal()
    models_requested = Signal()

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("rail")
        self.setFixedWidth(RAIL_PX)
        self._theme = theme
        self._buttons: dict[str, _RailButton] = {}
        self._group = QButtonGroup(self)
        self._models = IconButton(theme, "model")
        self._settings = IconButton(theme, "settings")
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(5, 12, 5, 10)
        self._column.setSpacing(4)
        self._column.addStretch(1)
        centre = Qt.AlignmentFlag.AlignHCenter
        self._column.addWidget(self._models, 0, centre)
        self._column.addWidget(self._settings, 0, centre)
        self._models.clicked.connect(self.models_requested)
        self._settings.clicked.connect(self.settings_requested)
        self.retranslate()

    def retranslate(self) -> None:
        self.setAccessibleName(self.tr("Pages"))
        self._settings.describe(self.tr("Settings"), "Ctrl+,")
        self._models.describe(self.tr("Models"), "Ctrl+M")
        names = {
            "transcript": self.tr("Transcript"),
            "documents": self.tr("Documents"),
            "services": self.tr("Services"),
            "charts": self.tr("Charts"),
        }
        for name, button in self._buttons.items():
            button.setText(names[name])
            button.setAccessibleName(names[name])
            keys = QKeySequence(f"Ctrl+{PAGES.index(name) + 1}")
            native = keys.toString(QKeySequence.SequenceFormat.NativeText)
            button.setToolTip(f"{names[name]} ({native})")

    def add(self, name: str, icon: str) -> None:
        """Adds the button of a page at its place among the others."""
        if name in self._buttons:
            return
        button = _RailButton(self._theme, icon)
        place = sum(PAGES.index(other) < PAGES.index(name) for other in self._buttons)
        self._buttons[name] = button
        self._group.addButton(button)
        self._column.insertWidget(place, button, 0, Qt.AlignmentFlag.AlignHCenter)
        button.clicked.connect(lambda: self.page_chosen.emit(name))
        self.retranslate()

    def set_current(self, name: str) -> None:
        """Marks the page that is shown, without emitting."""
        self._buttons[name].setChecked(True)
