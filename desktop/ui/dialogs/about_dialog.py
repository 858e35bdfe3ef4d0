"""About Malgeul, with its keys.  GUI thread only."""

from __future__ import annotations

import json

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QIcon, QKeySequence
from PySide6.QtWidgets import (
    QDialog,
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QPlainTextEdit,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from desktop import __version__
from desktop.paths import RESOURCES
from desktop.ui.theme import Theme
from desktop.ui.views.controls import label, rule
from desktop.ui.views.tab_order import VisualTabOrder


def shipped_licences() -> str:
    """One line a package that Malgeul is made of (written by packaging/licences.py)."""
    rows = json.loads((RESOURCES / "licences.json").read_text(encoding="utf-8"))
    return "\n".join(f"{row['name']} {row['version']} · {row['licence']}" for row in rows)


class AboutDialog(VisualTabOrder, QDialog):
    """Name, version, promise, keyboard shortcuts, licences."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(self.tr("About Malgeul"))
        self.licences = QPlainTextEdit()
        self.licences.setReadOnly(True)
        self.licences.setAccessibleName(self.tr("Licences of what Malgeul is made of"))
        self.licences.hide()
        self.more = QPushButton(self.tr("Licences"))
        self.more.setCheckable(True)
        self.more.toggled.connect(self._on_more_toggled)
        close = QPushButton(self.tr("Close"))
        close.setAccessibleName(close.text())
        close.clicked.connect(self.accept)
        page = QFrame()
        page.setObjectName("page")
        column = QVBoxLayout(page)
        column.setContentsMargins(32, 28, 32, 20)
        column.setSpacing(8)
        self._add_name(column)
        column.addSpacing(8)
        column.addWidget(rule())
        column.addSpacing(4)
        self._shortcuts = QWidget()
        self._shortcuts.setLayout(self._keys())
        column.addWidget(self._shortcuts)
        column.addWidget(self.licences, 1)
        column.addSpacing(8)
        buttons = QHBoxLayout()
        buttons.addStretch(1)
        buttons.addWidget(self.more)
        buttons.addWidget(close)
        buttons.addStretch(1)
        column.addLayout(buttons)
        outside = QVBoxLayout(self)
        outside.setContentsMargins(0, 0, 0, 0)
        outside.addWidget(page)
        self.setFixedWidth(460)
        close.setDefault(True)
        close.setFocus()

    def _add_name(self, column: QVBoxLayout) -> None:
        """The mark, the name, the version and the promise."""
        centre = Qt.AlignmentFlag.AlignHCenter
        mark = QLabel()
        icon = QIcon(str(RESOURCES / "icons" / "malgeul.svg"))
        mark.setPixmap(icon.pixmap(QSize(64, 64), self.devicePixelRatioF()))
        version = self.tr("Version {version} · MIT licence").format(version=__version__)
        promise = label(
            self.tr("Live captions of what you hear and say. Everything stays on this computer."),
            "soft",
            wrap=True,
        )
        promise.setAlignment(centre)
        column.addWidget(mark, 0, centre)
        column.addWidget(label(self.tr("Malgeul"), "title"), 0, centre)
        column.addWidget(label(version, "faint"), 0, centre)
        column.addWidget(promise)

    def _on_more_toggled(self, on: bool) -> None:
        if on and not self.licences.toPlainText():
            self.licences.setPlainText(shipped_licences())
            # In the place of the keys: below them a small screen has no room.
            self.licences.setFixedHeight(self._shortcuts.height())
        gone, shown = (self._shortcuts, self.licences) if on else (self.licences, self._shortcuts)
        gone.hide()  # first: with both there the dialog would grow, and stay so
        shown.show()

    def _keys(self) -> QGridLayout:
        grid = QGridLayout()
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setVerticalSpacing(5)
        for row, (keys, text) in enumerate(
            (
                ("Ctrl+R", self.tr("Start or stop captions")),
                ("Space", self.tr("Pause captions or playback (in the transcript)")),
                ("Ctrl+L", self.tr("Jump to now")),
                ("Ctrl+K", self.tr("Ask the documents")),
                ("Ctrl+Shift+K", self.tr("Ask about the selected lines")),
                ("Ctrl+F", self.tr("Search all sessions")),
                ("Ctrl+E", self.tr("Export")),
                ("Ctrl+O", self.tr("Transcribe a file")),
                ("F2", self.tr("Correct the selected line")),
                ("B", self.tr("Bookmark the selected line")),
                ("Ctrl+Shift+O", self.tr("Captions on the screen")),
                ("Ctrl+1 … 4", self.tr("Transcript, documents, services, charts")),
                ("Ctrl+,", self.tr("Settings")),
            )
        ):
            native = QKeySequence(keys).toString(QKeySequence.SequenceFormat.NativeText)
            grid.addWidget(label(native if "…" not in keys else keys, "section"), row, 0)
            grid.addWidget(label(text, "soft"), row, 1)
        grid.setColumnMinimumWidth(0, 112)
        grid.setColumnStretch(1, 1)
        return grid
