"""The bar from which capture is started, paused and stopped.  GUI thread only."""

from __future__ import annotations

from collections.abc import Sequence
from enum import Enum, auto

from PySide6.QtCore import QObject, QSize, Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from desktop.events import LevelMeasured, SourceChanged, Track
from desktop.records import DeviceRecord, ModelRecord
from desktop.settings import AudioSettings
from desktop.ui.i18n import Retranslated
from desktop.ui.models.device_choices import chosen_device
from desktop.ui.models.model_choices import AUTO, model_choices
from desktop.ui.models.transcript_line import clock
from desktop.ui.theme import Theme
from desktop.ui.views.controls import IconButton, Picker, Segmented, label, set_role
from desktop.ui.views.track_strip import TrackStrip


class CaptureState(Enum):
    IDLE = auto()
    STARTING = auto()
    RUNNING = auto()
    PAUSED = auto()
    STOPPING = auto()
    LATE = auto()  # stopping takes long: the rest may be left for later


class CaptureBar(Retranslated, QFrame):
    """Emits what the person wants; shows what is so."""

    start_requested = Signal()
    stop_requested = Signal()
    later_requested = Signal()
    pause_requested = Signal()
    resume_requested = Signal()
    source_chosen = Signal(str)
    device_chosen = Signal(object, str)
    model_chosen = Signal(str)
    language_chosen = Signal(str)
    overlay_toggled = Signal(bool)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("capture_bar")
        self._theme = theme
        self.state = CaptureState.IDLE
        self._models: Sequence[ModelRecord] = ()
        self._model = AUTO
        self._language = "ko"
        self._elapsed_s = 0.0
        self._keeps_focus = False  # for the button that is disabled for a moment
        self._primary = QPushButton()
        self._pause = IconButton(theme, "pause")
        self._time = label("0:00", "time")
        self._source = Segmented(theme, [("mic", "mic"), ("system", "system"), ("both", "both")])
        self._overlay = IconButton(theme, "overlay")
        self._language_picker = Picker(theme, "globe")
        self._model_picker = Picker(theme, "model")
        self._tracks = {t: TrackStrip(theme, t) for t in (Track.MIC, Track.SYSTEM)}
        self._arrange()
        self._connect()
        self.retranslate()
        self.set_state(CaptureState.IDLE)

    def _arrange(self) -> None:
        self._primary.setProperty("big", "true")
        self._primary.setIconSize(QSize(20, 20))
        self._primary.setMinimumWidth(148)
        self._time.setMinimumWidth(76)
        self._time.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self._pause.setObjectName("pause")
        self._overlay.setCheckable(True)
        self._overlay.setFixedSize(34, 34)
        self._pause.setFixedSize(44, 44)
        first = QHBoxLayout()
        first.setSpacing(8)
        for widget in (self._primary, self._pause, self._time):
            first.addWidget(widget)
        second = QHBoxLayout()
        second.setSpacing(8)
        second.addWidget(self._source)
        second.addStretch(1)
        second.addWidget(self._overlay)
        second.addWidget(self._language_picker)
        second.addWidget(self._model_picker)
        third = QHBoxLayout()
        third.setSpacing(12)
        for strip in self._tracks.values():
            third.addWidget(strip, 1)
        self._devices = QWidget()
        self._devices.setLayout(third)
        third.setContentsMargins(0, 10, 0, 0)  # of its own: hidden it leaves no empty row
        rows = QVBoxLayout()
        rows.setSpacing(0)
        rows.addLayout(second)
        rows.addWidget(self._devices)
        bar = QHBoxLayout(self)
        bar.setContentsMargins(16, 12, 16, 12)
        bar.setSpacing(20)
        bar.addLayout(first)
        bar.addLayout(rows, 1)
        for part in (first, rows):  # one row alone stands in the middle
            bar.setAlignment(part, Qt.AlignmentFlag.AlignVCenter)

    def _connect(self) -> None:
        self._primary.clicked.connect(self.toggle)
        self._pause.clicked.connect(self.toggle_pause)
        self._overlay.clicked.connect(self.overlay_toggled)
        self._source.chosen.connect(self._on_source_chosen)
        self._model_picker.activated.connect(self._on_model_activated)
        self._language_picker.activated.connect(self._on_language_activated)
        self._theme.changed.connect(self._show_state)
        for strip in self._tracks.values():
            strip.device_chosen.connect(self._on_device_chosen)

    def retranslate(self) -> None:
        self._source.set_texts(
            {"mic": self.tr("Mic"), "system": self.tr("System"), "both": self.tr("Both")},
            self.tr("Sound source"),
        )
        self._overlay.describe(self.tr("Captions on the screen"), "Ctrl+Shift+O")
        self._language_picker.setAccessibleName(self.tr("Spoken language"))
        self._language_picker.setToolTip(self.tr("Spoken language"))
        self._model_picker.setAccessibleName(self.tr("Recognition model"))
        self._model_picker.setToolTip(self.tr("Recognition model"))
        self._time.setAccessibleName("")  # in the other language now
        self._time.setToolTip(self.tr("Time since the start, pauses included"))
        self.set_elapsed(self._elapsed_s)
        self.set_language(self._language)
        self.set_models(self._models, self._model)
        self._show_state()

    # what is so --------------------------------------------------------------------------------
    def set_state(self, state: CaptureState) -> None:
        self.state = state
        if state is CaptureState.IDLE:
            for strip in self._tracks.values():
                strip.clear()
        self._show_state()

    def set_compact(self, compact: bool) -> None:
        """One row, without devices and levels: where something else is looked at."""
        self._devices.setVisible(not compact)

    def set_elapsed(self, seconds: float) -> None:
        self._elapsed_s = seconds
        text = clock(seconds)
        if text != self._time.text() or not self._time.accessibleName():
            self._time.setText(text)
            name = self.tr("Elapsed time")  # lupdate sees nothing in an f-string
            self._time.setAccessibleName(f"{name}: {text}")

    def set_source(self, source: str) -> None:
        self._source.set_value(source)
        self._tracks[Track.MIC].setVisible(source != "system")
        self._tracks[Track.SYSTEM].setVisible(source != "mic")

    def set_devices(self, devices: Sequence[DeviceRecord] | None, audio: AudioSettings) -> None:
        """`devices`: those there are, None while that is not known yet."""
        for track, strip in self._tracks.items():
            strip.set_devices(devices, chosen_device(audio, track))

    def watch_device_pickers(self, watcher: QObject) -> None:
        """`watcher` filters the events of the device pickers and of what is around them."""
        for strip in self._tracks.values():
            strip.watch(watcher)

    def set_models(self, models: Sequence[ModelRecord], chosen: str) -> None:
        self._models, self._model = models, chosen
        items = [*model_choices(models, chosen), ("", self.tr("More models…"))]
        self._model_picker.fill(items, chosen)

    def set_language(self, language: str) -> None:
        self._language = language
        self._language_picker.fill(
            [("ko", "한국어"), ("en", "English"), ("auto", self.tr("Detect"))], language
        )

    def set_overlay_shown(self, shown: bool) -> None:
        """Follows the overlay; emits nothing."""
        self._overlay.setChecked(shown)
        self._overlay.set_icon("overlay", "accent_text" if shown else "text_soft")

    def toggle_overlay(self) -> None:
        """As a click on the button."""
        self._overlay.click()

    def show_level(self, event: LevelMeasured) -> None:
        if event.track in self._tracks:
            self._tracks[event.track].show_level(event)

    def show_source(self, event: SourceChanged) -> None:
        if event.track in self._tracks:
            self._tracks[event.track].show_source(event)

    # what the person wants ---------------------------------------------------------------------
    def toggle(self) -> None:
        """Starts or stops."""
        if self.state is CaptureState.IDLE:
            self.start_requested.emit()
        elif self.state in (CaptureState.RUNNING, CaptureState.PAUSED):
            self.stop_requested.emit()
        elif self.state is CaptureState.LATE:
            self.later_requested.emit()

    def toggle_pause(self) -> None:
        if self.state is CaptureState.RUNNING:
            self.pause_requested.emit()
        elif self.state is CaptureState.PAUSED:
            self.resume_requested.emit()

    def _show_state(self) -> None:
        state = self.state
        text, icon, role = {
            CaptureState.IDLE: (self.tr("Start captions"), "record", "primary"),
            CaptureState.STARTING: (self.tr("Starting…"), "record", "primary"),
            CaptureState.RUNNING: (self.tr("Stop"), "stop", "danger"),
            CaptureState.PAUSED: (self.tr("Stop"), "stop", "danger"),
            CaptureState.STOPPING: (self.tr("Finishing…"), "stop", "primary"),
            CaptureState.LATE: (self.tr("Finish later"), "stop", "primary"),
        }[state]
        set_role(self._primary, role)
        colour = "on_danger" if role == "danger" else "on_accent"
        busy = state in (CaptureState.STARTING, CaptureState.STOPPING)
        self._enable_primary(not busy)
        self._primary.setText(text)
        self._primary.setIcon(self._theme.icon(icon, "text_faint" if busy else colour))
        self._primary.setAccessibleName(text)
        why = self.tr(
            "The last recording is still being transcribed. "
            "Its rest can be recovered later, so that a new one can start."
        )
        tip = f"{text} (Ctrl+R)"
        self._primary.setToolTip(f"{why}\n{tip}" if state is CaptureState.LATE else tip)
        paused = state is CaptureState.PAUSED
        self._pause.set_icon(
            "play" if paused else "pause", "accent_text" if paused else "text_soft"
        )
        self._pause.describe(self.tr("Resume") if paused else self.tr("Pause"), "Ctrl+P")
        self._pause.setEnabled(state in (CaptureState.RUNNING, CaptureState.PAUSED))
        self._pause.setVisible(state is not CaptureState.IDLE)
        self._time.setVisible(state is not CaptureState.IDLE)
        self._source.setEnabled(state is CaptureState.IDLE)

    def _enable_primary(self, enabled: bool) -> None:
        """While it is disabled the bar has its keyboard, and gives it back."""
        if not enabled and self._primary.hasFocus():
            self._keeps_focus = True
            self.setFocus()
        self._primary.setEnabled(enabled)
        if enabled and self._keeps_focus:
            self._keeps_focus = False
            if self.hasFocus():
                self._primary.setFocus()

    def _on_source_chosen(self, source: str) -> None:
        self.set_source(source)
        self.source_chosen.emit(source)

    def _on_device_chosen(self, name: str) -> None:
        strip = self.sender()
        if isinstance(strip, TrackStrip):
            self.device_chosen.emit(strip.track, name)

    def _on_model_activated(self) -> None:
        name = self._model_picker.value()
        if name:
            self._model = name
        else:
            self.set_models(self._models, self._model)
        self.model_chosen.emit(name)

    def _on_language_activated(self) -> None:
        self._language = self._language_picker.value()
        self.language_chosen.emit(self._language)
