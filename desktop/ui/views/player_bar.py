"""The playback bar of a stored session.  GUI thread only."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QSlider, QWidget

from desktop.ui.i18n import Retranslated
from desktop.ui.models.transcript_line import clock
from desktop.ui.theme import Theme
from desktop.ui.views.controls import ElidedLabel, IconButton, label


class PlayerBar(Retranslated, QFrame):
    """Shows the place in the recording; emits play, pause and seek."""

    toggle_requested = Signal()
    seek_requested = Signal(float)
    close_requested = Signal()

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("player_bar")
        self._playing = False
        self._toggle = IconButton(theme, "play")
        self._now = label("0:00", "faint")
        self._slider = QSlider(Qt.Orientation.Horizontal)
        self._end = label("0:00", "faint")
        self._line = ElidedLabel("", "soft")
        self._close = IconButton(theme, "close")
        self.setFixedHeight(48)
        row = QHBoxLayout(self)
        row.setContentsMargins(12, 0, 12, 0)
        row.setSpacing(10)
        row.addWidget(self._toggle)
        row.addWidget(self._now)
        row.addWidget(self._slider, 2)
        row.addWidget(self._end)
        row.addWidget(self._line, 1)
        row.addWidget(self._close)
        self._slider.setTracking(False)
        self._slider.setSingleStep(5)
        self._slider.setPageStep(30)
        self._toggle.clicked.connect(self.toggle_requested)
        self._slider.valueChanged.connect(self._on_slider_changed)
        self._close.clicked.connect(self.close_requested)
        self.retranslate()
        self.hide()

    def retranslate(self) -> None:
        self._close.describe(self.tr("Stop playback"))
        self._slider.setAccessibleName(self.tr("Position in the recording"))
        self.set_playing(self._playing)

    def set_duration(self, seconds: float) -> None:
        self._slider.blockSignals(True)
        self._slider.setRange(0, max(1, int(seconds)))
        self._slider.blockSignals(False)
        self._end.setText(clock(seconds))

    def set_position(self, seconds: float, text: str) -> None:
        self._now.setText(clock(seconds))
        self._line.setText(text)
        if not self._slider.isSliderDown():
            self._slider.blockSignals(True)
            self._slider.setValue(int(seconds))
            self._slider.blockSignals(False)

    def set_playing(self, playing: bool) -> None:
        self._playing = playing
        self._toggle.set_icon("pause" if playing else "play", "accent_text")
        self._toggle.describe(self.tr("Pause playback") if playing else self.tr("Play"), "Space")

    def _on_slider_changed(self, value: int) -> None:
        self.seek_requested.emit(float(value))
